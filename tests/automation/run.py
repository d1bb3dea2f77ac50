#!/usr/bin/env python3
"""The real n8n, from npm, beside the real product: installs it by docker/n8n/package-lock.json, starts both, and runs automation.test.mjs.

usage: run.py BUSFLOW [N8N_FOLDER]      N8N_FOLDER: where n8n is, or shall be, installed (.local/n8n)"""
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests/support"))
sys.dont_write_bytecode = True
from cluster import Postgres  # noqa: E402 (the path must be set first)

SOURCE = REPOSITORY / "docker/n8n"


def install(folder: pathlib.Path) -> None:
    lock = (SOURCE / "package-lock.json").read_bytes()
    if (folder / "node_modules/n8n/bin/n8n").exists() and (folder / "package-lock.json").read_bytes() == lock:
        return
    print("installing n8n from npm, which takes some minutes and 1.3 GB …", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SOURCE / name, folder / name)
    subprocess.run(["npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def main() -> int:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    n8n = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else REPOSITORY / ".local/n8n"
    install(n8n)
    database = Postgres()
    database.start()
    try:
        with tempfile.TemporaryDirectory(prefix="busflow-automation-") as folder:
            secret = pathlib.Path(folder) / "signing_secret"
            secret.write_text(secrets.token_hex(32))
            port = free_port()
            environment = {**os.environ, "BUSFLOW_AUTOMATION_WEBHOOK_URL": f"http://127.0.0.1:{port}/webhook/busflow", "BUSFLOW_AUTOMATION_SIGNING_SECRET_FILE": str(secret)}
            return subprocess.run([str(REPOSITORY / "tools/local/busflow-local"), "run", "--temporary", "--no-web", "--binary", sys.argv[1], "--exec", "node", "--test",
                                   "--test-reporter=spec", str(REPOSITORY / "tests/automation/automation.test.mjs")],
                                  env={**environment, "N8N_TEST": f"{n8n}|{database.folder}|{folder}|{port}"}, check=False).returncode
    finally:
        database.stop()


if __name__ == "__main__":
    sys.exit(main())
