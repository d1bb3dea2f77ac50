"""Secrets of the local product: made once, kept in files only their owner may read, handed on by file name."""
import os
import pathlib
import secrets

NAMES = ("database_owner_password", "database_service_password", "database_graphql_password", "database_change_feed_password",
         "redis_password", "auth_jwt_key", "auth_data_key")


class SecretFiles:
    def __init__(self, directory: pathlib.Path):
        self._directory = directory

    def create_missing(self) -> None:
        for name in NAMES:
            path = self.path(name)
            if path.exists():
                path.chmod(0o600)
                continue
            partial = path.with_suffix(".partial")
            partial.unlink(missing_ok=True)
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
            partial.replace(path)

    def path(self, name: str) -> pathlib.Path:
        return self._directory / name

    def read(self, name: str) -> str:
        return self.path(name).read_text().strip()
