"""busflow-graphql on a private PostgreSQL, for tests and measurements: everything is gone afterwards."""
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import threading
import unittest
import urllib.error
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests/support"))
sys.dont_write_bytecode = True
from cluster import Postgres  # noqa: E402 (the path must be set first)


class App:
    """The program, on a free port. `settings` are HASURA_GRAPHQL_… and other environment variables."""

    def __init__(self, binary: str, settings: dict[str, str]) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("HASURA_GRAPHQL_", "PG"))}
        self._lines: list[str] = []
        self._port: list[int] = []
        self._ready = threading.Event()
        self.process = subprocess.Popen([binary, "serve", "--server-port", "0"], env={**environment, **settings}, stderr=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(60) or not self._port:
            self.stop()
            raise RuntimeError("busflow-graphql does not start:\n" + self.log())
        self.url = f"http://127.0.0.1:{self._port[0]}"

    def _read(self) -> None:
        for line in self.process.stderr:
            self._lines.append(line)
            if '"message":"listening"' in line:
                self._port.append(json.loads(line)["port"])
                self._ready.set()
        self._ready.set()

    def log(self) -> str:
        return "".join(self._lines)

    def ask(self, path: str, body=None, headers: dict[str, str] | None = None, method: str | None = None) -> tuple[int, object]:
        """Status and body, as JSON where it is that."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"content-type": "application/json", **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, _parsed(response.read())
        except urllib.error.HTTPError as refused:
            return refused.code, _parsed(refused.read())

    def metadata(self, operation: str, args: dict | list | None = None, **fields) -> object:
        status, answer = self.ask("/v1/metadata", {"type": operation, "args": {} if args is None else args, **fields})
        if status != 200:
            raise AssertionError(f"{operation}: {status} {answer}")
        return answer

    def run_sql(self, sql: str, **args) -> object:
        status, answer = self.ask("/v2/query", {"type": "run_sql", "args": {"sql": sql, **args}})
        if status != 200:
            raise AssertionError(f"run_sql: {status} {answer}")
        return answer

    def query(self, text: str, variables: dict | None = None, headers: dict[str, str] | None = None) -> object:
        return self.ask("/v1/graphql", {"query": text, "variables": variables or {}}, headers)[1]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(timeout=30)
        finally:
            self._reader.join(timeout=5)
            self.process.stderr.close()

    def kill(self) -> None:
        self.process.kill()
        self.stop()


@contextlib.contextmanager
def postgres():
    cluster = Postgres()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@contextlib.contextmanager
def app(binary: str, settings: dict[str, str]):
    program = App(binary, settings)
    try:
        yield program
    finally:
        program.stop()


class AppTestCase(unittest.TestCase):
    """Each test has a database of its own, and programs on it that are stopped at its end."""

    number = 0

    def setUp(self) -> None:
        AppTestCase.number += 1
        self.database = f"test_{AppTestCase.number}"
        self.url = self.cluster.create(self.database)
        self.apps: list[App] = []
        self.addCleanup(lambda: [each.stop() for each in self.apps])

    def start(self, **settings: str) -> App:
        started = App(self.binary, {"HASURA_GRAPHQL_DATABASE_URL": self.url, **settings})
        self.apps.append(started)
        return started


def run_tests(case: type[unittest.TestCase]) -> None:
    """The tests of the calling program, whose one argument is busflow-graphql. They find it and the cluster in their class, because
    unittest makes its instances itself."""
    case.binary = sys.argv.pop(1)
    with postgres() as case.cluster:
        unittest.main()


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
