"""What is printed from the verb table works: completion in a real bash, manual pages that man(1)'s formatter reads.

usage: pages_test.py BUSFLOWCTL
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

BINARY = pathlib.Path(sys.argv[1]).resolve()


def ctl(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"})


class Completion(unittest.TestCase):
    def complete(self, *words: str) -> list[str]:
        """What bash offers for the last of the words."""
        line = " ".join(f"'{word}'" for word in ("busflowctl", *words))
        script = f"""{ctl("completion", "bash").stdout}
COMP_WORDS=({line}); COMP_CWORD={len(words)}; _busflowctl; printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_nouns_verbs_and_options(self) -> None:
        self.assertIn("backup", self.complete("b"))
        self.assertEqual(self.complete("backup", "ver"), ["verify"])
        self.assertEqual(self.complete("backup", "verify", "--unr"), ["--unreachable-window"])
        self.assertEqual(self.complete("backup", "create", "--format", "p"), ["plain"])
        self.assertEqual(self.complete("backup", "create", "--format", "plain", "--dry"), ["--dry-run"])

    def test_other_shells(self) -> None:
        self.assertIn("bashcompinit", ctl("completion", "zsh").stdout)
        self.assertIn("complete -c busflowctl", ctl("completion", "fish").stdout)
        self.assertEqual(ctl("completion", "cmd").returncode, 2)


class Pages(unittest.TestCase):
    def test_every_verb_has_help_with_an_example(self) -> None:
        usages = [line.split("  ")[1].split(" [")[0] for line in ctl("--help").stdout.splitlines() if line.startswith("  ")]
        verbs = [usage.split() for usage in usages if usage and usage.split()[0] in ("alert", "audit", "backup", "lock")]
        self.assertGreaterEqual(len(verbs), 10)
        for words in verbs:
            done = ctl(*[word for word in words if word.islower()], "--help")
            self.assertEqual(done.returncode, 0, words)
            self.assertIn("\nexamples\n  busflowctl ", done.stdout)
            self.assertIn("\nexit codes\n", done.stdout)

    def test_manual_pages(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(ctl("manual", folder).returncode, 0)
            pages = sorted(pathlib.Path(folder).glob("*.1"))
            self.assertIn("busflowctl-backup-verify.1", [page.name for page in pages])
            for page in pages:
                text = page.read_text()
                self.assertRegex(text, r'^\.TH "busflowctl', page.name)
                for line in text.splitlines():
                    self.assertRegex(line, r"^(\.[A-Z]|\.nf|\.fi|[^.']|$)", f"{page.name}: a line that would be taken for a request")

    def test_wrong_words_are_named(self) -> None:
        done = ctl("backup", "verfy")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--help", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
