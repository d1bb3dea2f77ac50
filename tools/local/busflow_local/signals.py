"""Signals as values: all that matter are blocked and taken one by one, so that nothing is interrupted half-way."""
import signal

STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
BLOCKED = STOPPING | {signal.SIGCHLD}


class StopRequested(Exception):
    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.number = number


class SignalGate:
    """The only place where the supervisor waits. Children must call release() before exec, as they inherit the mask."""

    def __init__(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)

    def pause(self, seconds: float) -> None:
        """Waits; returns early when a child ends; raises StopRequested when someone wants us to stop."""
        info = signal.sigtimedwait(BLOCKED, seconds)
        if info is not None and info.si_signo in STOPPING:
            raise StopRequested(info.si_signo)

    def insists(self, seconds: float) -> bool:
        """Waits while stopping; true when a second request says to hurry."""
        info = signal.sigtimedwait(BLOCKED, seconds)
        return info is not None and info.si_signo in STOPPING


def release() -> None:
    """Gives a child the usual signals back: unblocked, and SIGINT not ignored even if we were started in the background."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, BLOCKED)
