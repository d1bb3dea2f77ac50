"""A private PostgreSQL: own data directory, Unix socket only, password authentication for the product's users."""
import base64
import hashlib
import hmac
import os
import pathlib
import pwd
import re
import secrets
import shutil
import signal

from busflow_local.failure import LocalError
from busflow_local.layout import Layout
from busflow_local.process import ProcessSpec, run_briefly
from busflow_local.secret_files import SecretFiles

DATABASE = "busflow"
USERS = {  # name -> attributes; who may do what: docs/adr/0005-tenancy.md
    "busflow_owner": "LOGIN CREATEROLE",
    "busflow_service": "LOGIN NOINHERIT",
    "busflow_graphql": "LOGIN",
    "busflow_change_feed": "LOGIN REPLICATION",
}


class Postgres:
    def __init__(self, layout: Layout, durable: bool):
        self._layout = layout
        self._durable = durable
        self._binaries = find_binaries()
        self.major = _major_version(self._binaries)

    def prepare(self) -> None:
        """Makes the data directory on first use and writes the configuration of this run."""
        data = self._layout.postgres_data
        if not (data / "PG_VERSION").exists():
            self._initialise(data)
        found = (data / "PG_VERSION").read_text().strip()
        if found != str(self.major):
            raise LocalError(
                f"{data} was made by PostgreSQL {found}, but the newest server here is PostgreSQL {self.major}",
                f"use the old one (BUSFLOW_POSTGRES_BIN=/usr/lib/postgresql/{found}/bin make run), "
                "or start afresh without the local data (make reset)")
        system_user = self._layout.postgres_user or pwd.getpwuid(os.geteuid())
        self._write(data / "pg_ident.conf", f'supervisor "{system_user.pw_name}" postgres\n')
        self._write(data / "pg_hba.conf", "local all postgres peer map=supervisor\nlocal all all scram-sha-256\n")
        self._write(data / "busflow.conf", self._configuration())

    def spec(self) -> ProcessSpec:
        return ProcessSpec(
            name="postgres", arguments=[str(self._binaries / "postgres"), "-D", str(self._layout.postgres_data)],
            log=self._layout.log("postgres"), pid_file=self._layout.pid_file("postgres"), user=self._layout.postgres_user,
            environment={**_without_postgres_settings(os.environ), "LC_ALL": "C.UTF-8"},
            stop_signal=signal.SIGINT, stop_seconds=20)  # SIGINT: roll back what is open and write a checkpoint

    def is_ready(self) -> bool:
        try:
            run_briefly([str(self._binaries / "pg_isready"), "--quiet", "--host", str(self._layout.postgres_sockets)], seconds=10)
            return True
        except LocalError:
            return False

    def create_database(self, secret_files: SecretFiles) -> None:
        """Users and database; safe to repeat. Passwords go to the server as verifiers, so its log can never show them."""
        for name, attributes in USERS.items():
            verifier = scram_verifier(secret_files.read(name.replace("busflow", "database") + "_password"))
            self._execute("postgres", f"""
                DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN CREATE ROLE {name}; END IF; END $$;
                ALTER ROLE {name} {attributes} PASSWORD '{verifier}';""")
        if not self._execute("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'").strip():
            self._execute("postgres", f"CREATE DATABASE {DATABASE} OWNER busflow_owner")

    def has_pgvector(self) -> bool:
        return bool(self._execute(DATABASE, "SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").strip())

    def _initialise(self, data: pathlib.Path) -> None:
        partial = data.with_name(data.name + ".partial")  # renamed at the end: an interrupted initdb leaves nothing half-made
        for leftover in (partial, data):
            if leftover.exists() and any(leftover.iterdir()) and leftover == data:
                raise LocalError(f"{data} is not a PostgreSQL data directory", "move it away, or run `make reset`")
            shutil.rmtree(leftover, ignore_errors=True)
        partial.mkdir(mode=0o700)
        self._layout.own_by_postgres(partial)
        run_briefly([str(self._binaries / "initdb"), "--pgdata", str(partial), "--username=postgres", "--encoding=UTF8",
                     "--locale=C.UTF-8", "--data-checksums", "--no-instructions", "--auth=reject",
                     *([] if self._durable else ["--no-sync"])], user=self._layout.postgres_user)
        with open(partial / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write("\ninclude 'busflow.conf'\n")
        partial.replace(data)

    def _configuration(self) -> str:
        sockets = str(self._layout.postgres_sockets).replace("'", "''")
        lines = ["# Written at every start by tools/local.", "listen_addresses = ''", f"unix_socket_directories = '\"{sockets}\"'",
                 "unix_socket_permissions = 0700", "password_encryption = 'scram-sha-256'", "max_connections = 100",
                 "wal_level = logical", "max_slot_wal_keep_size = '1GB'", "timezone = 'UTC'", "log_timezone = 'UTC'", "log_destination = 'stderr'", "logging_collector = off",
                 "log_line_prefix = '%m [%p] %q%u@%d '"]
        if not self._durable:
            lines += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
        return "\n".join(lines) + "\n"

    def _write(self, path: pathlib.Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o600)
        self._layout.own_by_postgres(path)

    def _execute(self, database: str, sql: str) -> str:
        arguments = [str(self._binaries / "psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
                     "--set=ON_ERROR_STOP=1", "--host", str(self._layout.postgres_sockets), "--username=postgres",
                     "--dbname", database]
        return run_briefly(arguments, user=self._layout.postgres_user, text=sql)


def find_binaries() -> pathlib.Path:
    """BUSFLOW_POSTGRES_BIN, else the newest of Debian's versions, else whatever is on the PATH."""
    chosen = os.environ.get("BUSFLOW_POSTGRES_BIN")
    if chosen:
        if not (pathlib.Path(chosen) / "postgres").exists():
            raise LocalError(f"BUSFLOW_POSTGRES_BIN={chosen} holds no program named postgres",
                             "name the directory of the server's programs, such as /usr/lib/postgresql/15/bin")
        return pathlib.Path(chosen)
    versions = [path.parent for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    if versions:
        return max(versions, key=lambda path: float(path.parent.name))
    on_path = shutil.which("postgres")
    if on_path:
        return pathlib.Path(on_path).resolve().parent
    raise LocalError("PostgreSQL's server is not installed", "run `make install`, or set BUSFLOW_POSTGRES_BIN")


def psql_arguments(layout: Layout) -> list[str]:
    """psql as the superuser, whom the server knows by the system user that runs it."""
    return [str(find_binaries() / "psql"), "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--host", str(layout.postgres_sockets),
            "--username=postgres", "--dbname", DATABASE]


def _major_version(binaries: pathlib.Path) -> int:
    said = run_briefly([str(binaries / "postgres"), "--version"])
    number = re.search(r"(\d+)(\.|devel|beta|rc)", said)
    if number is None or int(number.group(1)) < 15:
        raise LocalError(f"{binaries} is {said.strip()}; PostgreSQL 15 or newer is needed", "run `make install`")
    return int(number.group(1))


def _without_postgres_settings(environment) -> dict[str, str]:
    """A developer's own PGHOST, PGDATA … must not lead our server or client astray."""
    return {name: value for name, value in environment.items() if not name.startswith("PG")}


def scram_verifier(password: str) -> str:
    """What PostgreSQL stores for a SCRAM-SHA-256 password (RFC 5803 with the keys of RFC 5802)."""
    salt, rounds = secrets.token_bytes(16), 4096
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encode = lambda data: base64.b64encode(data).decode()  # noqa: E731
    return f"SCRAM-SHA-256${rounds}:{encode(salt)}${encode(stored)}:{encode(server)}"
