#!/usr/bin/env python3
"""`make bench`: GraphQL queries through the optimised product, against pgbench with SQL written by hand for the same answer, and PostGraphile.

They run in turns on this machine, against the same PostgreSQL with the same data; only the ratio means anything. The product checks the
token, applies the role's filter and row-level security; pgbench does neither (superuser, prepared statements, Unix socket), so it is the
limit that the database sets. PostGraphile (tools/bench/postgraphile) does the same as the product.

usage (inside `busflow-local run --exec`): bench.py [--seconds N] [--rounds N] [--connections N[,N]]
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "local"))
sys.dont_write_bytecode = True
from busflow_local.layout import Layout  # noqa: E402 (the path must be set first)
from busflow_local.postgres import DATABASE, find_binaries, psql_arguments  # noqa: E402

SAMPLE = {"id": "00000000-0000-8000-8000-000000000007"}
PEER = FOLDER / "postgraphile"
PEER_QUERIES = {
    "by_key": "query($id:UUID!){tourTemplateByRowId(rowId:$id){rowId name}}",
    "nested": "query($id:UUID!){tourTemplateByRowId(rowId:$id){rowId name tourDeparturesByTenantIdAndTourTemplateId{nodes{rowId startDate "
              "serviceLegs{nodes{rowId legType scheduledStart}}}}}}",
}
PEER_TARGETS = {"by_key": 40, "nested": 9}
TARGETS = {"by_key": 0.85, "nested": 0.88}
CONNECTIONS = "16,64"  # As few as keep both cores busy, and as many as a few hundred browsers keep open behind Traefik.
QUERIES = {
    "by_key": "query($id:uuid!){backoffice_tour_templates_by_pk(id:$id){id name}}",
    "nested": "query($id:uuid!){backoffice_tour_templates(where:{id:{_eq:$id}}){id name tour_departures{id start_date "
              "service_legs{id leg_type scheduled_start}}}}",
}


def post(path: str, body: dict, headers: dict | None = None, address: str | None = None) -> dict:
    request = urllib.request.Request((address or os.environ["BUSFLOW_URL"]) + path, json.dumps(body).encode(),
                                     {"content-type": "application/json", **(headers or {})})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def rate(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None or "WRONG" in text or "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"the measurement went wrong:\n{text}")
    return float(found.group(1))


def pgbench_rate(program: str, script: str, connections: int, seconds: int, host: str, database: str, identity: dict) -> float:
    done = subprocess.run(
        [program, "-n", "-M", "prepared", "-c", str(connections), "-j", "1", "-T", str(seconds), "-f", "-",
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


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=int, default=8, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="turns; the median counts")
    parser.add_argument("--connections", type=lambda text: [int(word) for word in text.split(",")], default=CONNECTIONS, help=f"one after the other ({CONNECTIONS})")


def compare(name: str, options: argparse.Namespace, limit: Callable[[int], float], ours: Callable[[int], float], target: float) -> tuple[float, bool]:
    """Both in turns at each number of connections. Our rate at the last of them, and whether it reaches the target's share of pgbench's best."""
    best = got = 0.0
    for connections in options.connections:
        limits, rates = [], []
        for number in range(1, options.rounds + 1):
            limits.append(limit(connections))
            rates.append(ours(connections))
            print(f"  {name}, {connections} connections, round {number}: pgbench {limits[-1]:,.0f}/s, Busflow {rates[-1]:,.0f}/s", flush=True)
        most, got = statistics.median(limits), statistics.median(rates)
        best = max(best, most)
        print(f"{name:<10} {connections} connections: Busflow {got:,.0f}/s, pgbench {most:,.0f}/s, ratio {got / most:.2f}", flush=True)
    return got, reaches(f"{name:<10} {got / best:.2f} of pgbench at its best number of connections", got / best, target)


def reaches(what: str, share: float, target: float) -> bool:
    print(f"{what} (target {target}: {'met' if share >= target else 'MISSED'})", flush=True)
    return share >= target


class Bench:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.layout = Layout(pathlib.Path(os.environ["BUSFLOW_STATE_DIR"]))
        user = self.layout.postgres_user
        self.as_superuser = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def load(self) -> None:
        subprocess.run([*psql_arguments(self.layout), "--quiet"], input=(FOLDER / "data.sql").read_text(), text=True,
                       check=True, cwd="/", **self.as_superuser)

    def pgbench(self, name: str, tenant: str, connections: int) -> float:
        script = (FOLDER / f"{name}.sql").read_text().replace("@TENANT@", tenant)
        return pgbench_rate(str(find_binaries() / "pgbench"), script, connections, self.options.seconds, str(self.layout.postgres_sockets), DATABASE,
                            self.as_superuser)

    def product(self, request_file: str, connections: int) -> float:
        return wrk_rate(os.environ["BUSFLOW_SERVE_URL"], request_file, connections, self.options.seconds)

    @contextlib.contextmanager
    def peer(self) -> Iterator[str]:
        """PostGraphile's address."""
        if not (PEER / "node_modules").exists():
            subprocess.run(["npm", "ci", "--ignore-scripts", "--prefix", str(PEER)], check=True, stdout=subprocess.DEVNULL)
        node = next(PEER.glob("node_modules/node-linux-*/bin/node"))
        with (self.layout.secrets / "auth_jwt_key").open() as key, \
             subprocess.Popen([node, PEER / "server.mjs", self.layout.postgres_sockets, DATABASE], stdin=key, stdout=subprocess.PIPE, text=True,
                              env={**os.environ, "NODE_ENV": "production", "GRAPHILE_ENV": "production"}, **self.as_superuser) as server:
            try:
                yield server.stdout.readline().strip()
            finally:
                server.terminate()

    def against_peer(self, name: str, address: str, token: str, ours: float) -> bool:
        connections = self.options.connections[-1]
        answer = post("/v1/graphql", {"query": PEER_QUERIES[name], "variables": SAMPLE}, {"authorization": f"Bearer {token}"}, address)
        if not (answer.get("data") or {}).get("tourTemplateByRowId"):
            raise SystemExit(f"PostGraphile does not find the row: {answer}")
        with request(token, PEER_QUERIES[name]) as file:
            wrk_rate(address, file, connections, 2, verify=True)
            theirs = wrk_rate(address, file, connections, self.options.seconds)
        return reaches(f"{name:<10} {connections} connections: PostGraphile {theirs:,.0f}/s, Busflow {ours / theirs:.0f} times that", ours / theirs, PEER_TARGETS[name])


