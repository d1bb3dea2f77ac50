"""The product's own database, as it is after `busflow migrate` and `busflow seed`, is dumped and proven with the settings that are shipped.

usage: product_test.py BUSFLOWCTL BUSFLOW
"""
import json
import os
import pathlib
import secrets
import subprocess
import sys
import unittest

from environment import REPOSITORY, Environment
from busflow_local.layout import Layout  # (environment set the path)

LOCAL = REPOSITORY / "tools/local/busflow-local"


class Product(unittest.TestCase):
    def setUp(self) -> None:
        self.environment = Environment(os.environ["BUSFLOWCTL"]).__enter__()
        self.addCleanup(self.environment.__exit__, None, None, None)
        state = pathlib.Path(os.environ["BUSFLOW_STATE_DIR"])
        password = secrets.token_hex(16)
        file = self.environment.folder / "password"
        file.write_text(password)
        # As docs/operations/backup-verify-runbook.md has the role made.
        subprocess.run([LOCAL, "psql", "--state-dir", state, "--", "-q"], check=True, text=True,
                       input=f"CREATE ROLE busflow_backup LOGIN BYPASSRLS PASSWORD '{password}'; GRANT pg_read_all_data TO busflow_backup;")
        self.settings = {"BUSFLOW_DATABASE_HOST": str(Layout(state).postgres_sockets), "BUSFLOW_BACKUP_DATABASE_PASSWORD_FILE": str(file)}

    def test_it_is_dumped_and_proven(self) -> None:
        created = self.environment.run("backup", "create", "--json", "--quiet", database="busflow", **self.settings)
        self.assertEqual(created.returncode, 0, created.stdout + created.stderr)
        verified = self.environment.verify(database="busflow", **self.settings)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        statuses = {check["check"]: check["status"] for check in json.loads(verified.stdout)["result"]["checks"]}
        self.assertEqual(set(statuses.values()), {"passed"}, statuses)
        self.assertLessEqual({"schemas", "rows", "soft references", "structure", "application query"}, set(statuses))


def main() -> int:
    if "BUSFLOW_STATE_DIR" in os.environ:
        unittest.main(argv=[sys.argv[0]])
    line = [LOCAL, "run", "--temporary", "--no-web", "--port", "0", "--binary", pathlib.Path(sys.argv[2]).resolve(), "--exec", "python3", "-B", __file__]
    return subprocess.run(line, env={**os.environ, "BUSFLOWCTL": str(pathlib.Path(sys.argv[1]).resolve())}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
