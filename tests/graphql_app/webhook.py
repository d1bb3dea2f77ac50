"""A webhook for tests: it keeps what it is told, and answers as it is asked to."""
import http.server
import json
import threading


class Webhook:
    """`answer(body)` gives status and headers, and perhaps a body. `calls` are path, headers with lower-case names, and body, as they came."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict, dict]] = []
        self.changed = threading.Condition()
        self.answer = lambda body: (200, {})
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with hook.changed:
                    hook.calls.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                    hook.changed.notify_all()
                status, headers, *text = hook.answer(body)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write((text[0] if text else "taken").encode())
                except OSError:
                    pass  # The caller was killed.

            def log_message(self, *_) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def wait_for(self, count: int, seconds: float = 20) -> list[dict]:
        """The bodies of what came, when it is `count` at least."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.calls) >= count, seconds):
                raise AssertionError(f"{len(self.calls)} of {count} calls")
            return [body for _, _, body in self.calls]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
