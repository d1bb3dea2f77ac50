#!/usr/bin/env python3
"""Refuses what CMake cannot see: an include compiles whenever some include path happens to reach the file.

usage: check_includes.py BUILD_DIRECTORY [ROOT]      reads BUILD_DIRECTORY/modules.json
Each finding is one line, file:line: what is wrong: what to do. Exit code 1 when there is any.
The rules and their reasons: docs/architecture/boundaries.md. Each has a negative control in controls.py.
"""
import pathlib
import re
import sys

sys.dont_write_bytecode = True

import header_kinds  # noqa: E402
from module_graph import Module, ModuleGraph  # noqa: E402

# Inside a package's src: rules know neither SQL nor the order of steps; SQL does not know the steps. Ring -> what it may not include.
RINGS = {
    "domain": re.compile(r"(storage|usecases)/|platform/(?!base/|json/)"),
    "storage": re.compile(r"usecases/"),
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')


class IncludeChecker:
    def __init__(self, graph: ModuleGraph):
        self._graph = graph
        self.findings: list[str] = []

    def check(self) -> list[str]:
        for file in self._graph.files():
            self._check_file(file)
        self._check_context_cycles()
        return sorted(set(self.findings))

    def _check_file(self, file: str) -> None:
        owners = self._graph.owners(file)
        if not owners:
            self._report_homeless(file)
            return
        text = (self._graph.root / file).read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            if hit := INCLUDE.match(line):
                problem = self._problem(file, owners, quoted=hit.group(1) == '"', name=hit.group(2))
                if problem:
                    self.findings.append(f"{file}:{number}: {problem}")

    def _report_homeless(self, file: str) -> None:
        folder = "/".join(file.split("/")[:2])
        if not self._graph.folder_is_known(file):
            self.findings.append(f"{folder}:1: no module lives here: add {folder}/CMakeLists.txt with busflow_module()")
        elif file.endswith(".cpp"):
            self.findings.append(f"{file}:1: no target compiles this file: list it in SOURCES in {folder}/CMakeLists.txt")
        else:
            self.findings.append(f"{file}:1: this header is in no module's HEADERS: list it in {folder}/CMakeLists.txt, or move it to src")

    def _problem(self, file: str, owners: list[Module], quoted: bool, name: str) -> str | None:
        """What is wrong with the include, or None. A shared private header needs only one of its modules to be right."""
        if ".." in name.split("/"):
            return f'relative escape "{name}": include public headers as <library/header.hpp>, private ones from src'
        if name.startswith("/"):
            return f'absolute path "{name}": include it relative to a module'
        if problem := self._ring_problem(file, name):
            return problem
        if quoted and self._own_file(file, owners, name):
            return None
        if name in self._graph.owner_of_header:
            problems = [self._module_problem(file, module, self._graph.owner_of_header[name], name) for module in owners]
        else:
            problems = [self._foreign_problem(module, name) for module in owners]
        return None if None in problems else problems[0]

    @staticmethod
    def _ring_problem(file: str, name: str) -> str | None:
        parts = file.split("/")
        ring = parts[3] if parts[0] == "packages" and len(parts) > 4 and parts[2] == "src" else None
        if ring not in RINGS or not RINGS[ring].match(name):
            return None
        return f"{ring} may not include {name}: rules come first, SQL serves them, use cases put both together; hand it the value instead"

    def _own_file(self, file: str, owners: list[Module], name: str) -> bool:
        places = [pathlib.Path(file).parent, *(pathlib.Path(module.folder) / "src" for module in owners)]
        return any((self._graph.root / place / name).exists() for place in places)

    def _module_problem(self, file: str, module: Module, owner: Module, name: str) -> str | None:
        if owner.name not in module.declared:
            what = f"<{name}> belongs to {owner.name}, which {module.name} does not declare"
            if owner.context and owner.context != module.context and owner.layer == "package" and module.layer == "package":
                return f"{what}: another context's module/ is closed; use {owner.context}::contract or react to its event"
            return f"{what}: add {owner.name} to USES or USES_PRIVATE in {module.list_file}, or do without it"
        if owner.name in module.uses_private and owner.name not in module.uses and self._graph.is_public_header(file):
            return (f"a public header needs <{name}> of {owner.name}, which {module.name} uses privately: "
                    f"move {owner.name} to USES in {module.list_file}")
        return None

    def _foreign_problem(self, module: Module, name: str) -> str | None:
        """For a header that no module publishes: standard, system, third-party, or private to somebody."""
        if header_kinds.STANDARD.match(name):
            return None
        libraries = header_kinds.third_party(name)
        if libraries:
            return self._third_party_problem(module, name, libraries)
        if header_kinds.SYSTEM.match(name):
            if module.layer in ("contract", "package"):
                return f"system header <{name}> in a {module.layer}: put the call behind a library of platform"
            return None
        private = self._graph.private_owner(name)
        if private is not None and private.folder != module.folder:
            return f'private header "{name}" of {private.name}: another module\'s src is closed; use its public headers'
        if private is not None:
            return None
        return f"<{name}> is no header of this project, the standard or a known library: add it to tools/boundaries/header_kinds.py"

    @staticmethod
    def _third_party_problem(module: Module, name: str, libraries: tuple[str, ...]) -> str | None:
        if header_kinds.ALWAYS_ALLOWED & set(libraries) or {f"external::{library}" for library in libraries} & set(module.external):
            return None
        if module.layer in ("contract", "package"):
            client = next((header_kinds.CLIENTS[library] for library in libraries if library in header_kinds.CLIENTS), None)
            if client is not None:
                return f"<{name}> is a client of {client} in a {module.layer}: those live in platform; use its library"
            return f"third-party header <{name}> in a {module.layer}: wrap it in a library of platform"
        return f"<{name}> needs external::{libraries[0]}, which {module.name} does not declare: add it to EXTERNAL in {module.list_file}"

    def _check_context_cycles(self) -> None:
        """CMake sees none, as each context links only the other's contract; but calls must run down one order."""
        calls: dict[str, dict[str, str]] = {}  # context -> context it calls -> list file that says so
        for module in self._graph.modules:
            if module.context is None:
                continue
            for used in (*module.uses, *module.uses_private):
                target = self._graph.by_name[used].context
                if target is not None and target != module.context:
                    calls.setdefault(module.context, {})[target] = module.list_file
        for cycle in _cycles({context: sorted(targets) for context, targets in calls.items()}):
            self.findings.append(f"{calls[cycle[0]][cycle[1]]}:1: contexts call each other in a circle: {' -> '.join(cycle)}: "
                                 "turn one of the calls into an event through the outbox")


def _cycles(edges: dict[str, list[str]]) -> list[list[str]]:
    """Every cycle once, beginning and ending with its alphabetically first member."""
    found = []

    def walk(trail: list[str]) -> None:
        for target in edges.get(trail[-1], ()):
            if target == trail[0]:
                found.append([*trail, target])
            elif target not in trail and target > trail[0]:
                walk([*trail, target])

    for start in sorted(edges):
        walk([start])
    return found


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    description = pathlib.Path(sys.argv[1]) / "modules.json"
    if not description.exists():
        print(f"{description} is missing: configure first (cmake --preset dev)", file=sys.stderr)
        return 2
    root = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else pathlib.Path(__file__).resolve().parents[2]
    graph = ModuleGraph(description, root.resolve())
    findings = IncludeChecker(graph).check()
    for finding in findings:
        print(finding)
    print(f"boundaries: {len(graph.files())} files in {len(graph.modules)} modules, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
