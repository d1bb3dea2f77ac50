"""A private Redis for the job queues: Unix socket only, every write in the append-only file, nothing ever evicted."""
import os
import shutil
import socket

from busflow_local.failure import LocalError
from busflow_local.layout import Layout
from busflow_local.process import ProcessSpec
from busflow_local.secret_files import SecretFiles


class Redis:
    def __init__(self, layout: Layout):
        self._layout = layout
        self._program = shutil.which("redis-server")
        if self._program is None:
            raise LocalError("redis-server is not installed", "run `make install`")
        self._configuration = layout.redis / "redis.conf"

    def prepare(self, secret_files: SecretFiles) -> None:
        quoted = {name: '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
                  for name, path in (("socket", self._layout.redis_socket), ("directory", self._layout.redis))}
        text = "\n".join([
            "# Written at every start by tools/local.", "port 0", f"unixsocket {quoted['socket']}", "unixsocketperm 700",
            f"dir {quoted['directory']}", "daemonize no", 'logfile ""', "loglevel notice",
            "appendonly yes", "appendfsync everysec", 'save ""',
            "maxmemory-policy noeviction", "maxclients 512",
            f"requirepass {secret_files.read('redis_password')}"]) + "\n"
        descriptor = os.open(self._configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        self._layout.redis_socket.unlink(missing_ok=True)  # left by a server that was killed

    def spec(self) -> ProcessSpec:
        return ProcessSpec(name="redis", arguments=[self._program, str(self._configuration)], log=self._layout.log("redis"),
                           pid_file=self._layout.pid_file("redis"), stop_seconds=15)

    def is_ready(self, secret_files: SecretFiles) -> bool:
        """Answers PING: not before the append-only file is loaded."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(str(self._layout.redis_socket))
                connection.sendall(f"AUTH {secret_files.read('redis_password')}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    received = connection.recv(256)
                    if not received:
                        return False
                    answer += received
                return answer == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False
