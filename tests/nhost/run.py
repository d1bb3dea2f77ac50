#!/usr/bin/env python3
"""Starts the product without its web app in a temporary folder, and Nhost's SDK against it (Node, packages from the lock file).

usage: run.py BINARY TEST [--s3]
With --s3 uploaded files are kept by a real S3 server, which serves them over TLS.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
REPOSITORY = FOLDER.parents[1]
sys.path.insert(0, str(FOLDER.parent / "support"))
sys.dont_write_bytecode = True
from object_store import Store, make_certificates  # noqa: E402 (the path must be set first)

# One machine asks for everything here.
LIMITS = {f"BUSFLOW_AUTH_{name}": "10000" for name in ("SIGN_UPS_BY_ADDRESS", "MESSAGES_BY_ADDRESS", "FAILED_SIGN_INS_BY_ADDRESS")}


def run(binary: str, test: str, settings: dict[str, str]) -> int:
    line = [REPOSITORY / "tools/local/busflow-local", "run", "--temporary", "--no-web", "--port", "0", "--binary", pathlib.Path(binary).resolve(), "--exec",
            "node", "--test", "--test-reporter=spec", FOLDER / f"{test}.test.mjs"]
    return subprocess.run(line, env={**os.environ, **LIMITS, **settings}, check=False).returncode


def main() -> int:
    if "--s3" not in sys.argv:
        return run(sys.argv[1], sys.argv[2], {})
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_certificates(folder)
        store = Store(folder, folder, "busflow-files")
        store.start()
        try:
            return run(sys.argv[1], sys.argv[2], {
                "BUSFLOW_FILES_S3_ENDPOINT": store.endpoint, "BUSFLOW_FILES_S3_PATH_STYLE": "true", "BUSFLOW_FILES_S3_CA_FILE": str(folder / "ca.pem"),
                "BUSFLOW_FILES_S3_ACCESS_KEY_ID": store.key_file.read_text().strip(), "BUSFLOW_FILES_S3_SECRET_ACCESS_KEY_FILE": str(store.secret_file)})
        finally:
            store.stop()


if __name__ == "__main__":
    sys.exit(main())
