"""A real S3 server for tests and measurements, over TLS with certificates of its own."""
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.request

TOOLCHAIN = pathlib.Path(__file__).resolve().parents[2] / ".local/toolchain"


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

    def __init__(self, folder: pathlib.Path, certificates: pathlib.Path, bucket: str) -> None:
        self.folder, self.certificates, self.port, self._bucket = folder, certificates, free_port(), bucket
        (folder / "objects" / bucket).mkdir(parents=True)
        self.key_file, self.secret_file = folder / "access_key", folder / "secret_key"
        self.key_file.write_text("the-access-key\n")
        self.secret_file.write_text("the-secret-key\n")
        self._server = None

    @property
    def endpoint(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def bucket(self) -> pathlib.Path:
        return self.folder / "objects" / self._bucket

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
