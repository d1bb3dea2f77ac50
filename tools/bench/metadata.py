#!/usr/bin/env python3
"""Part of `make bench`: how long busflow-graphql takes with 1,000 tables and 20 roles: to start, and for one change of the metadata.

usage: metadata.py BINARY [--tables N] [--roles N] [--rounds N]
"""
import argparse
import pathlib
import statistics
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/graphql_app"))
from instance import App, postgres  # noqa: E402 (the path must be set first)


def table(number: int, roles: int) -> dict:
    permissions = [{"role": f"role_{role}", "permission": {"columns": ["id", "name", "amount"], "filter": {"owner_id": {"_eq": "X-Hasura-User-Id"}}}}
                   for role in range(roles)]
    entry = {"table": {"schema": "public", "name": f"t{number}"}, "select_permissions": permissions}
    if number > 0:
        entry["object_relationships"] = [{"name": "previous", "using": {"foreign_key_constraint_on": "previous_id"}}]
    return entry


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary")
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--roles", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with postgres() as cluster:
        url = cluster.create("bench")
        cluster.sql("bench", "CREATE TABLE t0 (id integer PRIMARY KEY, name text, amount numeric, owner_id uuid);\n" + "\n".join(
            f"CREATE TABLE t{n} (id integer PRIMARY KEY, previous_id integer REFERENCES t{n - 1}, name text, amount numeric, owner_id uuid);"
            for n in range(1, options.tables)))
        app = App(options.binary, {"HASURA_GRAPHQL_DATABASE_URL": url})
        document = app.metadata("export_metadata")
        document["sources"][0]["tables"] = [table(number, options.roles) for number in range(options.tables)]
        begun = time.monotonic()
        app.metadata("replace_metadata", document)
        replaced = time.monotonic() - begun
        app.stop()
        begun = time.monotonic()
        app = App(options.binary, {"HASURA_GRAPHQL_DATABASE_URL": url, "HASURA_GRAPHQL_SCHEMA_SYNC_POLL_INTERVAL": "0"})
        started = time.monotonic() - begun
        changes = []
        for number in range(options.rounds):
            begun = time.monotonic()
            app.metadata("pg_set_table_customization", {"table": f"t{number}", "configuration": {"custom_name": f"renamed_{number}"}})
            changes.append(time.monotonic() - begun)
        memory = pathlib.Path(f"/proc/{app.process.pid}/status").read_text().split("VmRSS:")[1].split()[0]
        app.stop()
    print(f"metadata: {options.tables} tables x {options.roles} roles: start {started * 1000:.0f} ms, replace_metadata {replaced * 1000:.0f} ms, "
          f"one change {statistics.median(changes) * 1000:.0f} ms (aim: 100), resident memory {int(memory) / 1024:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
