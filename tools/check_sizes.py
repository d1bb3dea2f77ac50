#!/usr/bin/env python3
"""Keeps files and folders small enough to be read in one go.

Source files: at most 500 lines. Any other text file: at most 600. A folder: at most 40 files of its own.
Exempt are files that programs write (GENERATED) and those that pin what others made (lock files).
usage: check_sizes.py [ROOT]
"""
import collections
import pathlib
import sys

sys.dont_write_bytecode = True

from source_files import REPOSITORY, repository_files  # noqa: E402

SOURCE_LINES = 500
TEXT_LINES = 600
FILES_PER_FOLDER = 40
SOURCE_SUFFIXES = {".hpp", ".cpp", ".cmake", ".py", ".sh", ".ts", ".tsx", ".vue", ".js", ".mjs", ".sql", ".graphql", ".css", ".tf"}
GENERATED = ("package-lock.json", "docs/reference/*", "apps/web/src/gql/*", "apps/web/src/**/generated/*", "apps/web/schema.graphql",
             "*.generated.*")


def is_generated(file: pathlib.Path) -> bool:
    return any(file.match(pattern) for pattern in GENERATED)


def line_count(path: pathlib.Path) -> int | None:
    """None for what is not text."""
    content = path.read_bytes()
    return None if b"\0" in content[:8192] else content.count(b"\n")


def findings(root: pathlib.Path) -> list[str]:
    found = []
    folders: collections.Counter = collections.Counter()
    for file in repository_files(root):
        folders[file.parent] += 1
        if is_generated(file):
            continue
        lines = line_count(root / file)
        limit = SOURCE_LINES if file.suffix in SOURCE_SUFFIXES else TEXT_LINES
        if lines is not None and lines > limit:
            found.append(f"{file}:{limit + 1}: {lines} lines, more than {limit}: divide it by subject")
    for folder, count in sorted(folders.items()):
        if count > FILES_PER_FOLDER and not is_generated(folder / "x"):
            found.append(f"{folder}:1: {count} files, more than {FILES_PER_FOLDER}: divide it by subject")
    return found


def main() -> int:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY
    found = findings(root)
    for line in found:
        print(line)
    print(f"sizes: {len(repository_files(root))} files, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
