"""The busflow binary: the settings it gets here, and its subcommands. Settings go by environment, secrets by file name."""
import http.client
import os
import pathlib

from busflow_local.failure import LocalError
from busflow_local.layout import Layout
from busflow_local.postgres import DATABASE
from busflow_local.process import ProcessSpec
from busflow_local.secret_files import SecretFiles

# Ours, not the product's: the binary refuses a BUSFLOW_ variable that is no setting.
OWN_VARIABLES = ("BUSFLOW_PORT", "BUSFLOW_URL", "BUSFLOW_SERVE_URL", "BUSFLOW_STATE_DIR", "BUSFLOW_BINARY", "BUSFLOW_POSTGRES_BIN")


class Product:
    def __init__(self, binary: pathlib.Path, layout: Layout, secret_files: SecretFiles, serve_port: int = 0, work_port: int = 0, public_port: int = 0):
        if not os.access(binary, os.X_OK):
            raise LocalError(f"{binary} is not built", "run `make build`, or name another build with --binary")
        self._binary = binary
        self._layout = layout
        self._secret_files = secret_files
        self.serve_port = serve_port
        self._work_port = work_port
        self._public_url = f"http://localhost:{public_port}"  # A name: security keys belong to no bare address.

    def migrate(self) -> ProcessSpec:
        return self._spec("migrate", {"BUSFLOW_DATABASE_OWNER_PASSWORD_FILE": self._secret("database_owner_password")})

    def seed(self) -> ProcessSpec:
        return self._spec("seed", {})

    def serve(self) -> ProcessSpec:
        return self._spec("serve", {"BUSFLOW_HTTP_ADDRESS": "127.0.0.1", "BUSFLOW_HTTP_PORT": str(self.serve_port)}, stop_seconds=20)

    def work(self) -> ProcessSpec:
        return self._spec("work", {"BUSFLOW_WORK_HTTP_PORT": str(self._work_port)}, stop_seconds=20)

    def serve_is_ready(self) -> bool:
        return answers(self.serve_port, "/readyz")

    def work_is_ready(self) -> bool:
        return answers(self._work_port, "/metrics")

    def _spec(self, verb: str, settings: dict[str, str], stop_seconds: float = 10) -> ProcessSpec:
        return ProcessSpec(name=verb, arguments=[str(self._binary), verb], log=self._layout.log(verb),
                           pid_file=self._layout.pid_file(verb), environment={**self.environment(), **settings},
                           stop_seconds=stop_seconds)

    def environment(self) -> dict[str, str]:
        """What every verb gets."""
        inherited = {name: value for name, value in os.environ.items()
                     if name not in OWN_VARIABLES and not name.startswith("PG")}
        return {**self._defaults(), **inherited, **self._settings()}

    def _defaults(self) -> dict[str, str]:
        """What another value in our own environment may replace."""
        return {
            "BUSFLOW_AUTH_CLIENT_URL": self._public_url,
            "BUSFLOW_AUTH_SERVER_URL": f"{self._public_url}/v1/auth",
            "BUSFLOW_COMMUNICATIONS_MAILBOX": "true",
            "BUSFLOW_FILES_FOLDER": str(self._layout.root / "files"),
            "BUSFLOW_FILES_SERVER_URL": f"{self._public_url}/v1/storage",
        }

    def _settings(self) -> dict[str, str]:
        return {
            "BUSFLOW_DATABASE_HOST": str(self._layout.postgres_sockets),
            "BUSFLOW_DATABASE_PORT": "5432",
            "BUSFLOW_DATABASE_NAME": DATABASE,
            "BUSFLOW_DATABASE_SSLMODE": "disable",  # a Unix socket
            "BUSFLOW_DATABASE_SERVICE_PASSWORD_FILE": self._secret("database_service_password"),
            "BUSFLOW_DATABASE_GRAPHQL_PASSWORD_FILE": self._secret("database_graphql_password"),
            "BUSFLOW_DATABASE_CHANGE_FEED_PASSWORD_FILE": self._secret("database_change_feed_password"),
            "BUSFLOW_REDIS_SOCKET": str(self._layout.redis_socket),
            "BUSFLOW_REDIS_PASSWORD_FILE": self._secret("redis_password"),
            "BUSFLOW_AUTH_DATA_KEY_FILE": self._secret("auth_data_key"),
            "BUSFLOW_AUTH_JWT_KEY_FILE": self._secret("auth_jwt_key"),
        }

    def _secret(self, name: str) -> str:
        return str(self._secret_files.path(name))


def answers(port: int, path: str) -> bool:
    """Whether the server on loopback answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
