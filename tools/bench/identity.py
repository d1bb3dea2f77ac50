#!/usr/bin/env python3
"""Part of `make bench`: signing in, against argon2id alone; verifying and refreshing tokens, against the target of 5,000 a second.

usage (inside `busflow-local run --exec`): identity.py [--seconds N] [--connections N]
"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import time

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))
sys.dont_write_bytecode = True
from bench import post, rate  # noqa: E402 (the path must be set first)

TARGET = 5000
ACCOUNT = {"email": "dispatcher@bruning.example", "password": "busflow-demo"}


def sign_in() -> dict:
    return post("/v1/auth/signin/email-password", ACCOUNT)["session"]


def wrk(options: argparse.Namespace, path: str, script: pathlib.Path, **environment: str) -> float:
    done = subprocess.run(["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}", "-s", script, os.environ["BUSFLOW_SERVE_URL"] + path],
                          env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    return rate(r"Requests/sec:\s+([\d.]+)", done.stdout + done.stderr)


def sign_ins(options: argparse.Namespace) -> float:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        begun = time.monotonic()
        count = sum(1 for _ in pool.map(lambda _: sign_in(), range(options.seconds * 10)))
    return count / (time.monotonic() - begun)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    print(f"sign-in, one argon2id of 64 MiB each: {sign_ins(options):8.0f}/s")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        verify = folder / "verify.lua"
        verify.write_text(f'wrk.method = "POST"\nwrk.headers["Authorization"] = "Bearer {sign_in()["accessToken"]}"\n')
        tokens = folder / "tokens"
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            tokens.write_text("".join(f"{session['refreshToken']}\n" for session in pool.map(lambda _: sign_in(), range(options.connections * 2))))
        for what, path, script in (("token verify", "/v1/auth/token/verify", verify), ("refresh", "/v1/auth/token", FOLDER / "refresh.lua")):
            found = wrk(options, path, script, BENCH_TOKENS=str(tokens))
            print(f"{what:37} {found:8.0f}/s (target {TARGET}: {'met' if found >= TARGET else 'MISSED'})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
