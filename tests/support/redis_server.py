"""A private Redis for tests: by port and by socket, with a password, in memory only, so that it comes back empty."""
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse


class Redis:
    password = "p@ss/word#1"  # Has to be encoded in an address.

    def __init__(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="busflow-redis-"))
        self._socket = self.folder / "socket"
        self._port = _free_port()
        self._server = None

    @property
    def url(self) -> str:
        return f"redis://:{urllib.parse.quote(self.password, safe='')}@127.0.0.1:{self._port}"

    @property
    def socket_url(self) -> str:
        return f"unix://:{urllib.parse.quote(self.password, safe='')}@{self._socket}"

    def start(self) -> None:
        self._server = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(self._port), "--unixsocket", self._socket, "--dir", self.folder, "--save", "", "--appendonly", "no",
             "--requirepass", self.password], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while self._run("PING").stdout.strip() != "PONG":
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("Redis does not start")
            time.sleep(0.02)

    def command(self, *words: str) -> list[str]:
        """The answer's lines, of which an empty list has none."""
        done = self._run(*words)
        if done.returncode != 0:
            raise RuntimeError(f"redis-cli failed: {done.stderr}")
        return [line for line in done.stdout.splitlines() if line]

    def kill(self) -> None:
        """As a crash does; nothing of what it held comes back."""
        if self._server is not None:
            self._server.kill()
            self._server.wait(timeout=30)
            self._server = None

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run(["redis-cli", "-s", self._socket, "--no-auth-warning", "-a", self.password, *words], capture_output=True, text=True, check=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
