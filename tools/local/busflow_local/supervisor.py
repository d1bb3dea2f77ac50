"""Starts the parts in the order they need each other, watches them, and stops them in the reverse order."""
import dataclasses
import fcntl
import os
import pathlib
import time

from busflow_local import ports
from busflow_local.failure import LocalError
from busflow_local.layout import Layout
from busflow_local.nginx import Nginx
from busflow_local.postgres import Postgres
from busflow_local.process import Process, ProcessSpec, adopt_orphans, end_orphans
from busflow_local.product import Product
from busflow_local.queues import Queues
from busflow_local.redis import Redis
from busflow_local.secret_files import SecretFiles
from busflow_local.signals import SignalGate, StopRequested
from busflow_local.terminal import Terminal

STOP_ORDER = ("command", "nginx", "queues", "serve", "work", "seed", "migrate", "redis", "postgres")
DEMO_ACCOUNTS = (
    ("dispatcher@bruning.example", "dispatcher, Bruning Reisen GmbH"),
    ("manager@bruning.example", "manager, Bruning Reisen GmbH"),
    ("driver@bruning.example", "driver, Bruning Reisen GmbH"),
    ("dispatcher@nordlicht.example", "dispatcher, Nordlicht Touristik GmbH"),
    ("staff@busflow.example", "staff of the platform: the job queues"),
)


@dataclasses.dataclass(frozen=True)
class Options:
    binary: pathlib.Path
    web: pathlib.Path | None     # None: no Nginx, clients talk to serve directly
    port: int                    # 0: any free one
    durable: bool                # False: data may be lost on a crash, for throw-away runs
    respawn: frozenset[str]      # parts that are started again when they die, for kill tests
    command: list[str]           # run this inside and stop when it ends; empty: until a signal


