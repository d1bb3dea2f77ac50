#!/usr/bin/env python3
"""Negative controls for the checks in tools/: each must refuse what it is for, and accept a tree that keeps the rules."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


class ChecksTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.root = pathlib.Path(self.directory.name)
        subprocess.run(["git", "init", "--quiet", str(self.root)], check=True)
        self.write("platform/base/src/good.cpp", "int good() { return 1; }\n")
        self.write("platform/base/include/good.hpp", "#pragma once\n")

    def write(self, name: str, text: str):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_check(self, name: str) -> tuple[int, str]:
        done = subprocess.run([sys.executable, "-B", str(REPOSITORY / "tools" / name), str(self.root)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout

    def assert_refused(self, check: str, finding: str):
        status, output = self.run_check(check)
        self.assertEqual(status, 1, output)
        self.assertIn(finding, output)

    def test_a_good_tree_passes(self):
        for check in ("check_sizes.py", "check_texts.py"):
            status, output = self.run_check(check)
            self.assertEqual(status, 0, output)

    def test_long_source(self):
        self.write("a.cpp", "\n" * 501)
        self.assert_refused("check_sizes.py", "a.cpp:501: 501 lines, more than 500")

    def test_long_text(self):
        self.write("a.md", "\n" * 601)
        self.assert_refused("check_sizes.py", "a.md:601: 601 lines, more than 600")

    def test_limits_are_inclusive_and_generated_files_exempt(self):
        self.write("a.cpp", "\n" * 500)
        self.write("a.md", "\n" * 600)
        self.write("docs/reference/settings.md", "\n" * 2000)
        self.write("apps/web/package-lock.json", "\n" * 9000)
        self.assertEqual(self.run_check("check_sizes.py")[0], 0)

    def test_crowded_folder(self):
        for number in range(41):
            self.write(f"crowd/{number}.md", "")
        self.assert_refused("check_sizes.py", "crowd:1: 41 files, more than 40")

    def test_forbidden_texts(self):
        for name, text, finding in (
                ("a.md", "<<<<<<< HEAD\n", "a.md:1: '<<<<<<< ': a merge conflict"),
                ("a.sh", "\nssh -o StrictHostKeyChecking=no\n", "a.sh:2: 'StrictHostKeyChecking=no'"),
                ("platform/base/test/a_test.cpp", "std::this_thread::sleep_for(1s);\n", "wait on a condition with a deadline"),
                ("packages/x/src/a.cpp", 'auto x = std::getenv("X");\n', "settings come from platform/config"),
                ("a.cpp", "auto s = std::format(\"\");\n", "use fmt::format"),
                ("a.cpp", "std::system(\"ls\");\n", "no shell"),
                ("a.hpp", "int x();\n", "a.hpp:1: a header without #pragma once"),
                ("a.py", "# FIXME\n", "do it now"),
                ("a.txt", "-----BEGIN RSA PRIVATE KEY-----\n", "no keys in the repository")):
            with self.subTest(finding):
                self.write(name, text)
                self.assert_refused("check_texts.py", finding)
                (self.root / name).unlink()

    def test_an_exception_says_why(self):
        self.write("a.cpp", "std::system(line);  // allowed-text: the operator's own hook\n")
        self.assertEqual(self.run_check("check_texts.py")[0], 0)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
