#!/usr/bin/env python3
"""Part of `make bench`: uploading and downloading through the product, against clients that speak to the same S3 server directly.

In turns on this machine, all over TLS to the S3 server. The product also reads the form, hashes, notes the file and checks who may see it.
A large file is uploaded in parts, as S3 clients do; the measure is rclone, which does the same with its own defaults. curl sends all of it at
once, which spares the server to put the parts together, and needs the length beforehand, which a form does not tell.

usage: files.py [--binary FILE] [--megabytes N] [--small N]
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

FOLDER = pathlib.Path(__file__).resolve().parent
REPOSITORY = FOLDER.parents[1]
sys.path[:0] = [str(REPOSITORY / "tests/support"), str(FOLDER)]
sys.dont_write_bytecode = True
from object_store import Store, make_certificates  # noqa: E402 (the path must be set first)

TARGET = 1.2
MEMORY_TARGET = 64
DOWNLOADS = 5
BUCKET = "busflow-files"


def timed(*command: object, environment: dict[str, str] | None = None) -> float:
    begun = time.monotonic()
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    return time.monotonic() - begun


def report(what: str, ours: float, direct: float) -> None:
    print(f"  {what:28} {ours:7.2f} s of the S3 server's {direct:7.2f} s = {ours / direct:.2f} (target {TARGET}: {'met' if ours / direct <= TARGET else 'MISSED'})")


class Bench:
    """Runs inside `busflow-local run --exec`, which starts this file again."""

    def __init__(self, options: argparse.Namespace) -> None:
        from bench import post
        self.options = options
        self.url = os.environ["BUSFLOW_SERVE_URL"] + "/v1/storage/files"
        session = post("/v1/auth/signin/email-password", {"email": "dispatcher@bruning.example", "password": "busflow-demo"})["session"]
        self.authorization = f"Authorization: Bearer {session['accessToken']}"
        self.store = os.environ["BENCH_STORE"] + "/" + BUCKET
        self.curl = ["curl", "--silent", "--show-error", "--fail"]
        self.direct = [*self.curl, "--cacert", os.environ["BENCH_CA"], "--aws-sigv4", "aws:amz:us-east-1:s3", "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "--config",
                       os.environ["BENCH_LOGIN"]]

        self.local("psql", "--", "--quiet", "-c", "update files.buckets set max_upload_file_size = 100000000000")

    @staticmethod
    def local(verb: str, *arguments: str) -> str:
        return subprocess.run([REPOSITORY / "tools/local/busflow-local", verb, "--state-dir", os.environ["BUSFLOW_STATE_DIR"], *arguments], check=False,
                              capture_output=True, text=True).stdout

    def upload(self, file: pathlib.Path) -> str:
        done = subprocess.run([*self.curl, "-H", self.authorization, "-F", f"file[]=@{file}", self.url], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)["processedFiles"][0]["id"]

    @staticmethod
    def in_parts(file: pathlib.Path) -> float:
        """Seconds that rclone takes to upload the file. It is told its configuration by the environment only."""
        settings = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": os.environ["BENCH_STORE"], "REGION": "us-east-1", "FORCE_PATH_STYLE": "true",
                    "ACCESS_KEY_ID": os.environ["BUSFLOW_FILES_S3_ACCESS_KEY_ID"],
                    "SECRET_ACCESS_KEY": pathlib.Path(os.environ["BUSFLOW_FILES_S3_SECRET_ACCESS_KEY_FILE"]).read_text().strip(), "NO_CHECK_BUCKET": "true"}
        environment = {f"RCLONE_CONFIG_BENCH_{name}": value for name, value in settings.items()}
        return timed(REPOSITORY / ".local/toolchain/python/bin/rclone", "--config", "/dev/null", "--ca-cert", os.environ["BENCH_CA"],
                     "copyto", file, f"bench:{BUCKET}/parts", environment=environment)

    def large(self, folder: pathlib.Path) -> None:
        file = folder / "large"
        with file.open("wb") as output:
            for _ in range(self.options.megabytes):
                output.write(os.urandom(1_000_000))
        print(f"one file of {self.options.megabytes} MB")
        at_once = timed(*self.direct, "-T", file, f"{self.store}/direct")
        in_parts = self.in_parts(file)
        begun = time.monotonic()
        identifier = self.upload(file)
        report("upload", time.monotonic() - begun, in_parts)
        print(f"    (all at once the S3 server takes {at_once:.2f} s)")
        # Short enough to be repeated: what else the machine does makes a quarter of a single one.
        pairs = [(timed(*self.curl, "-H", self.authorization, "-o", "/dev/null", f"{self.url}/{identifier}"),
                  timed(*self.direct, "-o", "/dev/null", f"{self.store}/direct")) for _ in range(DOWNLOADS)]
        report(f"download, median of {DOWNLOADS}", *(statistics.median(times) for times in zip(*pairs, strict=True)))
        peak = self.peak()
        print(f"  busflow serve's peak memory {peak:.0f} MB (target < {MEMORY_TARGET} MB more than idle)")

    def small(self, folder: pathlib.Path) -> None:
        count = self.options.small
        file = folder / "small"
        file.write_bytes(os.urandom(4096))
        config = folder / "config"
        direct = "".join(f'upload-file = "{file}"\nurl = "{self.store}/small{n}"\n' for n in range(count))
        config.write_text(direct)
        print(f"{count} files of 4 KiB, one after the other over one connection")
        plain = timed(*self.direct, "-K", config)
        config.write_text("".join(f'{"next" if n else ""}\nheader = "{self.authorization}"\nform = "file[]=@{file}"\nurl = "{self.url}"\nsilent\nfail\n' for n in range(count)))
        report("upload", timed("curl", "-K", config), plain)

    def peak(self) -> float:
        pid = json.loads(self.local("status"))["processes"]["serve"]
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024

    def run(self) -> int:
        with tempfile.TemporaryDirectory() as name:
            print(f"busflow serve's memory before: {self.peak():.0f} MB")
            self.large(pathlib.Path(name))
            self.small(pathlib.Path(name))
        return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(REPOSITORY / "build/release/apps/api/busflow"))
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--small", type=int, default=300)
    options = parser.parse_args()
    if "BENCH_STORE" in os.environ:
        return Bench(options).run()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_certificates(folder)
        store = Store(folder, folder, BUCKET)
        store.start()
        login = folder / "login"
        login.write_text(f'user = "{store.key_file.read_text().strip()}:{store.secret_file.read_text().strip()}"\n')
        settings = {"BUSFLOW_FILES_S3_ENDPOINT": store.endpoint, "BUSFLOW_FILES_S3_PATH_STYLE": "true", "BUSFLOW_FILES_S3_CA_FILE": str(folder / "ca.pem"),
                    "BUSFLOW_FILES_S3_ACCESS_KEY_ID": store.key_file.read_text().strip(), "BUSFLOW_FILES_S3_SECRET_ACCESS_KEY_FILE": str(store.secret_file),
                    "BENCH_STORE": store.endpoint, "BENCH_CA": str(folder / "ca.pem"), "BENCH_LOGIN": str(login)}
        try:
            return subprocess.run([REPOSITORY / "tools/local/busflow-local", "run", "--temporary", "--no-web", "--port", "0", "--binary", options.binary, "--exec",
                                   sys.executable, "-B", __file__, "--megabytes", str(options.megabytes), "--small", str(options.small)],
                                  env={**os.environ, **settings}, check=False).returncode
        finally:
            store.stop()


if __name__ == "__main__":
    sys.exit(main())
