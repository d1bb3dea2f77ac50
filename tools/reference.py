#!/usr/bin/env python3
"""Writes docs/reference/*.md from the binaries' own tables; with --check says whether they are up to date.

usage: reference.py BUSFLOW_BINARY BUSFLOWCTL_BINARY [--check]
"""
import difflib
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "docs/reference"
# Page: which of the two binaries, and what it is asked.
PAGES = {"settings.md": (1, "config", "--reference"), "errors.md": (1, "config", "--errors"), "events.md": (1, "config", "--events"),
         "busflowctl.md": (2, "reference")}


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    outdated = False
    for name, (binary, *question) in PAGES.items():
        done = subprocess.run([sys.argv[binary], *question], capture_output=True, text=True, check=False)
        if done.returncode != 0 or not done.stdout:
            print(f"`{sys.argv[binary]} {' '.join(question)}` failed with exit code {done.returncode}:\n{done.stderr}", file=sys.stderr)
            return 1
        page = FOLDER / name
        if "--check" not in sys.argv:
            FOLDER.mkdir(parents=True, exist_ok=True)
            page.write_text(done.stdout)
            continue
        written = page.read_text() if page.exists() else ""
        if written != done.stdout:
            outdated = True
            difference = list(difflib.unified_diff(written.splitlines(), done.stdout.splitlines(), f"docs/reference/{name}", "the binary",
                                                   lineterm="", n=1))
            print("\n".join(difference[:60]))
    if outdated:
        print("docs/reference does not match the binary: run `make reference`", file=sys.stderr)
        return 1
    print(f"reference: {', '.join(PAGES)} {'match the binary' if '--check' in sys.argv else 'written'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
