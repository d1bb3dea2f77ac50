#!/usr/bin/env python3
"""Runs clang-tidy 19 over the sources that a configured build compiles, in parallel, one process per core.

usage: check_tidy.py BUILD_DIRECTORY [--changed] [FILE …]
  --changed   only sources that git sees as changed, or that include such a header
A source that passed is not looked at again until it, a header of ours that it includes, or .clang-tidy changes.
The build must be up to date: its dependency notes and precompiled headers are used.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from source_files import REPOSITORY  # noqa: E402

PROGRAM = "clang-tidy-19"
# Not for tests: clang-tidy does not see that ASSERT_TRUE(x) guards *x, nor that a test's exception just fails the test.
NOT_FOR_TESTS = ("bugprone-unchecked-optional-access", "bugprone-exception-escape")


class TidyRun:
    def __init__(self, build: pathlib.Path):
        self._build = build.resolve()
        self._passed = self._build / "tidy"
        self._passed.mkdir(exist_ok=True)
        self._configuration = (REPOSITORY / ".clang-tidy").read_bytes()
        self._headers = self._read_dependencies()

    def sources(self) -> dict[pathlib.Path, str]:
        """Our own sources -> how they are compiled. Generated ones are left out."""
        commands = json.loads((self._build / "compile_commands.json").read_text())
        found = {}
        for entry in commands:
            file = pathlib.Path(entry["file"])
            if file.is_relative_to(REPOSITORY) and not file.is_relative_to(self._build) and not file.is_relative_to(REPOSITORY / "build"):
                found[file] = entry["command"]
        return found

    def depends_on(self, source: pathlib.Path) -> set[pathlib.Path]:
        return {source, *self._headers.get(source, ())}

    def stamp(self, source: pathlib.Path, command: str) -> pathlib.Path:
        digest = hashlib.sha256(self._configuration + command.encode())
        for file in sorted(self.depends_on(source)):
            digest.update(str(file).encode() + b"\0" + file.read_bytes())
        return self._passed / digest.hexdigest()

    def check(self, source: pathlib.Path, command: str) -> tuple[pathlib.Path, bool, str, float]:
        begun = time.monotonic()
        inside = source.relative_to(REPOSITORY).parts
        less = [f"--checks=-{',-'.join(NOT_FOR_TESTS)}"] if "test" in inside or inside[0] == "tests" else []
        done = subprocess.run([PROGRAM, "-p", str(self._build), "--quiet", *less, str(source)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode == 0:
            self.stamp(source, command).touch()
        return source, done.returncode == 0, done.stdout, time.monotonic() - begun

    def _read_dependencies(self) -> dict[pathlib.Path, set[pathlib.Path]]:
        """Source -> headers of this repository, as the compiler reported them to ninja."""
        listing = subprocess.run(["ninja", "-C", str(self._build), "-t", "deps"], capture_output=True, text=True, check=True).stdout
        found: dict[pathlib.Path, set[pathlib.Path]] = {}
        for block in listing.split("\n\n"):
            files = [pathlib.Path(os.path.normpath(self._build / line.strip())) for line in block.splitlines()[1:]]
            sources = [file for file in files if file.suffix == ".cpp"]
            if sources:
                found.setdefault(sources[0], set()).update(
                    file for file in files if file.suffix == ".hpp" and file.is_relative_to(REPOSITORY) and file.exists())
        return found


def changed_files() -> set[pathlib.Path]:
    listed = subprocess.run(["git", "-C", str(REPOSITORY), "status", "--porcelain", "-z", "--untracked-files=all"],
                            capture_output=True, text=True, check=True).stdout
    return {REPOSITORY / entry[3:] for entry in listed.split("\0") if len(entry) > 3}


def choose(run: TidyRun, arguments: list[str]) -> dict[pathlib.Path, str]:
    sources = run.sources()
    names = [pathlib.Path(argument).resolve() for argument in arguments if not argument.startswith("--")]
    for name in names:
        if name not in sources:
            raise SystemExit(f"{name} is compiled by no target of this build")
    if names:
        sources = {name: sources[name] for name in names}
    if "--changed" in arguments:
        changed = changed_files()
        sources = {source: command for source, command in sources.items() if run.depends_on(source) & changed}
    return sources


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    build = pathlib.Path(sys.argv[1])
    if shutil.which(PROGRAM) is None:
        print(f"{PROGRAM} is missing: run `make install`", file=sys.stderr)
        return 2
    if not (build / "compile_commands.json").exists():
        print(f"{build} is not configured: run `make build` first", file=sys.stderr)
        return 2
    run = TidyRun(build)
    chosen = choose(run, sys.argv[2:])
    pending = {source: command for source, command in chosen.items() if not run.stamp(source, command).exists()}
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        tasks = [pool.submit(run.check, source, command) for source, command in pending.items()]
        for done, task in enumerate(concurrent.futures.as_completed(tasks), 1):
            source, passed, output, seconds = task.result()
            print(f"  [{done}/{len(pending)}] {source.relative_to(REPOSITORY)} {'ok' if passed else 'FAILED'} ({seconds:.0f} s)", flush=True)
            if not passed:
                failed += 1
                print(output, flush=True)
    print(f"clang-tidy: {len(chosen)} sources, {len(chosen) - len(pending)} unchanged since they passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