@contextlib.contextmanager
def request(token: str, query: str) -> Iterator[str]:
    """A file for requests.lua."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(f"{token}\n{query}\n")
        file.flush()
        yield file.name


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    options = parser.parse_args()

    bench = Bench(options)
    print("loading 112,000 rows …", flush=True)
    bench.load()
    session = post("/v1/auth/signin/email-password", {"email": "dispatcher@bruning.example", "password": "busflow-demo"})["session"]
    token, tenant = session["accessToken"], session["user"]["metadata"]["tenantId"]
    met, rates = [], {}
    for name, query in QUERIES.items():
        answer = post("/v1/graphql", {"query": query, "variables": SAMPLE}, {"authorization": f"Bearer {token}"})
        if "errors" in answer:
            raise SystemExit(f"the query {name} is refused: {answer}")
        with request(token, query) as file:
            wrk_rate(os.environ["BUSFLOW_SERVE_URL"], file, options.connections[0], 1, verify=True)
            rates[name], is_met = compare(name, options, lambda connections, name=name: bench.pgbench(name, tenant, connections),
                                          lambda connections, file=file: bench.product(file, connections), TARGETS[name])
            met.append(is_met)
    with bench.peer() as address:
        met += [bench.against_peer(name, address, token, rate) for name, rate in rates.items()]
    print("bench: targets met" if all(met) else "bench: target missed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
