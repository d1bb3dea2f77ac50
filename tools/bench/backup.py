#!/usr/bin/env python3
"""Part of `make bench`: `busflowctl backup create` against bare pg_dump, `backup verify` against bare pg_restore, and busflowctl's memory.

All on this machine, in turns: the database of tests/backup (five million rows and indexes), an S3 server on loopback, and for the bare commands the
same PostgreSQL with the same settings and a local file. busflowctl does all that it always does: counts, checksums, transfers, and for verify the
server's start, the probes and pg_amcheck as well.

usage: backup.py [--binary FILE] [--rounds N] [--large MEGABYTES]
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import threading
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests/backup"), str(REPOSITORY / "tests/support")]
sys.dont_write_bytecode = True
from cluster import Postgres  # noqa: E402 (the path must be set first)
from environment import Environment  # noqa: E402

VERIFY_TARGET = 1.15
MEMORY_TARGET = 64
# As platform/backup/src/scratch_server.cpp: what makes a restore fast and is no risk in a database that is thrown away.
SCRATCH = ("full_page_writes=off", "synchronous_commit=off", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off", "max_wal_size=8GB",
           "checkpoint_timeout=1h", "maintenance_work_mem=256MB", "shared_buffers=256MB", "jit=off")


def timed(work) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


class Bench:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.peak = 0

    def ctl(self, database: str, *arguments: str) -> dict:
        """Its result; its own peak of memory is kept."""
        with subprocess.Popen(self.environment.command(*arguments, "--json", "--quiet"), env={"PATH": "/usr/bin:/bin", **self.environment.settings(database)},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            peaks = [0]
            while running.poll() is None:
                try:
                    status = pathlib.Path(f"/proc/{running.pid}/status").read_text()
                except OSError:
                    break
                peaks += [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
                threading.Event().wait(0.02)
            output, errors = running.communicate()
        if running.returncode != 0:
            raise SystemExit(f"busflowctl {' '.join(arguments)} ended with {running.returncode}: {output}{errors}")
        self.peak = max(peaks) / 1024
        return json.loads(output)["result"]

    def clear(self) -> None:
        for file in self.environment.store.bucket.glob("*/*"):
            if file.is_file():
                file.unlink()

    def create(self, database: str, *arguments: str) -> str:
        self.clear()
        return self.ctl(database, "backup", "create", *arguments)["name"]

    def verify(self, database: str) -> dict:
        return self.ctl(database, "backup", "verify", "--work-directory", str(self.environment.work), "--ceiling", "100000000000")

    def bare_dump(self, database: str, file: pathlib.Path) -> None:
        source = self.environment.postgres
        subprocess.run([source.program("pg_dump"), "-Fc", "-h", source.folder, "-U", "postgres", "-f", file, database], check=True)

    def bare_restore(self, file: pathlib.Path) -> float:
        target = Postgres(preload="", settings=SCRATCH)
        target.start()
        try:
            target.create("restored")
            target.sql("postgres", (REPOSITORY / "tests/backup/sql/roles.sql").read_text())
            return timed(lambda: subprocess.run([target.program("pg_restore"), "-h", target.folder, "-U", "postgres", "-d", "restored", file], check=True))
        finally:
            target.stop()


def compare(bench: Bench, rounds: int) -> None:
    file = bench.environment.folder / "bare.dump"
    creates, dumps, verifies, restores = [], [], [], []
    for _ in range(rounds):
        dumps.append(timed(lambda: bench.bare_dump("sample", file)))
        creates.append(timed(lambda: bench.create("sample")))
        restores.append(bench.bare_restore(file))
        verifies.append(timed(lambda: bench.verify("sample")))
    create, dump, verify, restore = map(statistics.median, (creates, dumps, verifies, restores))
    print(f"5,000,000 rows, dump of {file.stat().st_size / 1e6:.0f} MB, median of {rounds}")
    print(f"  create  {create:6.1f} s of pg_dump's    {dump:6.1f} s = {create / dump:.2f}")
    print(f"  verify  {verify:6.1f} s of pg_restore's {restore:6.1f} s = {verify / restore:.2f} (target {VERIFY_TARGET}: {'met' if verify / restore <= VERIFY_TARGET else 'MISSED'})")


def memory(bench: Bench, large: int) -> None:
    # The server compresses the rows, pg_dump does not: a dump may be large without filling the disk.
    row = "repeat(md5(n::text), 150)"
    bench.environment.postgres.sql("sample", "CREATE TABLE operations.padding (n int, text text)")
    have = 0
    for megabytes in (100, large):
        rows = megabytes * 1_000_000 // 4807
        bench.environment.postgres.sql("sample", f"TRUNCATE commerce.bookings; INSERT INTO operations.padding SELECT n, {row} FROM generate_series({have + 1}, {rows}) n")
        have = rows
        name = bench.create("sample", "--compress", "0")
        created = bench.peak
        size = (bench.environment.store.bucket / "regular" / name).stat().st_size
        took = timed(lambda: bench.verify("sample"))
        bare = bench.bare_restore(bench.environment.store.bucket / "regular" / name)
        met = max(created, bench.peak) < MEMORY_TARGET
        print(f"dump of {size / 1e6:6.0f} MB: busflowctl's peak {created:.1f} MB in create, {bench.peak:.1f} MB in verify "
              f"(target < {MEMORY_TARGET} MB: {'met' if met else 'MISSED'})")
        print(f"  verify  {took:6.1f} s of pg_restore's {bare:6.1f} s = {took / bare:.2f} (target {VERIFY_TARGET}: {'met' if took / bare <= VERIFY_TARGET else 'MISSED'})")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(REPOSITORY / "build/release/apps/ctl/busflowctl"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", type=int, default=5000, metavar="MEGABYTES")
    options = parser.parse_args()
    with Environment(options.binary) as environment:
        environment.load("sample", "sample.sql", "large.sql")
        bench = Bench(environment)
        compare(bench, options.rounds)
        memory(bench, options.large)
    return 0


if __name__ == "__main__":
    sys.exit(main())
