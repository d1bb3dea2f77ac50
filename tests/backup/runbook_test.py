"""The commands of docs/operations/backup-verify-runbook.md work as they stand there, in their order; docker/backup and the workflow fit busflowctl.

usage: runbook_test.py BUSFLOWCTL
"""
import os
import re
import subprocess
import sys
import unittest

from environment import REPOSITORY, TOOLCHAIN, Environment
from scenes import Made, SceneCase

RUNBOOK = REPOSITORY / "docs/operations/backup-verify-runbook.md"
COMMANDS = [block.strip() for block in re.findall(r"^```sh\n(.*?)^```$", RUNBOOK.read_text(), re.MULTILINE | re.DOTALL)]
MADE: Made


def setUpModule() -> None:
    global MADE
    environment = SceneCase.environment = Environment(sys.argv[1]).__enter__()
    unittest.addModuleCleanup(environment.__exit__, None, None, None)
    environment.load("sample", "sample.sql")
    MADE = Made.create(environment, "sample")


class Runbook(SceneCase):
    def test_commands(self) -> None:
        self.assertGreaterEqual(len(COMMANDS), 10)
        self.put(MADE, 1)
        programs = self.environment.folder / "bin"
        programs.mkdir()
        (programs / "busflowctl").symlink_to(self.environment.binary)
        settings = {"PATH": f"{programs}:/usr/bin:/bin", **self.environment.settings("sample"), "TARGET_SERVER": "postgresql://postgres@",
                    "TARGET_PARAMETERS": f"host={self.environment.postgres.folder}"}
        made_one = False
        for command in COMMANDS:
            with self.subTest(command=command):
                if made_one and "backup create" in command:
                    # A second dump of the same minute is refused; a reader takes longer.
                    self.setUp()
                    self.put(MADE, 1)
                made_one = made_one or "backup create" in command
                done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=REPOSITORY, env=settings, capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertNotEqual(done.stdout.strip(), "")


class Deployment(SceneCase):
    def test_producer_settings_are_settings(self) -> None:
        """busflowctl refuses a variable that it does not know; secrets are the test's."""
        lines = [line for line in (REPOSITORY / "docker/backup/producer.env").read_text().splitlines() if line and not line.startswith("#")]
        given = dict(line.split("=", 1) for line in lines)
        secret = self.environment.folder / "secret"
        secret.write_text("x\n")
        given |= {name: str(secret) for name in given if name.endswith("_FILE") and "CA" not in name}
        given["BUSFLOW_OPERATOR_STATE_DIRECTORY"] = str(self.environment.folder / "state")
        done = subprocess.run([*self.environment.command("backup", "run", "--once", "--dry-run")], env={"PATH": "/usr/bin:/bin", **given}, cwd=REPOSITORY,
                              capture_output=True, text=True, check=False)
        self.assertIn("lock 'backup' in minio-inswarm (https://object-store:9000/busflow-backups)", done.stdout, done.stderr)
        wrong = subprocess.run([*self.environment.command("backup", "create", "--dry-run")], env={"PATH": "/usr/bin:/bin", **given, "BUSFLOW_BACKUP_SORCE": "x"},
                               cwd=REPOSITORY, capture_output=True, text=True, check=False)
        self.assertEqual(wrong.returncode, 6, wrong.stdout)

    def test_workflow_names_settings_and_verbs_that_exist(self) -> None:
        text = (REPOSITORY / ".github/workflows/backup-verify.yml").read_text()
        reference = (REPOSITORY / "docs/reference/settings.md").read_text()
        for name in set(re.findall(r"\b(BUSFLOW_\w+?)(?:_FILE)?:", text)):
            self.assertIn(name, reference)
        for noun, verb, rest in re.findall(r"busflowctl (\w+) (\w+)(.*)", text):
            helped = subprocess.run(self.environment.command(noun, verb, "--help"), capture_output=True, text=True, check=True).stdout
            for option in re.findall(r"--[a-z-]+", rest):
                self.assertIn(option + " ", helped)


class Workflows(unittest.TestCase):
    def lint(self, text: str) -> subprocess.CompletedProcess:
        environment = {**os.environ, "PATH": f"{TOOLCHAIN}/bin:{TOOLCHAIN}/python/bin:/usr/bin:/bin"}
        return subprocess.run(["actionlint", "-shellcheck", "shellcheck", "-"], input=text, env=environment, capture_output=True, text=True, check=False)

    def test_actionlint_has_nothing_to_say(self) -> None:
        files = list((REPOSITORY / ".github/workflows").glob("*.yml"))
        self.assertTrue(files)
        for file in files:
            done = self.lint(file.read_text())
            self.assertEqual(done.returncode, 0, f"{file.name}: {done.stdout}{done.stderr}")

    def test_actionlint_would_say_something(self) -> None:
        text = (REPOSITORY / ".github/workflows/backup-verify.yml").read_text()
        for right, wrong in (("inputs.name }}", "inputs.nme }}"), ("17 3 * * *", "61 3 * * *"),
                             ("steps.verify.outcome", "steps.verfy.outcome"), ("umask 077", "cat $(ls)"), ("issues: write", "issues: wrte")):
            self.assertIn(right, text)
            self.assertNotEqual(self.lint(text.replace(right, wrong)).returncode, 0, wrong)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
