"""busflowctl is killed (SIGKILL) at each of its steps and run again: nothing half done counts, nothing is left behind, and the second run succeeds.

usage: interruption_test.py BUSFLOWCTL
"""
import datetime
import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import unittest

from environment import Environment
from scenes import EXIT_CODES, Made, SceneCase, name_at

CUSTOM: Made


def setUpModule() -> None:
    global CUSTOM
    environment = SceneCase.environment = Environment(sys.argv[1]).__enter__()
    unittest.addModuleCleanup(environment.__exit__, None, None, None)
    environment.load("sample", "sample.sql")
    CUSTOM = Made.create(environment, "sample")


def descendants(pid: int) -> list[int]:
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *descendants(child)]
    return found


class Killed(SceneCase):
    def kill_at(self, step: int, *arguments: str) -> bool:
        """Whether it was there to be killed when its line for that step had come. All of its children must go as well."""
        running = subprocess.Popen(self.environment.command(*arguments), env={"PATH": "/usr/bin:/bin", **self.environment.settings("sample")},
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        with running:
            for line in running.stderr:
                if line.startswith(f"[{step}/"):
                    break
            threading.Event().wait(0.03)  # Into the step.
            children = descendants(running.pid) if running.poll() is None else []
            running.kill()
        self.assertTrue(all(self.is_gone(child) for child in children), "children live on")
        return running.returncode == -signal.SIGKILL

    @staticmethod
    def is_gone(pid: int) -> bool:
        for _ in range(300):
            try:
                if "Z" in pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1][:3]:
                    return True
            except OSError:
                return True
            threading.Event().wait(0.05)
        return False

    def steps_of(self, *arguments: str) -> int:
        done = self.environment.run(*arguments, "--dry-run")
        return len(re.findall(r"^\d+\. ", done.stdout, re.MULTILINE))

    def committed(self) -> list[str]:
        """Names of the dumps that count; each must be whole."""
        names = [name for name in self.environment.store.names() if (self.environment.store.bucket / "regular" / f"{name}.manifest.json").exists()]
        for name in names:
            data = (self.environment.store.bucket / "regular" / name).read_bytes()
            self.assertEqual(hashlib.sha256(data).hexdigest(), self.environment.store.manifest(name)["sha256"], name)
        return names

    def test_create(self) -> None:
        steps = self.steps_of("backup", "create")
        self.assertEqual(steps, 5)
        for step in range(1, steps + 1):
            with self.subTest(step=step):
                self.setUp()
                self.assertTrue(self.kill_at(step, "backup", "create") or step == steps)
                before = self.committed()
                again = self.environment.run("backup", "create", "--quiet")
                # A dump of this minute that was committed before the kill is a success of its own.
                self.assertIn(again.returncode, (0, EXIT_CODES["already-there"]) if before else (0,), again.stderr)
                self.assertTrue(self.committed())
                self.assertEqual(list((self.environment.store.bucket / "partial").glob("*")) if again.returncode == 0 else [], [])
                listed = json.loads(self.environment.run("lock", "list", "--json").stdout)["result"]["locks"]
                self.assertEqual(listed, [])

    def test_verify(self) -> None:
        steps = self.steps_of("backup", "verify")
        self.assertEqual(steps, 7)
        self.put(CUSTOM)
        work = ("--work-directory", str(self.environment.work))
        for step in range(1, steps + 1):
            with self.subTest(step=step):
                self.assertTrue(self.kill_at(step, "backup", "verify", *work))
                self.verified()
                self.assertEqual(list(self.environment.work.glob("*")), [], "the killed run's server left its files")
        # Killed before it had written whose the folder is.
        for name, owner in (("busflow-scratch-a", None), ("busflow-scratch-b", "")):
            (self.environment.work / name / "data").mkdir(parents=True)
            if owner is not None:
                (self.environment.work / name / "owner").write_text(owner)
        self.verified()
        self.assertEqual(list(self.environment.work.glob("*")), [])

    def test_restore(self) -> None:
        self.put(CUSTOM)
        target = f"postgresql://postgres@/restored?host={self.environment.postgres.folder}"
        arguments = ("backup", "restore", "latest", "--target", target, "--work-directory", str(self.environment.work))
        steps = self.steps_of(*arguments)
        self.assertEqual(steps, 7)
        for step in range(1, steps + 1):
            with self.subTest(step=step):
                self.environment.postgres.sql("postgres", "DROP DATABASE IF EXISTS restored")
                self.assertTrue(self.kill_at(step, *arguments) or step == steps)
                self.wait_for_the_server()
                there = self.environment.postgres.sql("postgres", "SELECT count(*) FROM pg_database WHERE datname = 'restored'").strip()
                self.assertEqual(there, "0" if step < steps else there, "a database that is not whole has the name")
                again = self.environment.run(*arguments, "--quiet", *(("--replace",) if there == "1" else ()))
                self.assertEqual(again.returncode, 0, again.stderr)
                self.assertEqual(self.environment.postgres.sql("restored", "SELECT count(*) FROM commerce.tickets").strip(), "5000")
                self.environment.postgres.sql("postgres", "SELECT 'DROP DATABASE ' || datname FROM pg_database WHERE datname LIKE 'restored\\_%' \\gexec")

    def wait_for_the_server(self) -> None:
        """The server ends what it was told by a client that is gone; only then is it known what came of it."""
        for _ in range(300):
            if self.environment.postgres.sql("postgres", "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'busflow%'").strip() == "0":
                return
            threading.Event().wait(0.05)
        self.fail("a session of the killed run lives on")

    def test_prune(self) -> None:
        for step in range(1, 5):
            with self.subTest(step=step):
                self.setUp()
                for day in range(40):
                    self.put(CUSTOM, 24 * day, data=b"x", recommit=True)
                expected = json.loads(self.environment.run("backup", "prune", "--dry-run", "--json").stdout)["result"]
                self.assertTrue(self.kill_at(step, "backup", "prune") or step == 4)
                again = self.environment.run("backup", "prune", "--quiet")
                self.assertEqual(again.returncode, 0, again.stderr)
                kept = sorted(dump["name"] for dump in expected["kept"])
                self.assertEqual(self.committed(), kept)

    def test_a_lock_of_another_machine_stands_until_it_expires(self) -> None:
        now = datetime.datetime.now(datetime.UTC).timestamp() * 1000
        claim = {"owner": "root@elsewhere", "reason": "busflowctl backup create", "host": "elsewhere", "boot": "x", "pid": 1, "taken": "2026-01-01T00:00:00.000Z",
                 "taken_ms": int(now), "expires": "2026-01-01T02:00:00.000Z", "expires_ms": int(now) + 3_600_000}
        locks = self.environment.store.bucket / "locks/backup"
        locks.mkdir(parents=True)
        (locks / "claim.json").write_text(json.dumps(claim))
        done = self.environment.run("backup", "create", "--quiet")
        self.assertEqual(done.returncode, EXIT_CODES["locked"])
        self.assertIn("root@elsewhere", done.stderr)
        self.assertEqual(self.environment.store.names(), [])
        self.assertEqual(self.environment.run("lock", "break", "backup", "--quiet").returncode, 0)
        self.assertEqual(self.environment.run("backup", "create", "--quiet").returncode, 0)
        locks.mkdir(parents=True, exist_ok=True)
        (locks / "claim.json").write_text(json.dumps(claim | {"expires_ms": int(now) - 1}))
        self.assertEqual(self.environment.run("backup", "prune", "--quiet").returncode, 0, "one that expired is taken over")

    def test_two_at_once(self) -> None:
        """One makes the dump, or both give way; never do two."""
        environment = {**os.environ, **self.environment.settings("sample")}
        both = [subprocess.Popen(self.environment.command("backup", "create", "--quiet"), env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
                for _ in range(2)]
        said = [running.communicate(timeout=120)[1] for running in both]
        codes = sorted(running.returncode for running in both)
        self.assertIn(codes, ([0, EXIT_CODES["locked"]], [EXIT_CODES["locked"]] * 2, [0, EXIT_CODES["already-there"]]), "".join(said))
        self.assertEqual(len(self.committed()), codes.count(0))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
