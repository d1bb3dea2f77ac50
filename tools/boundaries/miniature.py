"""A miniature of the repository that keeps every boundary: two contexts, two libraries, an app and a test.

It is built with the real cmake/Module.cmake and cmake/Compiler.cmake; only the third-party libraries are stand-ins.
"""
import pathlib
import shutil
import subprocess

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

FILES = {
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.25)
include(cmake/Compiler.cmake)
project(miniature LANGUAGES CXX)
busflow_check_compiler()
foreach(name asio libpq fmt cli11 gtest)
  add_library(external_${name} INTERFACE)
  target_include_directories(external_${name} INTERFACE ${CMAKE_SOURCE_DIR}/stand_ins/${name})
  add_library(external::${name} ALIAS external_${name})
endforeach()
include(cmake/Module.cmake)
enable_testing()
foreach(folder platform/base platform/store packages/identity packages/commerce apps/api)
  add_subdirectory(${folder})
endforeach()
busflow_audit_modules()
""",
    "cmake/precompiled/standard.hpp": "#pragma once\n#include <string>\n",
    "stand_ins/libpq/libpq-fe.h": "#pragma once\nstruct PGconn;\n",
    "stand_ins/fmt/fmt/format.h": "#pragma once\n",
    "stand_ins/cli11/CLI/CLI.hpp": "#pragma once\n",

    "platform/base/CMakeLists.txt": """\
busflow_module(platform::base LAYER base
  HEADERS include/platform/base/value.hpp
  SOURCES src/value.cpp
  EXTERNAL external::fmt)
busflow_test(base_test SOURCES test/base_test.cpp USES platform::base)
""",
    "platform/base/include/platform/base/value.hpp": "#pragma once\nint base_value();\n",
    "platform/base/src/value.cpp": "#include <platform/base/value.hpp>\n\n#include <fmt/format.h>\n\nint base_value() { return 1; }\n",
    "platform/base/test/base_test.cpp": "#include <platform/base/value.hpp>\n\nint main() { return base_value() - 1; }\n",

    "platform/store/CMakeLists.txt": """\
busflow_module(platform::store LAYER platform
  HEADERS include/platform/store/store.hpp
  SOURCES src/store.cpp
  USES platform::base
  EXTERNAL external::libpq)
""",
    "platform/store/include/platform/store/store.hpp": "#pragma once\n#include <platform/base/value.hpp>\nint stored();\n",
    "platform/store/src/connection.hpp": "#pragma once\n#include <libpq-fe.h>\n",
    "platform/store/src/store.cpp":
        '#include <platform/store/store.hpp>\n\n#include <unistd.h>\n\n#include "connection.hpp"\n\nint stored() { return base_value(); }\n',

    "packages/identity/CMakeLists.txt": """\
busflow_module(identity::contract LAYER contract HEADER_ROOT contract
  HEADERS contract/identity/user.hpp
  USES platform::base)
busflow_module(identity::module LAYER package HEADER_ROOT module
  HEADERS module/identity/module.hpp
  SOURCES src/identity.cpp
  USES platform::base identity::contract
  USES_PRIVATE platform::store)
""",
    "packages/identity/contract/identity/user.hpp":
        "#pragma once\n#include <string>\n\n#include <platform/base/value.hpp>\nstruct User { std::string name; };\n",
    "packages/identity/module/identity/module.hpp":
        "#pragma once\n#include <memory>\n\n#include <identity/user.hpp>\nstd::unique_ptr<User> make_identity();\n",
    "packages/identity/src/domain/account.hpp": "#pragma once\nstruct Account {};\n",
    "packages/identity/src/identity.cpp":
        "#include <identity/module.hpp>\n\n#include <memory>\n\n#include <platform/store/store.hpp>\n\n#include \"domain/account.hpp\"\n\n"
        "std::unique_ptr<User> make_identity() { return stored() ? std::make_unique<User>() : nullptr; }\n",

    "packages/commerce/CMakeLists.txt": """\
busflow_module(commerce::contract LAYER contract HEADER_ROOT contract
  HEADERS contract/commerce/offer.hpp)
busflow_module(commerce::module LAYER package HEADER_ROOT module
  HEADERS module/commerce/module.hpp
  SOURCES src/commerce.cpp
  USES commerce::contract identity::contract
  USES_PRIVATE platform::store)
""",
    "packages/commerce/contract/commerce/offer.hpp": "#pragma once\nstruct Offer {};\n",
    "packages/commerce/module/commerce/module.hpp":
        "#pragma once\n#include <commerce/offer.hpp>\n#include <identity/user.hpp>\nOffer make_commerce(const User&);\n",
    "packages/commerce/src/commerce.cpp":
        "#include <commerce/module.hpp>\n\n#include <fmt/format.h>\n\nOffer make_commerce(const User&) { return {}; }\n",

    "apps/api/CMakeLists.txt": """\
busflow_module(apps::api LAYER app EXECUTABLE
  SOURCES main.cpp
  USES commerce::module identity::module
  EXTERNAL external::cli11)
""",
    "apps/api/main.cpp":
        "#include <memory>\n\n#include <CLI/CLI.hpp>\n\n#include <commerce/module.hpp>\n#include <identity/module.hpp>\n\n"
        "int main() { make_commerce(*make_identity()); }\n",
}


class Miniature:
    """The tree in a directory of its own. edit() changes it; the steps say (succeeded, output)."""

    def __init__(self, directory: pathlib.Path, detected: pathlib.Path | None = None):
        self.source = directory / "source"
        self.build = directory / "build"
        for name, text in FILES.items():
            self.write(name, text)
        for name in ("Module.cmake", "Compiler.cmake", "CompilerCheck.cmake"):
            shutil.copy(REPOSITORY / "cmake" / name, self.source / "cmake" / name)
        if detected is not None:  # what CMake found out about the compiler in an earlier tree: saves a second per control
            shutil.copytree(detected, self.build / "CMakeFiles" / detected.name)

    def write(self, name: str, text: str) -> None:
        path = self.source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces the first occurrence; an edit that changes nothing would make the control prove nothing."""
        text = (self.source / name).read_text()
        if old not in text:
            raise AssertionError(f"{name} of the miniature does not contain {old!r}")
        self.write(name, text.replace(old, new, 1))

    def prepend(self, name: str, line: str) -> None:
        self.write(name, line + "\n" + (self.source / name).read_text())

    def append(self, name: str, line: str) -> None:
        self.write(name, (self.source / name).read_text() + line + "\n")

    def configure(self) -> tuple[bool, str]:
        return _run("cmake", "-S", str(self.source), "-B", str(self.build), "-G", "Ninja",
                    "-DCMAKE_CXX_COMPILER=clang++-19", "-DCMAKE_BUILD_TYPE=Debug")

    def compile(self) -> tuple[bool, str]:
        return _run("cmake", "--build", str(self.build))

    def headers(self) -> tuple[bool, str]:
        return _run("cmake", "--build", str(self.build), "--target", "all_verify_interface_header_sets")

    def includes(self) -> tuple[bool, str]:
        return _run("python3", str(REPOSITORY / "tools/boundaries/check_includes.py"), str(self.build), str(self.source))

    def detected(self) -> pathlib.Path:
        """CMake's notes on the compiler in a configured tree."""
        return next(path.parent for path in (self.build / "CMakeFiles").glob("*/CMakeCXXCompiler.cmake"))


def _run(*arguments: str) -> tuple[bool, str]:
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode == 0, done.stdout
