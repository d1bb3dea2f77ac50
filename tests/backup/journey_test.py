"""The whole way of a large dump: create, list, verify, restore; and what came back is what was there.

usage: journey_test.py BUSFLOWCTL
"""
import json
import pathlib
import subprocess
import sys
import threading
import unittest

from environment import Environment
from scenes import SceneCase

# Everything that a restored database must have in common with its source.
FINGERPRINTS = {
    "rows": "SELECT count(*), sum(total), min(passenger), max(passenger) FROM commerce.bookings",
    "generated": "SELECT sum(seats_free) FROM backoffice.vehicles",
    "partitions": "SELECT tableoid::regclass, count(*) FROM commerce.bookings GROUP BY 1 ORDER BY 1",
    "materialized": "SELECT * FROM commerce.months ORDER BY 1",
    "sequences": "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1",
    "large objects": "SELECT count(*), md5(string_agg(md5(lo_get(attachment)), '' ORDER BY id)) FROM communications.messages",
    "comments": "SELECT objsubid, description FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid IN "
                "('commerce.bookings'::regclass, 'backoffice.operators'::regclass, 'backoffice.vehicles'::regclass) ORDER BY 1, 2",
    "policies": "SELECT schemaname, tablename, policyname, roles FROM pg_policies",
    "owners": "SELECT relowner::regrole FROM pg_class WHERE oid = 'identity.accounts'::regclass",
    "grants": "SELECT relacl FROM pg_class WHERE oid = 'identity.accounts'::regclass",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'commerce' ORDER BY 1",
    "extensions": "SELECT extname FROM pg_extension ORDER BY 1",
}


def setUpModule() -> None:
    environment = SceneCase.environment = Environment(sys.argv[1]).__enter__()
    unittest.addModuleCleanup(environment.__exit__, None, None, None)
    environment.load("sample", "sample.sql", "large.sql")


class Journey(SceneCase):
    def peak_of(self, *arguments: str) -> tuple[int, str]:
        """Runs it; its own peak memory in MB, without that of its children, and its output."""
        peak = 0
        with subprocess.Popen(self.environment.command(*arguments), env={"PATH": "/usr/bin:/bin", **self.environment.settings("sample")}, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as running:
            while running.poll() is None:
                try:
                    status = pathlib.Path(f"/proc/{running.pid}/status").read_text()
                    peak = max([peak, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))])
                except OSError:
                    break
                threading.Event().wait(0.05)
            output, errors = running.communicate()
        self.assertEqual(running.returncode, 0, output + errors)
        return peak // 1024, output

    def test_create_list_verify_restore(self) -> None:
        memory, output = self.peak_of("backup", "create", "--json", "--quiet")
        created = json.loads(output)["result"]
        self.assertGreater(created["rows"], 5_000_000)
        self.assertLess(memory, 64)

        listed = json.loads(self.environment.run("backup", "list", "--json").stdout)["result"]["dumps"]
        self.assertEqual([(dump["name"], dump["committed"], dump["verified"]) for dump in listed], [(created["name"], True, False)])

        memory, output = self.peak_of("backup", "verify", "--json", "--quiet", "--work-directory", str(self.environment.work))
        self.assertEqual(json.loads(output)["result"]["verdict"], "verified")
        self.assertLess(memory, 64)

        listed = json.loads(self.environment.run("backup", "list", "--json").stdout)["result"]["dumps"]
        self.assertTrue(listed[0]["verified"])

        target = f"postgresql://postgres@/restored?host={self.environment.postgres.folder}"
        memory, output = self.peak_of("backup", "restore", "--json", "--quiet", "--target", target)
        self.assertEqual(json.loads(output)["result"]["rows"], created["rows"])
        self.assertLess(memory, 64)
        for what, sql in FINGERPRINTS.items():
            with self.subTest(what=what):
                self.assertEqual(self.environment.postgres.sql("restored", sql), self.environment.postgres.sql("sample", sql))


class Secrets(SceneCase):
    def test_none_is_on_a_command_line_or_in_an_environment(self) -> None:
        """Looks at busflowctl and everything it starts, all the while."""
        seen: set[str] = set()
        secrets = ("the-access-key", "the-secret-key")
        with subprocess.Popen(self.environment.command("backup", "create"), env={"PATH": "/usr/bin:/bin", **self.environment.settings("sample")},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
            while running.poll() is None:
                for process in pathlib.Path("/proc").glob("[0-9]*"):
                    try:
                        status = (process / "status").read_text()
                        if f"PPid:\t{running.pid}\n" not in status and process.name != str(running.pid):
                            continue
                        text = (process / "cmdline").read_text() + (process / "environ").read_text()
                    except OSError:
                        continue
                    seen.add(status.split("\n", 1)[0].split("\t")[1])
                    for secret in secrets:
                        self.assertNotIn(secret, text)
            output = running.stdout.read()
        self.assertEqual(running.returncode, 0, output)
        self.assertTrue({"busflowctl", "rclone", "pg_dump"} <= seen, seen)
        for secret in secrets:
            self.assertNotIn(secret, output)
            self.assertNotIn(secret, (self.environment.folder / "state/audit.jsonl").read_text())

    def test_a_password_in_a_target_is_refused(self) -> None:
        done = self.environment.run("backup", "restore", "--target", "postgresql://me:hunter2@localhost/x")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--target-password-file", done.stderr)
        self.assertNotIn("hunter2", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
