#!/usr/bin/env python3
"""Starts the product without its web app in a temporary folder, and Nhost's SDK against it (Node, packages from the lock file).

usage: run.py BINARY TEST [--s3 | --openid | --clamd]
With --s3 uploaded files are kept by a real S3 server, which serves them over TLS; with --openid people may sign in with a real OpenID provider; with --clamd a
real virus scanner looks at uploads.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

FOLDER = pathlib.Path(__file__).resolve().parent
REPOSITORY = FOLDER.parents[1]
sys.path.insert(0, str(FOLDER.parent / "support"))
sys.dont_write_bytecode = True
from object_store import Store, free_port, make_certificates  # noqa: E402 (the path must be set first)

# One machine asks for everything here.
LIMITS = {f"BUSFLOW_AUTH_{name}": "10000" for name in ("SIGN_UPS_BY_ADDRESS", "MESSAGES_BY_ADDRESS", "FAILED_SIGN_INS_BY_ADDRESS")}


def run(binary: str, test: str, settings: dict[str, str], port: int = 0) -> int:
    line = [REPOSITORY / "tools/local/busflow-local", "run", "--temporary", "--no-web", "--port", str(port), "--binary", pathlib.Path(binary).resolve(),
            "--exec", "node", "--test", "--test-reporter=spec", FOLDER / f"{test}.test.mjs"]
    return subprocess.run(line, env={**os.environ, **LIMITS, **settings}, check=False).returncode


def with_object_store(binary: str, test: str, folder: pathlib.Path) -> int:
    store = Store(folder, folder, "busflow-files")
    store.start()
    try:
        return run(binary, test, {
            "BUSFLOW_FILES_S3_ENDPOINT": store.endpoint, "BUSFLOW_FILES_S3_PATH_STYLE": "true", "BUSFLOW_FILES_S3_CA_FILE": str(folder / "ca.pem"),
            "BUSFLOW_FILES_S3_ACCESS_KEY_ID": store.key_file.read_text().strip(), "BUSFLOW_FILES_S3_SECRET_ACCESS_KEY_FILE": str(store.secret_file)})
    finally:
        store.stop()


def with_openid_provider(binary: str, test: str, folder: pathlib.Path) -> int:
    port, provider_port, secret = free_port(), free_port(), "the-client-secret"
    (folder / "client_secret").write_text(secret)
    (folder / "providers.json").write_text(json.dumps(
        [{"id": "company", "name": "Our company", "issuer": f"https://localhost:{provider_port}", "client_id": "busflow", "client_secret": secret}]))
    provider = subprocess.Popen(
        ["node", FOLDER / "openid_provider.mjs", folder / "server.pem", folder / "server.key", str(provider_port),
         f"http://localhost:{port}/v1/auth/signin/provider/company/callback", folder / "client_secret"], stdout=subprocess.PIPE, text=True)
    try:
        if provider.stdout.readline().strip() != "ready":
            raise RuntimeError("the OpenID provider does not start")
        return run(binary, test, {
            "BUSFLOW_AUTH_PROVIDERS_FILE": str(folder / "providers.json"), "BUSFLOW_AUTH_PROVIDERS_CA_FILE": str(folder / "ca.pem"),
            "BUSFLOW_AUTH_PROVIDERS_ARE_PRIVATE": "true", "NODE_EXTRA_CA_CERTS": str(folder / "ca.pem"),
            "TEST_ISSUER": f"https://localhost:{provider_port}", "TEST_CLIENT_SECRET": secret}, port)
    finally:
        provider.kill()
        provider.wait(timeout=10)


def with_clamd(binary: str, test: str, folder: pathlib.Path) -> int:
    """ClamAV's daemon with one signature of our own: the public ones are hundreds of megabytes, and not ours to pass on."""
    database, socket, settings = folder / "database", folder / "clamd.socket", folder / "clamd.conf"
    database.mkdir()
    (database / "busflow.ndb").write_text(f"Busflow.Test:0:*:{b'BUSFLOW-TEST-VIRUS'.hex()}\n")
    settings.write_text(f"Foreground yes\nLocalSocket {socket}\nDatabaseDirectory {database}\n")
    folder.chmod(0o755)
    daemon = subprocess.Popen([shutil.which("clamd", path="/usr/sbin:/usr/local/sbin"), "--config-file", settings], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
    try:
        said = []
        while not socket.exists():
            line = daemon.stdout.readline()
            if not line:
                raise RuntimeError(f"clamd does not start: {''.join(said)}")
            said.append(line)
        threading.Thread(target=daemon.stdout.read, daemon=True).start()
        return run(binary, test, {"BUSFLOW_FILES_VIRUS_SCANNER": f"unix:{socket}"})
    finally:
        daemon.kill()
        daemon.wait(timeout=10)


def main() -> int:
    binary, test, *options = sys.argv[1:]
    if not options:
        return run(binary, test, {})
    with_server = {"--s3": with_object_store, "--openid": with_openid_provider, "--clamd": with_clamd}[options[0]]
    with tempfile.TemporaryDirectory() as name:
        make_certificates(pathlib.Path(name))
        return with_server(binary, test, pathlib.Path(name))


if __name__ == "__main__":
    sys.exit(main())
