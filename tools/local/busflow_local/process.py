"""One child process: started in a session of its own, stopped with a deadline, never left behind."""
import ctypes
import dataclasses
import os
import pathlib
import pwd
import signal
import subprocess

from busflow_local import signals
from busflow_local.failure import LocalError

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True)  # loaded here: nothing may be imported between fork and exec


@dataclasses.dataclass
class ProcessSpec:
    """How to run something. `log` None lets it use our own output, as the command under --exec does."""
    name: str
    arguments: list[str]
    log: pathlib.Path | None
    pid_file: pathlib.Path | None = None
    environment: dict[str, str] | None = None
    user: pwd.struct_passwd | None = None
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 10.0


class Process:
    """A spec that has been started. Its session keeps the terminal's Ctrl-C away: the supervisor decides the order."""

    def __init__(self, spec: ProcessSpec):
        self.spec = spec
        self.stop_requested = False
        self.was_ready = False
        parent = os.getpid()

        def before_exec() -> None:
            signals.release()
            _LIBC.prctl(PR_SET_PDEATHSIG, spec.stop_signal)  # after setuid, which would clear it
            if os.getppid() != parent:  # the supervisor died in between: too late for the signal
                os._exit(127)

        identity = {}
        if spec.user is not None:
            identity = {"user": spec.user.pw_uid, "group": spec.user.pw_gid,
                        "extra_groups": os.getgrouplist(spec.user.pw_name, spec.user.pw_gid)}
        output = None if spec.log is None else open(spec.log, "ab")
        try:
            self._popen = subprocess.Popen(
                spec.arguments, env=spec.environment, stdin=None if output is None else subprocess.DEVNULL,
                stdout=output, stderr=None if output is None else subprocess.STDOUT,
                start_new_session=True, preexec_fn=before_exec, **identity)
        except OSError as problem:
            raise LocalError(f"{spec.name} cannot be started: {problem}", "run `make install`, then try again") from problem
        finally:
            if output is not None:
                output.close()
        if spec.pid_file is not None:
            spec.pid_file.write_text(f"{self.pid}\n")

    @property
    def pid(self) -> int:
        return self._popen.pid

    def exit_code(self) -> int | None:
        """None while it runs; negative: ended by that signal."""
        return self._popen.poll()

    def describe_exit(self) -> str:
        code = self.exit_code()
        if code is None:
            return "is running"
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def request_stop(self) -> None:
        if self.exit_code() is None and not self.stop_requested:
            self.stop_requested = True
            os.kill(self.pid, self.spec.stop_signal)

    def ended_by_stop_before_ready(self) -> bool:
        """Whether the stop signal met it before it could install a handler. It had nothing to finish yet."""
        return self.stop_requested and not self.was_ready and self.exit_code() == -self.spec.stop_signal

    def kill(self) -> None:
        """Ends the whole process group. Call also after the leader ended, for what it may have left."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        if self.exit_code() is None:
            self._popen.kill()
            self._popen.wait()

    def forget_pid_file(self) -> None:
        if self.spec.pid_file is not None:
            self.spec.pid_file.unlink(missing_ok=True)


def adopt_orphans() -> None:
    """Grandchildren whose parent ends become our children, so that end_orphans() finds them."""
    _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)


def _own_children() -> list[int]:
    children = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(after_name[1]) == os.getpid():
                children.append(int(entry.name))
    return children


def end_orphans() -> None:
    """Kills whatever is still below us, level by level. Only to be called when every Process has ended."""
    for _ in range(20):
        children = _own_children()
        if not children:
            return
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass


def run_briefly(arguments: list[str], user: pwd.struct_passwd | None = None, text: str | None = None,
                seconds: float = 120) -> str:
    """Runs a helper such as initdb or psql to its end and returns its stdout. `text` goes to stdin: secrets never to argv."""
    identity = {}
    if user is not None:
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [user.pw_gid], "cwd": "/"}
    try:
        done = subprocess.run(arguments, input=text, capture_output=True, text=True, timeout=seconds, check=False,
                              stdin=subprocess.DEVNULL if text is None else None, start_new_session=True, **identity)
    except subprocess.TimeoutExpired as late:
        raise LocalError(f"{arguments[0]} did not finish within {seconds:.0f} s", "look at the load of this machine") from late
    except OSError as problem:
        raise LocalError(f"{arguments[0]} cannot be started: {problem}", "run `make install`, then try again") from problem
    if done.returncode != 0:
        said = "\n".join(f"  | {line}" for line in (done.stderr or done.stdout).strip().splitlines()[-15:])
        raise LocalError(f"{arguments[0]} failed with exit code {done.returncode}:\n{said}")
    return done.stdout
