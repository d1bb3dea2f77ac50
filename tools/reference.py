#!/usr/bin/env python3
"""Writes docs/reference/*.md from the binary's own tables; with --check says whether they are up to date.

usage: reference.py BUSFLOW_BINARY [--check]
"""
import difflib
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "docs/reference"
PAGES = {"settings.md": "--reference", "errors.md": "--errors", "events.md": "--events"}


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    outdated = False
    for name, option in PAGES.items():
        done = subprocess.run([sys.argv[1], "config", option], capture_output=True, text=True, check=False)
        if done.returncode != 0 or not done.stdout:
            print(f"`busflow config {option}` failed with exit code {done.returncode}:\n{done.stderr}", file=sys.stderr)
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
