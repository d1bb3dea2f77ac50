"""The commands of busflow-local."""
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from busflow_local.failure import LocalError
from busflow_local.layout import Layout
from busflow_local.ports import next_free
from busflow_local.postgres import psql_arguments
from busflow_local.product import Product
from busflow_local.secret_files import SecretFiles
from busflow_local.signals import SignalGate
from busflow_local.supervisor import STOP_ORDER, Options, Supervisor
from busflow_local.terminal import Terminal

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
DEFAULT_PORT = 8080
PARTS = tuple(name for name in STOP_ORDER if name not in ("command", "seed", "migrate"))


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    try:
        return options.execute(options)
    except LocalError as error:
        Terminal(quiet=True).failure(error)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="busflow-local", description="Runs the whole product on this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="start everything and stay, or run a command against it",
                              epilog="example: busflow-local run --temporary --exec sh -c 'curl -s $BUSFLOW_URL/readyz'")
    _state_directory(run)
    run.add_argument("--temporary", action="store_true", help="use a throw-away state directory and any free port")
    run.add_argument("--port", type=int, metavar="N", help="port of the product, 0 for any free one (default: BUSFLOW_PORT, else 8080 or the next that is free)")
    run.add_argument("--binary", type=pathlib.Path, default=_default_binary(), help="the busflow program (default: build/dev)")
    run.add_argument("--web", type=pathlib.Path, default=REPOSITORY / "apps/web/dist", metavar="DIR", help="the built web app")
    run.add_argument("--no-web", action="store_true", help="without Nginx and the web app; BUSFLOW_URL is serve itself")
    run.add_argument("--respawn", default="", metavar="A,B", help=f"parts to start again when they die: {', '.join(PARTS)}")
    run.add_argument("--exec", dest="command", nargs=argparse.REMAINDER, default=[], metavar="CMD …",
                     help="run this with BUSFLOW_URL, BUSFLOW_SERVE_URL, BUSFLOW_STATE_DIR and BUSFLOW_BINARY set, stop, return its exit code")
    run.set_defaults(execute=_run)

    status = commands.add_parser("status", help="what runs, as JSON; exit code 3 when nothing does")
    _state_directory(status)
    status.set_defaults(execute=_status)

    kill = commands.add_parser("kill", help="send a signal to one part, for tests of crashes")
    _state_directory(kill)
    kill.add_argument("part", choices=PARTS)
    kill.add_argument("--signal", default="KILL", help="default: KILL")
    kill.set_defaults(execute=_kill)

    psql = commands.add_parser("psql", help="open the local database as its superuser, whom row-level security does not bind",
                               epilog="example: busflow-local psql -- -c 'select count(*) from backoffice.outbox'")
    _state_directory(psql)
    psql.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARG …", help="handed to psql, after --")
    psql.set_defaults(execute=_psql)

    busflow = commands.add_parser("busflow", help="run the busflow program with the settings of the running product",
                                  epilog="example: busflow-local busflow -- jobs list")
    _state_directory(busflow)
    busflow.add_argument("--binary", type=pathlib.Path, default=_default_binary(), help="default: build/dev")
    busflow.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARG …", help="handed to busflow, after --")
    busflow.set_defaults(execute=_busflow)

    reset = commands.add_parser("reset", help="delete the state directory with all local data")
    _state_directory(reset)
    reset.add_argument("--force", action="store_true", help="do not ask")
    reset.set_defaults(execute=_reset)
    return parser


def _state_directory(parser: argparse.ArgumentParser) -> None:
    default = pathlib.Path(os.environ.get("BUSFLOW_STATE_DIR") or REPOSITORY / ".local")
    parser.add_argument("--state-dir", type=pathlib.Path, default=default, metavar="DIR", help="default: .local of this checkout")


def _default_binary() -> pathlib.Path:
    return pathlib.Path(os.environ.get("BUSFLOW_BINARY") or REPOSITORY / "build/dev/apps/api/busflow")


def _run(options: argparse.Namespace) -> int:
    respawn = frozenset(name for name in options.respawn.split(",") if name)
    if unknown := respawn - set(PARTS):
        raise LocalError(f"--respawn: unknown part {', '.join(sorted(unknown))}", f"the parts are {', '.join(PARTS)}")
    if not options.temporary:
        return _supervise(options.state_dir, _port(options), respawn, options)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="busflow-"))
    directory.chmod(0o711)  # PostgreSQL may run as another user
    gate = SignalGate()  # already here: no signal may keep us from deleting the directory
    try:
        code = _supervise(directory, options.port or 0, respawn, options, gate)
        if code != 0:
            _show_logs(directory)
        return code
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _supervise(directory: pathlib.Path, port: int, respawn: frozenset[str], options: argparse.Namespace,
               gate: SignalGate | None = None) -> int:
    chosen = Options(binary=options.binary.absolute(), web=None if options.no_web else options.web.absolute(), port=port,
                     durable=not options.temporary, respawn=respawn, command=options.command)
    terminal = Terminal(quiet=bool(options.command))
    supervisor = Supervisor(Layout(directory), chosen, terminal, gate or SignalGate())
    code = supervisor.run()
    for error in supervisor.unclean_ends():
        terminal.failure(error)
    return code or (1 if supervisor.unclean_ends() else 0)