class Supervisor:
    def __init__(self, layout: Layout, options: Options, terminal: Terminal, gate: SignalGate):
        self._layout = layout
        self._options = options
        self._terminal = terminal
        self._gate = gate
        self._running: dict[str, Process] = {}
        self._ready = {}  # name -> function that says whether the part is ready
        self._hurry = False
        self._unclean: list[LocalError] = []
        self._url = self._serve_url = ""

    def run(self) -> int:
        """The exit code: the command's own under --exec, 0 after a requested stop, 1 when something failed."""
        adopt_orphans()
        lock = None
        try:
            self._layout.create()
            lock = self._lock()
            self._bring_up()
            return self._watch()
        except StopRequested as stop:
            self._terminal.line(f"\n{stop}: stopping")
            return 128 + stop.number if self._options.command else 0
        except LocalError as error:
            self._terminal.failure(error)
            return 1
        finally:
            self._take_down()
            if lock is not None:
                os.close(lock)

    def unclean_ends(self) -> list[LocalError]:
        """After run(): parts of the product that were asked to stop and then failed, for instance because a sanitizer found a leak."""
        return self._unclean

    def _lock(self) -> int:
        descriptor = os.open(self._layout.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode().strip() or "unknown"
            os.close(descriptor)
            raise LocalError(f"Busflow already runs from {self._layout.root} (process {holder})",
                             f"stop it first: kill {holder}; or use another directory: --state-dir DIR") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return descriptor

    # Starting

    def _bring_up(self) -> None:
        taken: set[int] = set()
        if self._options.web is not None and self._options.port:
            ports.require_free(self._options.port)
            taken.add(self._options.port)
        secret_files = SecretFiles(self._layout.secrets)
        secret_files.create_missing()
        serve_port = ports.find_free(taken)
        if self._options.web is None and self._options.port:
            ports.require_free(self._options.port)
            serve_port = self._options.port
        web_port = None
        if self._options.web is not None:
            web_port = self._options.port or ports.find_free(taken)
        product = Product(self._options.binary, self._layout, secret_files, serve_port, ports.find_free(taken), web_port or serve_port)
        nginx = queues = None
        if web_port is not None:
            queues = Queues(self._layout, product, ports.find_free(taken))
            nginx = Nginx(self._layout, self._options.web, web_port, serve_port, queues.port)

        self._start_postgres(secret_files)
        self._start_redis(secret_files)
        with self._terminal.step("migrations"):
            self._complete(product.migrate(), 600)
        with self._terminal.step("demo data"):
            self._complete(product.seed(), 300)
        with self._terminal.step(f"busflow serve (port {serve_port})"):
            self._start(product.serve(), product.serve_is_ready)
        with self._terminal.step("busflow work"):
            self._start(product.work(), product.work_is_ready)
        if queues is not None:
            with self._terminal.step(f"Bull Board (port {queues.port})"):
                self._start(queues.spec(), queues.is_ready)
        if nginx is not None:
            with self._terminal.step(f"Nginx (port {nginx.port})"):
                nginx.prepare()
                self._start(nginx.spec(), nginx.is_ready)
        self._serve_url = f"http://127.0.0.1:{serve_port}"
        self._url = f"http://localhost:{serve_port if nginx is None else nginx.port}"
        self._layout.address_file.write_text(self._url + "\n")

    def _start_postgres(self, secret_files: SecretFiles) -> None:
        if self._layout.data_elsewhere is not None:
            self._terminal.line(f"  (user postgres cannot enter {self._layout.root}: its data is in {self._layout.data_elsewhere})")
        postgres = Postgres(self._layout, self._options.durable)
        with self._terminal.step(f"PostgreSQL {postgres.major}"):
            postgres.prepare()
            self._start(postgres.spec(), postgres.is_ready)
            postgres.create_database(secret_files)
        if not postgres.has_pgvector():
            self._terminal.line(f"  note: pgvector is not installed for PostgreSQL {postgres.major}; similarity search is off")

    def _start_redis(self, secret_files: SecretFiles) -> None:
        redis = Redis(self._layout)
        with self._terminal.step("Redis"):
            redis.prepare(secret_files)
            self._start(redis.spec(), lambda: redis.is_ready(secret_files))

    def _start(self, spec: ProcessSpec, is_ready, seconds: float = 60) -> None:
        self._layout.rotate(spec.name)
        self._launch(spec, is_ready, seconds)

    def _launch(self, spec: ProcessSpec, is_ready, seconds: float) -> None:
        process = self._running[spec.name] = Process(spec)
        self._ready[spec.name] = is_ready
        deadline = time.monotonic() + seconds
        while not is_ready():
            if process.exit_code() is not None:
                raise LocalError(f"{spec.name} {process.describe_exit()} before it was ready", log=spec.log)
            if time.monotonic() > deadline:
                raise LocalError(f"{spec.name} was not ready after {seconds:.0f} s", log=spec.log)
            self._fail_when_dead(other_than=spec.name)
            self._gate.pause(0.05)
        process.was_ready = True

    def _complete(self, spec: ProcessSpec, seconds: float) -> None:
        self._layout.rotate(spec.name)
        process = self._running[spec.name] = Process(spec)
        deadline = time.monotonic() + seconds
        while (code := process.exit_code()) is None:
            if time.monotonic() > deadline:
                raise LocalError(f"busflow {spec.name} did not finish within {seconds:.0f} s", log=spec.log)
            self._fail_when_dead(other_than=spec.name)
            self._gate.pause(0.2)
        if code != 0:
            raise LocalError(f"busflow {spec.name} {process.describe_exit()}", log=spec.log)
        process.forget_pid_file()
        del self._running[spec.name]

    # Watching

    def _watch(self) -> int:
        if not self._options.command:
            self._banner()
        else:
            environment = {**os.environ, "BUSFLOW_URL": self._url, "BUSFLOW_SERVE_URL": self._serve_url,
                           "BUSFLOW_STATE_DIR": str(self._layout.root), "BUSFLOW_BINARY": str(self._options.binary)}
            self._running["command"] = Process(ProcessSpec("command", self._options.command, None, environment=environment))
        while True:
            command = self._running.get("command")
            if command is not None and (code := command.exit_code()) is not None:
                return code if code >= 0 else 128 - code
            self._respawn()
            self._fail_when_dead(other_than="command")
            self._gate.pause(1.0)

    def _dead(self, other_than: str):
        return [process for name, process in self._running.items() if name != other_than and process.exit_code() is not None]

    def _fail_when_dead(self, other_than: str) -> None:
        for process in self._dead(other_than):
            if process.spec.name not in self._options.respawn:
                raise LocalError(f"{process.spec.name} {process.describe_exit()}; stopping the rest", log=process.spec.log)

    def _respawn(self) -> None:
        for process in self._dead("command"):
            if process.spec.name in self._options.respawn:
                self._terminal.line(f"  {process.spec.name} {process.describe_exit()}: starting it again")
                process.kill()
                self._launch(process.spec, self._ready[process.spec.name], 60)

    def _banner(self) -> None:
        line = self._terminal.line
        line(f"\nBusflow is running:  {self._url}\n")
        for account, who in DEMO_ACCOUNTS:
            line(f"  {account:<30} {who}")
        line("  The password of every demo account is busflow-demo.\n")
        line(f"  GraphQL     {self._url}/v1/graphql  (POST and WebSocket)")
        if "queues" in self._running:
            line(f"  job queues  {self._url}/admin/queues  (for staff)")
        line(f"  mailbox     {self._url}/v1/mailbox  (what would have been sent)")
        line(f"  logs        {_short(self._layout.logs)}/*.log")
        line("  stop        Ctrl-C\n")

    # Stopping

    def _take_down(self) -> None:
        """One after the other, but serve and work together. A second signal skips the deadlines."""
        self._layout.address_file.unlink(missing_ok=True)
        groups = [[name] for name in STOP_ORDER if name not in ("serve", "work")]
        groups.insert(groups.index(["queues"]) + 1, ["serve", "work"])
        for group in groups:
            processes = [self._running[name] for name in group if name in self._running]
            for process in processes:
                process.request_stop()
            for process in processes:
                self._await_end(process)
        end_orphans()

    def _await_end(self, process: Process) -> None:
        deadline = time.monotonic() + process.spec.stop_seconds
        while process.exit_code() is None and time.monotonic() < deadline and not self._hurry:
            self._hurry = self._gate.insists(0.1)
        if process.exit_code() is None:
            why = "as asked twice" if self._hurry else f"after {process.spec.stop_seconds:.0f} s"
            self._terminal.line(f"  {process.spec.name} did not stop; killed {why}")
        elif process.spec.name in ("serve", "work") and process.exit_code() != 0 and not process.ended_by_stop_before_ready():
            self._unclean.append(LocalError(f"{process.spec.name} {process.describe_exit()} when it was asked to stop", log=process.spec.log))
        process.kill()
        process.forget_pid_file()


def _short(path: pathlib.Path) -> str:
    try:
        return str(path.relative_to(pathlib.Path.cwd()))
    except ValueError:
        return str(path)
