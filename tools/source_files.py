"""Which files belong to the repository's sources: everything git tracks or would track, if it is there."""
import pathlib
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]


def repository_files(root: pathlib.Path = REPOSITORY) -> list[pathlib.Path]:
    """Relative to the root. Ignored files (.gitignore) are left out: build output, node_modules, local state."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, text=True, check=True).stdout
    return sorted({pathlib.Path(name) for name in listed.split("\0") if name and (root / name).is_file()})


def source_files(suffixes: tuple[str, ...], root: pathlib.Path = REPOSITORY) -> list[pathlib.Path]:
    return [file for file in repository_files(root) if file.suffix in suffixes]
