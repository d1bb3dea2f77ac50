#!/usr/bin/env python3
"""Stands in for the busflow binary, so that the supervisor is tested without building the product.

It checks what it is given the way the product does (settings, secret files, a real login to PostgreSQL), answers on
the ports it is told, and misbehaves on request: STAND_IN="<verb>=<what>", such as "serve=die", "work=stubborn".
"""
import http.server
import os
import pathlib
import signal
import subprocess
import sys
import time

REQUIRED = ("BUSFLOW_DATABASE_HOST", "BUSFLOW_DATABASE_NAME", "BUSFLOW_DATABASE_SERVICE_PASSWORD_FILE", "BUSFLOW_REDIS_SOCKET",
            "BUSFLOW_REDIS_PASSWORD_FILE", "BUSFLOW_AUTH_JWT_KEY_FILE")
FORBIDDEN = ("BUSFLOW_PORT", "BUSFLOW_URL", "BUSFLOW_STATE_DIR", "BUSFLOW_BINARY", "BUSFLOW_POSTGRES_BIN")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = f'{{"path": "{self.path}", "upgrade": "{self.headers.get("Upgrade", "")}"}}'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def query(user: str, sql: str) -> None:
    """Logs in as the product would; the password goes by environment, never by argument."""
    password = pathlib.Path(os.environ[f"BUSFLOW_{user.upper()}_PASSWORD_FILE"]).read_text().strip()
    name = user.replace("database", "busflow")
    subprocess.run(["psql", "-Xqw", "-v", "ON_ERROR_STOP=1", "-h", os.environ["BUSFLOW_DATABASE_HOST"], "-U", name,
                    "-d", os.environ["BUSFLOW_DATABASE_NAME"], "-c", sql], check=True, env={**os.environ, "PGPASSWORD": password})


def main() -> int:
    verb = sys.argv[1]
    for name in REQUIRED:
        if name not in os.environ:
            print(f"missing setting {name}", file=sys.stderr)
            return 6
    for name in FORBIDDEN:
        if name in os.environ:
            print(f"unknown setting {name}", file=sys.stderr)
            return 6
    wish = dict(part.split("=") for part in os.environ.get("STAND_IN", "").split(",") if part).get(verb, "")
    if wish == "die":
        print("stand-in dies as asked")
        return 5
    signal.signal(signal.SIGTERM, signal.SIG_IGN if wish == "stubborn" else lambda *_: os._exit(23 if wish == "leak" else 0))
    if verb == "migrate":
        query("database_owner", "CREATE TABLE IF NOT EXISTS migrated (at timestamptz DEFAULT now()); INSERT INTO migrated DEFAULT VALUES;"
                                "GRANT SELECT ON migrated TO busflow_service")
        if wish == "hang":
            time.sleep(600)
    elif verb == "seed":
        query("database_service", "SELECT count(*) FROM migrated")
    else:
        port = os.environ["BUSFLOW_HTTP_PORT" if verb == "serve" else "BUSFLOW_WORK_HTTP_PORT"]
        print(f"{verb} ready", flush=True)
        http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
    return 0


sys.exit(main())
