#!/usr/bin/env python3
"""Live queries of busflow-graphql: what they cost while nothing changes, and how long a commit takes to reach a client.

Counts the statements that PostgreSQL runs while all subscriptions are idle (pg_stat_statements), the processor time and the memory of the
server. Each socket has one live query on each table, for rows of its own; a write concerns one client and makes the live queries of one
table run.

usage: live_queries.py [--binary FILE] [--sockets N] [--tables N] [--idle SECONDS] [--writes N]
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent
REPOSITORY = FOLDER.parents[1]
sys.path.insert(0, str(REPOSITORY / "tests/graphql_app"))
sys.dont_write_bytecode = True
from instance import app, postgres  # noqa: E402 (the path must be set first)

DATABASE = "live"
COUNT = "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query !~ 'pg_stat_statements'"


def resident_bytes(process: int) -> int:
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def processor_seconds(process: int) -> float:
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(REPOSITORY / "build/release/apps/graphql/busflow-graphql"))
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--tables", type=int, default=10)
    parser.add_argument("--idle", type=int, default=20)
    parser.add_argument("--writes", type=int, default=200)
    options = parser.parse_args()

    with postgres() as cluster:
        url = cluster.create(DATABASE)
        cluster.sql(DATABASE, "CREATE EXTENSION pg_stat_statements")
        for table in range(options.tables):
            cluster.sql(DATABASE, f"CREATE TABLE bench_{table} (id serial PRIMARY KEY, owner integer, text text); "
                                  f"CREATE INDEX ON bench_{table} (owner); INSERT INTO bench_{table} (owner, text) "
                                  f"SELECT n, 'first' FROM generate_series(0, {options.sockets - 1}) n")
        # Other instances' changes of the metadata are looked for by SQL; here there is none.
        with app(options.binary, {"HASURA_GRAPHQL_DATABASE_URL": url, "HASURA_GRAPHQL_SCHEMA_SYNC_POLL_INTERVAL": "0", "HASURA_GRAPHQL_EVENTS_FETCH_INTERVAL": "0"}) as server:
            for table in range(options.tables):
                server.metadata("pg_track_table", {"table": f"bench_{table}"})
            before = resident_bytes(server.process.pid)
            clients = subprocess.Popen(
                ["node", str(FOLDER / "live_clients.mjs"), server.url.replace("http", "ws") + "/v1/graphql", str(options.sockets), str(options.tables)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            try:
                began = time.monotonic()
                subscribed = json.loads(clients.stdout.readline())["subscribed"]
                print(f"{subscribed} live queries over {options.sockets} sockets, all answered in {time.monotonic() - began:.1f} s", flush=True)
                memory = resident_bytes(server.process.pid) - before
                print(f"memory: {memory / subscribed:,.0f} bytes per live query, its share of the socket included", flush=True)
                time.sleep(2)
                cluster.sql(DATABASE, "SELECT pg_stat_statements_reset()")
                used = processor_seconds(server.process.pid)
                time.sleep(options.idle)
                used = processor_seconds(server.process.pid) - used
                calls = int(cluster.sql(DATABASE, COUNT))
                print(f"idle for {options.idle} s: {calls} statements in PostgreSQL, {used / options.idle * 100:.1f} % of a core in the server", flush=True)
                delays = []
                for number in range(options.writes):
                    text = f"write {number}."
                    print(text, file=clients.stdin, flush=True)
                    clients.stdout.readline()
                    # The second statement runs once the first is committed.
                    committed = float(cluster.sql(DATABASE, f"UPDATE bench_{number % options.tables} SET text = '{text}' "
                                                            f"WHERE owner = {number % options.sockets};"
                                                            "SELECT extract(epoch FROM clock_timestamp()) * 1000"))
                    delays.append(json.loads(clients.stdout.readline())["milliseconds"] - committed)
                delays.sort()
                print(f"commit to push: p50 {statistics.median(delays):.1f} ms, p99 {delays[int(len(delays) * 0.99) - 1]:.1f} ms "
                      f"({options.writes} writes, each running {options.sockets} live queries)", flush=True)
            finally:
                clients.kill()
                clients.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
