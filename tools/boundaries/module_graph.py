"""The modules as CMake wrote them down in modules.json, and which of them each source file belongs to."""
import dataclasses
import json
import pathlib

ROOTS = ("platform", "packages", "apps", "tests")
SUFFIXES = (".hpp", ".cpp")


@dataclasses.dataclass(frozen=True)
class Module:
    name: str
    layer: str
    folder: str  # relative to the repository
    header_root: str
    headers: tuple[str, ...]  # relative to the folder, as all paths here
    sources: tuple[str, ...]
    uses: tuple[str, ...]
    uses_private: tuple[str, ...]
    external: tuple[str, ...]

    @property
    def declared(self) -> set[str]:
        return {self.name, *self.uses, *self.uses_private}

    @property
    def context(self) -> str | None:
        """The bounded context of a package's module: "commerce" for commerce::contract."""
        parts = self.folder.split("/")
        return parts[1] if parts[0] == "packages" and self.layer in ("contract", "package") else None

    @property
    def list_file(self) -> str:
        return f"{self.folder}/CMakeLists.txt"

    def included_as(self, header: str) -> str:
        return header.removeprefix(self.header_root + "/")


class ModuleGraph:
    def __init__(self, description: pathlib.Path, root: pathlib.Path):
        self.root = root
        self.modules = [Module(**{key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()})
                        for entry in json.loads(description.read_text())]
        self.by_name = {module.name: module for module in self.modules}
        self.owner_of_header = {module.included_as(header): module for module in self.modules for header in module.headers}
        self._by_file: dict[str, list[Module]] = {}
        for module in self.modules:
            for file in (*module.headers, *module.sources):
                self._by_file.setdefault(f"{module.folder}/{file}", []).append(module)

    def files(self) -> list[str]:
        """Every C++ file of the tree, relative to the root."""
        return sorted(path.relative_to(self.root).as_posix() for top in ROOTS for path in (self.root / top).rglob("*")
                      if path.suffix in SUFFIXES and "node_modules" not in path.parts)

    def owners(self, file: str) -> list[Module]:
        """The modules that list the file; for a private header those whose sources lie in the same top folder (src, test)."""
        if file in self._by_file:
            return self._by_file[file]
        if file.endswith(".cpp"):
            return []
        owners = []
        for module in self.modules:
            if file.startswith(module.folder + "/"):
                inside = file.removeprefix(module.folder + "/")
                if not self._is_public_place(module, inside) and any(_top(source) == _top(inside) for source in module.sources):
                    owners.append(module)
        return owners

    def is_public_header(self, file: str) -> bool:
        return any(file == f"{module.folder}/{header}" for module in self._by_file.get(file, ()) for header in module.headers)

    def folder_is_known(self, file: str) -> bool:
        return any(file.startswith(module.folder + "/") for module in self.modules)

    def private_owner(self, name: str) -> Module | None:
        """A module that has a private header of this name in its src."""
        for module in self.modules:
            if module.sources and (self.root / module.folder / "src" / name).exists():
                return module
        return None

    @staticmethod
    def _is_public_place(module: Module, inside: str) -> bool:
        return bool(module.headers) and inside.startswith(module.header_root + "/")


def _top(path: str) -> str:
    return path.split("/")[0]
