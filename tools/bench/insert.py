#!/usr/bin/env python3
"""Part of `make bench`: inserting one row through busflow-graphql, against pgbench doing the same INSERT.

Both run in turns on this machine, against the same PostgreSQL; only the ratio means anything. The server verifies the token, sets the preset
column and checks the new row against the role's permission; pgbench does none of it.

usage: insert.py [--binary FILE] [--seconds N] [--rounds N] [--connections N]
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
REPOSITORY = FOLDER.parents[1]
sys.path[:0] = [str(REPOSITORY / "tests/graphql_app"), str(FOLDER)]
sys.dont_write_bytecode = True
from bench import pgbench_rate, wrk_rate  # noqa: E402 (the path must be set first)
from instance import app, postgres  # noqa: E402
from tokens import CLAIMS, payload, token  # noqa: E402

TARGET = 0.8
KEY = "a key of thirty-two bytes or more for the bench"
TABLE = "CREATE TABLE note (id bigserial PRIMARY KEY, owner text NOT NULL, subject uuid NOT NULL, written_at timestamptz NOT NULL DEFAULT now())"
STATEMENT = """\\set id random(1, 2000)
INSERT INTO note (owner, subject) VALUES ('7', ('00000000-0000-8000-8000-' || lpad(:id::text, 12, '0'))::uuid)
  RETURNING json_build_object('insert_note_one', json_build_object('id', id, 'subject', subject));
"""
MUTATION = "mutation($id:uuid!){insert_note_one(object:{subject:$id}){id subject}}"


def open_table(server, secret: dict[str, str]) -> None:
    for operation, args in (
            ("pg_track_table", {"table": "note"}),
            ("pg_create_select_permission", {"table": "note", "role": "user", "permission": {"columns": ["id", "subject"], "filter": {"owner": "X-Hasura-User-Id"}}}),
            ("pg_create_insert_permission", {"table": "note", "role": "user", "permission": {
                "columns": ["subject"], "set": {"owner": "X-Hasura-User-Id"}, "check": {"owner": {"_eq": "X-Hasura-User-Id"}}}})):
        status, answer = server.ask("/v1/metadata", {"type": operation, "args": args}, secret)
        if status != 200:
            raise SystemExit(f"{operation}: {answer}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(REPOSITORY / "build/release/apps/graphql/busflow-graphql"))
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    with postgres() as cluster:
        url = cluster.create("bench")
        cluster.sql("bench", TABLE)
        settings = {"HASURA_GRAPHQL_DATABASE_URL": url, "HASURA_GRAPHQL_ADMIN_SECRET": "secret",
                    "HASURA_GRAPHQL_JWT_SECRET": json.dumps({"type": "HS256", "key": KEY})}
        with app(options.binary, settings) as server, tempfile.NamedTemporaryFile("w", suffix=".txt") as request:
            open_table(server, {"x-hasura-admin-secret": "secret"})
            claims = {"x-hasura-default-role": "user", "x-hasura-allowed-roles": ["user"], "x-hasura-user-id": "7"}
            request.write(f"{token(KEY, payload(**{CLAIMS: claims}))}\n{MUTATION}\n")
            request.flush()
            wrk_rate(server.url, request.name, options.connections, 1, verify=True)
            limits, rates = [], []
            for number in range(1, options.rounds + 1):
                limits.append(pgbench_rate(cluster.program("pgbench"), STATEMENT, options, str(cluster.folder), "bench", cluster.identity))
                rates.append(wrk_rate(server.url, request.name, options.connections, options.seconds))
                print(f"  insert one, round {number}: pgbench {limits[-1]:,.0f}/s, busflow-graphql {rates[-1]:,.0f}/s", flush=True)
    limit, rate = statistics.median(limits), statistics.median(rates)
    print(f"insert one {options.connections} connections: busflow-graphql {rate:,.0f}/s, pgbench {limit:,.0f}/s, ratio {rate / limit:.2f} (target {TARGET})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
