#!/usr/bin/env python3
"""Checks (or with --fix makes) the layout of every C++ file with clang-format 19."""
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

from source_files import REPOSITORY, source_files  # noqa: E402


def main() -> int:
    program = shutil.which("clang-format-19")
    if program is None:
        print("clang-format-19 is missing: run `make install`", file=sys.stderr)
        return 2
    files = [str(file) for file in source_files((".hpp", ".cpp"))]
    mode = ["-i"] if sys.argv[1:] == ["--fix"] else ["--dry-run", "-Werror"]
    done = subprocess.run([program, *mode, *files], cwd=REPOSITORY, check=False)
    if done.returncode != 0:
        print("format: run `make format`", file=sys.stderr)
    else:
        print(f"format: {len(files)} files")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
