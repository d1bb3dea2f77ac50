"""TCP ports on loopback: finding a free one, and naming who holds a taken one."""
import os
import pathlib
import random
import socket

from busflow_local.failure import LocalError

# Below the range from which the kernel takes ports for outgoing connections, so nobody gets ours by accident.
FREE_PORTS = range(20_000, 32_000)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def find_free(taken: set[int]) -> int:
    for port in random.sample(FREE_PORTS, 200):
        if port not in taken and is_free(port):
            taken.add(port)
            return port
    raise LocalError("no free TCP port on 127.0.0.1", "stop what listens there: ss -ltnp")


def next_free(port: int) -> int:
    """The port, or one of the next few when it is taken."""
    return next((each for each in range(port, port + 20) if is_free(each)), port)


def require_free(port: int) -> None:
    if is_free(port):
        return
    try:
        probe = socket.socket()
        probe.bind(("127.0.0.1", port))
    except PermissionError:
        raise LocalError(f"this user may not listen on port {port}", "take one above 1023: BUSFLOW_PORT=8080 make run") from None
    except OSError:
        pass
    finally:
        probe.close()
    holder = _holder(port)
    raise LocalError(f"port {port} is taken by {holder}" if holder else f"port {port} is taken by another program",
                     f"stop it, or take another port: BUSFLOW_PORT={port + 1} make run")


def _holder(port: int) -> str:
    """The program that listens on the port, as far as /proc lets us see it."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = pathlib.Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:  # 0A: listening
                inodes.add(f"socket:[{fields[9]}]")
    for process in pathlib.Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if any(os.readlink(entry) in inodes for entry in (process / "fd").iterdir()):
                name = (process / "comm").read_text().strip()
                return f"{name} (process {process.name})"
        except OSError:
            continue
    return ""
