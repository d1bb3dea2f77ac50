"""What the user sees. Plain lines, so that it reads the same in a terminal and in a CI log."""
import contextlib
import pathlib
import sys
import time

from busflow_local.failure import LocalError

LAST_LINES = 25


class Terminal:
    """With quiet=True (a command runs inside) everything goes to stderr, so that the command's stdout stays its own."""

    def __init__(self, quiet: bool):
        self._stream = sys.stderr if quiet else sys.stdout

    def line(self, text: str = "") -> None:
        # The reader of a pipe may have gone (`make run | head`); stopping in order matters more than the message.
        with contextlib.suppress(BrokenPipeError):
            print(text, file=self._stream, flush=True)

    @contextlib.contextmanager
    def step(self, what: str):
        begun = time.monotonic()
        yield
        self.line(f"  {what:<44} ready in {time.monotonic() - begun:4.1f} s")

    def failure(self, error: LocalError) -> None:
        with contextlib.suppress(BrokenPipeError):
            print(f"\nerror: {error.message}", file=sys.stderr)
            if error.log is not None:
                print(last_lines(error.log), file=sys.stderr)
            if error.hint:
                print(f"  -> {error.hint}", file=sys.stderr)
            sys.stderr.flush()


def last_lines(log: pathlib.Path) -> str:
    """The end of a log, indented, as part of an error message."""
    try:
        with open(log, "rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 64 * 1024))
            lines = file.read().decode("utf-8", "replace").splitlines()[-LAST_LINES:]
    except OSError as problem:
        return f"  (its log cannot be read: {problem})"
    if not lines:
        return f"  {log} is empty"
    return "\n".join([f"  last lines of {log}:"] + [f"  | {line}" for line in lines])
