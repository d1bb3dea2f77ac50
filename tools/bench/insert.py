#!/usr/bin/env python3
"""Part of `make bench`: inserting one row through busflow-graphql, against pgbench doing the same INSERT.

Both run in turns on this machine, against the same PostgreSQL; only the ratio means anything. The server verifies the token, sets the preset
column and checks the new row against the role's permission; pgbench does none of it.

usage: insert.py [--binary FILE] [--seconds N] [--rounds N] [--connections N[,N]]
"""
import argparse
import json
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
REPOSITORY = FOLDER.parents[1]
sys.path[:0] = [str(REPOSITORY / "tests/graphql_app"), str(FOLDER)]
sys.dont_write_bytecode = True
from bench import add_options, compare, pgbench_rate, request, wrk_rate  # noqa: E402 (the path must be set first)
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
    add_options(parser)
    options = parser.parse_args()
    with postgres() as cluster:
        url = cluster.create("bench")
        cluster.sql("bench", TABLE)
        settings = {"HASURA_GRAPHQL_DATABASE_URL": url, "HASURA_GRAPHQL_ADMIN_SECRET": "secret",
                    "HASURA_GRAPHQL_JWT_SECRET": json.dumps({"type": "HS256", "key": KEY})}
        claims = {"x-hasura-default-role": "user", "x-hasura-allowed-roles": ["user"], "x-hasura-user-id": "7"}
        with app(options.binary, settings) as server, request(token(KEY, payload(**{CLAIMS: claims})), MUTATION) as file:
            open_table(server, {"x-hasura-admin-secret": "secret"})
            wrk_rate(server.url, file, options.connections[0], 1, verify=True)
            compare("insert one", options,
                    lambda connections: pgbench_rate(cluster.program("pgbench"), STATEMENT, connections, options.seconds, str(cluster.folder), "bench", cluster.identity),
                    lambda connections: wrk_rate(server.url, file, connections, options.seconds), TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
