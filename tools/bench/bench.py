#!/usr/bin/env python3
"""`make bench`: GraphQL queries through the optimised product, against pgbench with SQL written by hand for the same answer.

Both run in turns on this machine, against the same PostgreSQL with the same data; only the ratio means anything. The product checks the
token, applies the role's filter and row-level security; pgbench does neither (superuser, prepared statements, Unix socket), so it is the
limit that the database sets.

usage (inside `busflow-local run --exec`): bench.py [--seconds N] [--rounds N] [--connections N]
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "local"))
sys.dont_write_bytecode = True
from busflow_local.layout import Layout  # noqa: E402 (the path must be set first)
from busflow_local.postgres import DATABASE, find_binaries, psql_arguments  # noqa: E402

TARGET = 0.6
QUERIES = {
    "by_key": "query($id:uuid!){backoffice_tour_templates_by_pk(id:$id){id name}}",
    "nested": "query($id:uuid!){backoffice_tour_templates(where:{id:{_eq:$id}}){id name tour_departures{id start_date "
              "service_legs{id leg_type scheduled_start}}}}",
}


def post(path: str, body: dict, headers: dict | None = None) -> dict:
    request = urllib.request.Request(os.environ["BUSFLOW_URL"] + path, json.dumps(body).encode(),
                                     {"content-type": "application/json", **(headers or {})})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def rate(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None or "WRONG" in text or "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"the measurement went wrong:\n{text}")
    return float(found.group(1))


def pgbench_rate(program: str, script: str, options: argparse.Namespace, host: str, database: str, identity: dict) -> float:
    done = subprocess.run(
        [program, "-n", "-M", "prepared", "-c", str(options.connections), "-j", "1", "-T", str(options.seconds), "-f", "-",
         "-h", host, "-U", "postgres", database],
        input=script, capture_output=True, text=True, check=False, cwd="/", **identity)
    return rate(r"tps = ([\d.]+)", done.stdout + done.stderr)


def wrk_rate(url: str, request_file: str, connections: int, seconds: int, verify: bool = False) -> float:
    """Requests per second; with `verify` every answer must be free of errors, which takes the client longer than the request."""
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "-s", str(FOLDER / "requests.lua"), url],
        capture_output=True, text=True, check=False,
        env={**os.environ, "BENCH_REQUEST": request_file, "BENCH_VERIFY": str(int(verify))})
    return rate(r"Requests/sec:\s+([\d.]+)", done.stdout + done.stderr)


class Bench:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.layout = Layout(pathlib.Path(os.environ["BUSFLOW_STATE_DIR"]))
        user = self.layout.postgres_user
        self.as_superuser = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def load(self) -> None:
        subprocess.run([*psql_arguments(self.layout), "--quiet"], input=(FOLDER / "data.sql").read_text(), text=True,
                       check=True, cwd="/", **self.as_superuser)

    def pgbench(self, name: str, tenant: str) -> float:
        script = (FOLDER / f"{name}.sql").read_text().replace("@TENANT@", tenant)
        return pgbench_rate(str(find_binaries() / "pgbench"), script, self.options, str(self.layout.postgres_sockets), DATABASE,
                            self.as_superuser)

    def product(self, request_file: str, verify: bool = False) -> float:
        return wrk_rate(os.environ["BUSFLOW_SERVE_URL"], request_file, self.options.connections, 1 if verify else self.options.seconds, verify)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=8, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="turns; the median counts")
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()

    bench = Bench(options)
    print("loading 112,000 rows …", flush=True)
    bench.load()
    session = post("/v1/auth/signin/email-password", {"email": "dispatcher@bruning.example", "password": "busflow-demo"})["session"]
    token, tenant = session["accessToken"], session["user"]["metadata"]["tenantId"]
    missed = False
    for name, query in QUERIES.items():
        sample = {"id": "00000000-0000-8000-8000-000000000007"}
        answer = post("/v1/graphql", {"query": query, "variables": sample}, {"authorization": f"Bearer {token}"})
        if "errors" in answer:
            raise SystemExit(f"the query {name} is refused: {answer}")
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write(f"{token}\n{query}\n")
            file.flush()
            bench.product(file.name, verify=True)
            limits, rates = [], []
            for number in range(1, options.rounds + 1):
                limits.append(bench.pgbench(name, tenant))
                rates.append(bench.product(file.name))
                print(f"  {name}, round {number}: pgbench {limits[-1]:,.0f}/s, Busflow {rates[-1]:,.0f}/s", flush=True)
        limit, got = statistics.median(limits), statistics.median(rates)
        missed |= got < TARGET * limit
        print(f"{name:<8} {options.connections} connections: Busflow {got:,.0f}/s, pgbench {limit:,.0f}/s, "
              f"ratio {got / limit:.2f} (target {TARGET})", flush=True)
    print("bench: target missed" if missed else "bench: targets met")
    return 0


if __name__ == "__main__":
    sys.exit(main())
