"""PostgreSQL clusters for tests and measurements: in a temporary folder, gone afterwards."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tools/local"))
sys.dont_write_bytecode = True
from busflow_local.postgres import find_binaries  # noqa: E402 (the path must be set first)


class Postgres:
    """A cluster in a temporary folder, reachable by socket only, not durable."""

    def __init__(self, binaries: pathlib.Path | None = None, preload: str = "pg_stat_statements", settings: tuple[str, ...] = ("wal_level=logical",)) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="busflow-cluster-"))
        self.folder.chmod(0o755)
        self._binaries = binaries or find_binaries()
        self._preload, self._settings = preload, settings
        self._as = {"user": pwd.getpwnam("postgres").pw_uid} if os.geteuid() == 0 else {}
        self._server = None

    def start(self) -> None:
        data = self.folder / "data"
        data.mkdir()
        if self._as:
            os.chown(data, self._as["user"], -1)
            os.chown(self.folder, self._as["user"], -1)
        self._run("initdb", "--pgdata", str(data), "--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
        self._server = subprocess.Popen(
            [self._binaries / "postgres", "-D", data, "-k", self.folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", f"shared_preload_libraries={self._preload}", "-c", "timezone=UTC",
             "-c", "max_connections=200", "-c", "log_min_messages=fatal", *(part for setting in self._settings for part in ("-c", setting))], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **self._as)
        deadline = time.monotonic() + 30
        while subprocess.run([self._binaries / "pg_isready", "-q", "-h", self.folder], check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL does not start")
            threading.Event().wait(0.05)

    @property
    def identity(self) -> dict:
        """Whom programs must run as to connect: arguments of subprocess.run."""
        return self._as

    def program(self, name: str) -> str:
        return str(self._binaries / name)

    def create(self, database: str) -> str:
        self.sql("postgres", f"CREATE DATABASE {database}")
        return self.url(database)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def sql(self, database: str, text: str) -> str:
        return subprocess.run([self._binaries / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "postgres", "-d", database],
                              input=text, capture_output=True, text=True, check=True).stdout

    def stop(self) -> None:
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run([self._binaries / program, *arguments], capture_output=True, text=True, check=False, cwd="/", **self._as)
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stderr}")
