"""Where every file of the running product is. Everything lives in one state directory (.local), with two exceptions:

- a Unix socket's path must fit into 108 bytes, so a deep checkout keeps its sockets in a short directory;
- as root, PostgreSQL runs as user postgres, who must be able to enter every directory above its data.

Both are named by a hash of the state directory, so that checkouts do not meet, and both are removed by `reset`.
"""
import fcntl
import hashlib
import os
import pathlib
import pwd
import shutil
import stat

from busflow_local.failure import LocalError

LONGEST_SOCKET_PATH = 100
POSTGRES_SOCKET_NAME = "postgres/.s.PGSQL.5432"


class Layout:
    def __init__(self, root: pathlib.Path):
        self.root = root.absolute()
        self.postgres_user = _postgres_user()
        self.logs = self.root / "log"
        self.secrets = self.root / "secrets"
        self.run = self.root / "run"
        self.redis = self.root / "redis"
        self.nginx = self.root / "nginx"

        digest = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        reachable = self.postgres_user is None or may_enter(self.root, self.postgres_user)
        self.data_elsewhere = None if reachable else pathlib.Path("/var/tmp") / f"busflow-{digest}"
        self.postgres_data = (self.data_elsewhere or self.root) / "postgres"
        short = reachable and len(str(self.run / POSTGRES_SOCKET_NAME)) <= LONGEST_SOCKET_PATH
        self.sockets_elsewhere = None if short else _short_directory() / f"busflow-{digest}"
        self.sockets = self.sockets_elsewhere or self.run
        self.postgres_sockets = self.sockets / "postgres"
        self.redis_socket = self.sockets / "redis.sock"

    @property
    def lock_file(self) -> pathlib.Path:
        return self.run / "supervisor.lock"

    @property
    def address_file(self) -> pathlib.Path:
        return self.run / "address"

    def log(self, name: str) -> pathlib.Path:
        return self.logs / f"{name}.log"

    def pid_file(self, name: str) -> pathlib.Path:
        return self.run / f"{name}.pid"

    def create(self) -> None:
        """Makes the directories with the rights they need; safe to repeat."""
        self.root.mkdir(parents=True, exist_ok=True)
        for directory in (self.logs, self.run, self.redis, self.nginx):
            directory.mkdir(exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)
        for directory in (self.data_elsewhere, self.sockets_elsewhere):
            if directory is not None:
                _create_in_shared_place(directory, 0o711 if self.postgres_user else 0o700)
        self.postgres_sockets.mkdir(exist_ok=True)
        self.own_by_postgres(self.postgres_sockets)
        self.postgres_sockets.chmod(0o700)

    def own_by_postgres(self, path: pathlib.Path) -> None:
        if self.postgres_user is not None:
            os.chown(path, self.postgres_user.pw_uid, self.postgres_user.pw_gid)

    def rotate(self, name: str) -> pathlib.Path:
        """A fresh log for this run; the last run's is kept beside it."""
        log = self.log(name)
        if log.exists():
            log.replace(self.logs / f"{name}.previous.log")
        log.touch()
        return log

    def is_locked(self) -> bool:
        """Whether a supervisor runs on this state directory."""
        try:
            descriptor = os.open(self.lock_file, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)

    def places(self) -> list[pathlib.Path]:
        """Every directory that belongs to this product and exists."""
        candidates = (self.root, self.data_elsewhere, self.sockets_elsewhere)
        return [place for place in candidates if place is not None and place.exists()]

    def delete(self) -> None:
        for place in self.places():
            shutil.rmtree(place)


def _postgres_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root, so there it runs as the user its package creates; otherwise as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        raise LocalError("running as root, but there is no user postgres for PostgreSQL to run as",
                         "run `make install`: the package creates the user") from None


def may_enter(directory: pathlib.Path, user: pwd.struct_passwd) -> bool:
    """Whether `user` may pass through every existing directory down to this one."""
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    for place in (directory, *directory.parents):
        try:
            facts = place.stat()
        except FileNotFoundError:
            continue
        if facts.st_uid == user.pw_uid:
            needed = stat.S_IXUSR
        elif facts.st_gid in groups:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not facts.st_mode & needed:
            return False
    return True


def _short_directory() -> pathlib.Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.geteuid() != 0 and runtime and len(runtime) < 40 and os.access(runtime, os.W_OK | os.X_OK):
        return pathlib.Path(runtime)
    return pathlib.Path("/tmp")


def _create_in_shared_place(directory: pathlib.Path, mode: int) -> None:
    """In /tmp anyone could have made a directory of that name before us, so a foreign one is refused."""
    try:
        directory.mkdir(mode=mode)
    except FileExistsError:
        facts = directory.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
            raise LocalError(f"{directory} exists but does not belong to this user", "remove it, then try again") from None
    directory.chmod(mode)