def _port(options: argparse.Namespace) -> int:
    if options.port is not None:
        port, source = options.port, "--port"
    elif "BUSFLOW_PORT" not in os.environ:
        # Nobody insists on it, and another checkout may be running there.
        port = next_free(DEFAULT_PORT)
        if port != DEFAULT_PORT and not Layout(options.state_dir).is_locked():
            print(f"port {DEFAULT_PORT} is taken: using {port} (BUSFLOW_PORT chooses another)", flush=True)
        return port
    else:
        text, source = os.environ["BUSFLOW_PORT"], "BUSFLOW_PORT"
        if not text.isdigit():
            raise LocalError(f"BUSFLOW_PORT={text} is not a port", "give a number: BUSFLOW_PORT=8081 make run")
        port = int(text)
    if not 0 <= port <= 65535:
        raise LocalError(f"{source} {port} is not a port", "ports go from 1 to 65535; 0 takes any free one")
    return port


def _show_logs(directory: pathlib.Path) -> None:
    """A throw-away directory takes its logs along, so a failed run shows where to look before they are gone."""
    kept = REPOSITORY / "build" / "local-logs"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(directory / "log", kept)
    print(f"  the logs of this run are in {kept}", file=sys.stderr)


def _running(layout: Layout) -> dict[str, int]:
    if not layout.is_locked():  # pid files without a supervisor are left from a crash
        return {}
    found = {}
    for name in ("supervisor", *PARTS):
        file = layout.lock_file if name == "supervisor" else layout.pid_file(name)
        try:
            pid = int(file.read_text())
            os.kill(pid, 0)
        except (OSError, ValueError):
            continue
        found[name] = pid
    return found


def _status(options: argparse.Namespace) -> int:
    layout = Layout(options.state_dir)
    running = _running(layout)
    address = layout.address_file.read_text().strip() if layout.address_file.exists() else None
    print(json.dumps({"address": address, "processes": running}, indent=2))
    return 0 if running else 3


def _kill(options: argparse.Namespace) -> int:
    name = options.signal.upper().removeprefix("SIG")
    if not hasattr(signal, f"SIG{name}"):
        raise LocalError(f"there is no signal {options.signal}", "for instance: KILL, TERM, STOP, CONT")
    running = _running(Layout(options.state_dir))
    if options.part not in running:
        raise LocalError(f"{options.part} does not run in {options.state_dir}", "see: busflow-local status")
    os.kill(running[options.part], getattr(signal, f"SIG{name}"))
    return 0


def _psql(options: argparse.Namespace) -> int:
    layout = Layout(options.state_dir)
    if "postgres" not in _running(layout):
        raise LocalError(f"PostgreSQL does not run in {options.state_dir}", "start it: make run")
    user = layout.postgres_user
    as_user = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return subprocess.run(psql_arguments(layout) + [given for given in options.arguments if given != "--"], check=False, cwd="/", **as_user).returncode


def _busflow(options: argparse.Namespace) -> int:
    layout = Layout(options.state_dir)
    if "serve" not in _running(layout):
        raise LocalError(f"Busflow does not run in {options.state_dir}", "start it: make run")
    product = Product(options.binary.absolute(), layout, SecretFiles(layout.secrets))
    command = [str(options.binary), *(given for given in options.arguments if given != "--")]
    return subprocess.run(command, check=False, env=product.environment()).returncode


def _reset(options: argparse.Namespace) -> int:
    layout = Layout(options.state_dir)
    if layout.is_locked():
        raise LocalError(f"Busflow is running from {layout.root}", "stop it first (Ctrl-C in its terminal)")
    places = layout.places()
    if not places:
        print("nothing to delete")
        return 0
    print("This deletes the local database, queues, secrets and logs for good:")
    for place in places:
        print(f"  {place}")
    if not options.force:
        if not sys.stdin.isatty():
            raise LocalError("not deleted: nobody is there to ask", "say it beforehand: make reset FORCE=1")
        if input("Type yes to delete: ").strip().lower() != "yes":
            print("nothing deleted")
            return 1
    layout.delete()
    print("deleted")
    return 0
