#!/usr/bin/env python3
"""Writes a C++ source that holds the given text files as raw strings. Called by cmake/Embed.cmake."""
import pathlib
import sys

DELIMITER = "embedded"
CHUNK = 8000  # compilers limit one literal; adjacent literals are joined


def literal(text: str) -> str:
    if f"){DELIMITER}\"" in text:
        raise SystemExit(f"embed.py: a file contains the raw-string delimiter {DELIMITER}")
    chunks = [text[i:i + CHUNK] for i in range(0, len(text), CHUNK)] or [""]
    return "\n".join(f'R"{DELIMITER}({chunk}){DELIMITER}"' for chunk in chunks)


def main() -> None:
    output, namespace, name, root, *inputs = sys.argv[1:]
    entries = []
    for path in sorted(map(pathlib.Path, inputs)):
        relative = path.relative_to(root).as_posix()
        entries.append(f'    {{"{relative}", {literal(path.read_text(encoding="utf-8"))}}},\n')
    count = len(entries)
    pathlib.Path(output).write_text(
        "#include <array>\n#include <span>\n\n#include <platform/base/embedded_file.hpp>\n\n"
        f"namespace {namespace} {{\n"
        f"std::span<const busflow::EmbeddedFile> {name}();\n"
        f"std::span<const busflow::EmbeddedFile> {name}() {{\n"
        f"  static constexpr std::array<busflow::EmbeddedFile, {count}> kFiles{{{{\n{''.join(entries)}  }}}};\n"
        "  return kFiles;\n}\n"
        f"}}  // namespace {namespace}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
