#!/usr/bin/env python3
"""Refuses texts that have no place in the repository, each with the reason and the way out.

A line that must contain one after all ends in a comment with "allowed-text: why".
usage: check_texts.py [ROOT]
"""
import dataclasses
import pathlib
import re
import sys

sys.dont_write_bytecode = True

from source_files import REPOSITORY, repository_files  # noqa: E402

CPP = (".hpp", ".cpp")
TEXT = (".hpp", ".cpp", ".cmake", ".txt", ".md", ".py", ".sh", ".ts", ".vue", ".mjs", ".sql", ".yaml", ".yml", ".json", ".graphql", ".env", "")
EXEMPT = ("tools/check_texts.py", "tests/lint/checks_test.py", "*package-lock.json")


@dataclasses.dataclass(frozen=True)
class Rule:
    pattern: re.Pattern
    suffixes: tuple[str, ...]
    advice: str
    under: str = ""  # a regular expression that the path must match


RULES = (
    Rule(re.compile(r"^(<<<<<<< |>>>>>>> |=======$)"), TEXT, "a merge conflict: resolve it"),
    Rule(re.compile(r"StrictHostKeyChecking[ =]no"), TEXT, "host keys are always checked (INF-6): publish the key instead"),
    Rule(re.compile(r"\b(FIXME|XXX)\b"), TEXT, "do it now, or file an issue"),
    Rule(re.compile(r"\bsleep_(for|until)\b|\busleep\("), CPP, "wait on a condition with a deadline, or use Clock", r"/test/|^tests/"),
    Rule(re.compile(r"\bstd::format\b"), CPP, "libstdc++ 12 lacks it: use fmt::format"),
    Rule(re.compile(r"\b(std::)?getenv\("), CPP, "settings come from platform/config", r"^(packages|apps)/"),
    Rule(re.compile(r"\bstd::system\(|\bpopen\("), CPP, "no shell: start the program itself with its arguments"),
    Rule(re.compile(r"\bSSL_VERIFY_NONE\b|CURLOPT_SSL_VERIFY(PEER|HOST), *0"), CPP, "certificates are always checked"),
    Rule(re.compile(r"\bsslmode=(disable|allow)\b"), (".yaml", ".yml", ".tf", ".env"), "production encrypts: verify-full"),
    Rule(re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"), TEXT, "no keys in the repository: make them when they are needed"),
)


def findings(root: pathlib.Path) -> list[str]:
    found = []
    for file in repository_files(root):
        rules = [rule for rule in RULES if file.suffix in rule.suffixes and re.search(rule.under, file.as_posix())]
        if not rules or any(file.match(pattern) for pattern in EXEMPT):
            continue
        text = (root / file).read_bytes().decode("utf-8", "replace")
        if file.suffix == ".hpp" and "#pragma once" not in text:
            found.append(f"{file}:1: a header without #pragma once")
        for number, line in enumerate(text.splitlines(), 1):
            if "allowed-text:" in line:
                continue
            found += [f"{file}:{number}: '{hit.group(0)}': {rule.advice}" for rule in rules if (hit := rule.pattern.search(line))]
    return found


def main() -> int:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY
    found = findings(root)
    for line in found:
        print(line)
    print(f"texts: {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
