#!/usr/bin/env python3
"""The sources that one app is built from, and nothing else: what `docker build` compiles it in. A change elsewhere leaves them as they are, so that
the layers that were compiled are used again.

usage: sources.py APP TARGET [--modules FILE]     APP: api, ctl or graphql; FILE: modules.json of a configured build (build/release/modules.json)"""
import argparse
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tools/boundaries"))
from module_graph import ModuleGraph  # noqa: E402 (the path must be set first)

# What every build needs beside the modules.
COMMON = ("CMakeLists.txt", "CMakePresets.json", "versions.env", "packages.txt", "tools/embed.py", "docker/busflow/collect.sh", "docker/base/sbom.sh")
COMMON_FOLDERS = ("cmake",)
# What a module's build takes from npm, which the compiling container does not ask.
FROM_NPM = {"platform/jobs": "platform/jobs/bullmq/node_modules/bullmq", "platform/image": "platform/image/libvips/node_modules/@img"}
LEFT_OUT = ("test", "CMakeFiles", "docs")


def folders_of(graph: ModuleGraph, app: str) -> list[str]:
    """Of the app's module and all that it uses, however far away."""
    name = f"apps::{app}"
    if name not in graph.by_name:
        raise SystemExit(f"error: there is no app '{app}'\n  -> one of: {', '.join(sorted(n[6:] for n in graph.by_name if n.startswith('apps::')))}")
    found: set[str] = set()
    waiting = [name]
    while waiting:
        module = graph.by_name[waiting.pop()]
        if module.name not in found:
            found.add(module.name)
            waiting += [*module.uses, *module.uses_private]
    return sorted({graph.by_name[name].folder for name in found})


def files_of(folder: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", folder], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.splitlines()
    inside = len(pathlib.PurePath(folder).parts)
    return [file for file in listed if pathlib.PurePath(file).parts[inside] not in LEFT_OUT and (REPOSITORY / file).exists()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("app")
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("--modules", type=pathlib.Path, default=REPOSITORY / "build/release/modules.json")
    options = parser.parse_args()
    if not options.modules.exists():
        raise SystemExit(f"error: {options.modules} is missing\n  -> cmake --preset release")
    folders = folders_of(ModuleGraph(options.modules, REPOSITORY), options.app)
    files = [*COMMON, *(file for folder in (*COMMON_FOLDERS, *folders) for file in files_of(folder))]
    shutil.rmtree(options.target, ignore_errors=True)
    for file in files:
        target = options.target / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / file, target)
    for module, packages in FROM_NPM.items():
        if module in folders:
            shutil.copytree(REPOSITORY / packages, options.target / packages)
    print(f"{options.app}: {len(files)} files of {len(folders)} modules in {options.target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
