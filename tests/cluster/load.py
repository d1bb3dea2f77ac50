"""Requests without pause, by several clients, as a load balancer would pass them on: to the first edge that takes the connection."""
import http.client
import socket
import ssl
import threading
import time


class Load:
    """What is counted as failed: a request that no edge answers, or that is answered by anything but 200."""

    def __init__(self, addresses: list[str], domain: str, ca_file: str, path: str, body: str | None = None, clients: int = 4):
        self.addresses = addresses
        self.domain = domain
        self.path = path
        self.body = body
        self.answered = 0
        self.failures: list[str] = []
        self._context = ssl.create_default_context(cafile=ca_file)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def wait_for(self, count: int, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self.answered < count and time.monotonic() < end:
            time.sleep(0.2)

    def _connect(self, first: int) -> http.client.HTTPSConnection:
        problem = None
        for turn in range(3 * len(self.addresses)):
            address = self.addresses[(first + turn) % len(self.addresses)]
            try:
                raw = socket.create_connection((address, 443), timeout=3)
                connection = http.client.HTTPSConnection(self.domain, context=self._context)
                connection.sock = self._context.wrap_socket(raw, server_hostname=self.domain)
                connection.sock.settimeout(30)  # Four signings-in at once are 256 MiB of argon2id on what else the hosts do.
                return connection
            except OSError as error:
                problem = error
                time.sleep(0.1 if turn % len(self.addresses) == len(self.addresses) - 1 else 0)
        raise ConnectionError(f"no edge takes a connection: {problem}")

    def _send(self) -> None:
        connection = None
        turn = 0
        while not self._stop.is_set():
            begun = time.strftime("%H:%M:%S")
            for attempt in (1, 2):
                try:
                    if connection is None:
                        connection = self._connect(turn)
                    connection.request("GET" if self.body is None else "POST", self.path, self.body, {"content-type": "application/json"})
                    answer = connection.getresponse()
                    body = answer.read()
                    if answer.status != 200:
                        self._failed(f"{begun} {answer.status} {body[:200]!r}")
                    else:
                        with self._lock:
                            self.answered += 1
                    break
                except (OSError, http.client.HTTPException) as error:
                    # A connection that is kept open may be closed by an edge that goes away: a load balancer asks the next one.
                    if connection is not None:
                        connection.close()
                    connection, turn = None, turn + 1
                    if attempt == 2:
                        self._failed(f"{begun} {type(error).__name__}: {error}")

        if connection is not None:
            connection.close()

    def _failed(self, what: str) -> None:
        with self._lock:
            self.failures.append(what)
