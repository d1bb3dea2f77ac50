#!/usr/bin/env python3
"""Starts busflow-graphql with data, then Hasura's own kind of clients against it (Node, packages from the lock file).

usage: run.py BINARY
"""
import json
import os
import pathlib
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / "graphql_app"))
sys.dont_write_bytecode = True
from instance import app, postgres  # noqa: E402 (the path must be set first)
from webhook import Webhook  # noqa: E402

SECRET = {"x-hasura-admin-secret": "secret"}
DATA = """
CREATE TABLE author (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE article (id serial PRIMARY KEY, title text NOT NULL, author_id integer NOT NULL REFERENCES author, rating integer);
CREATE TABLE note (id integer PRIMARY KEY, text text NOT NULL);
INSERT INTO author (name) VALUES ('Ann'), ('Ben');
INSERT INTO article (title, author_id, rating) VALUES ('One', 1, 3), ('Two', 1, 5), ('Three', 2, 4);
"""


def permission(table: str, columns: list[str], rows: dict) -> dict:
    return {"type": "pg_create_select_permission", "args": {"table": table, "role": "user", "permission": {"columns": columns, "filter": rows}}}


def main() -> int:
    with postgres() as cluster:
        url = cluster.create("clients")
        cluster.sql("clients", DATA)
        with app(sys.argv[1], {"HASURA_GRAPHQL_DATABASE_URL": url, "HASURA_GRAPHQL_ADMIN_SECRET": "secret",
                                "HASURA_GRAPHQL_ASYNC_ACTIONS_FETCH_INTERVAL": "1000"}) as server:
            def change(kind: str, args: object) -> None:
                status, answer = server.ask("/v1/metadata", {"type": kind, "args": args}, SECRET)
                if status != 200:
                    raise SystemExit(f"the metadata was refused: {answer}")

            change("bulk", [
                {"type": "pg_track_table", "args": {"table": "author"}}, {"type": "pg_track_table", "args": {"table": "article"}},
                {"type": "pg_track_table", "args": {"table": "note"}},
                {"type": "pg_create_object_relationship", "args": {"table": "article", "name": "author", "using": {"foreign_key_constraint_on": "author_id"}}},
                permission("author", ["id", "name"], {}), permission("article", ["id", "title"], {"author": {"name": {"_eq": "X-Hasura-Name"}}})])
            elsewhere = cluster.create("elsewhere")
            cluster.sql("elsewhere", "CREATE TABLE remark (id serial PRIMARY KEY, text text NOT NULL)")
            change("pg_add_source", {"name": "elsewhere", "configuration": {"connection_info": {"database_url": elsewhere}},
                                     "customization": {"root_fields": {"namespace": "other"}}})
            change("pg_track_table", {"source": "elsewhere", "table": "remark"})
            hook = Webhook()
            hook.answer = lambda body: (200, {}, json.dumps({"header": hook.calls[-1][1].get("x-trace")}))
            change("set_custom_types", {"objects": [{"name": "Told", "fields": [{"name": "header", "type": "String"}]}]})
            change("create_action", {"name": "told", "definition": {"kind": "synchronous", "type": "query", "handler": hook.url, "arguments": [], "output_type": "Told",
                                                                    "forward_client_headers": True}})
            change("create_action", {"name": "slow", "definition": {"kind": "asynchronous", "type": "mutation", "handler": hook.url, "arguments": [], "output_type": "Told",
                                                                    "forward_client_headers": True}})
            environment = {**os.environ, "GRAPHQL_URL": f"{server.url}/v1/graphql", "GRAPHQL_SECRET": "secret"}
            return subprocess.run(["node", "--test", "--test-reporter=spec", "clients.test.mjs", "subscriptions.test.mjs"], cwd=FOLDER, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
