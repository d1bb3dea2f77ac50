"""Nginx in front, as in production: the web app's files, and everything under /v1/ passed on to `busflow serve`."""
import os
import pathlib
import shutil
import signal

from busflow_local.failure import LocalError
from busflow_local.layout import Layout
from busflow_local.process import ProcessSpec, run_briefly
from busflow_local.product import answers

SECURITY_HEADERS = """\
# Every location includes this file: an add_header of its own would drop the inherited ones.
add_header Content-Security-Policy "@POLICY@" always;
add_header X-Content-Type-Options nosniff always;
add_header X-Frame-Options DENY always;
add_header Referrer-Policy strict-origin-when-cross-origin always;
add_header Permissions-Policy "camera=(), microphone=(), geolocation=()" always;
add_header Cross-Origin-Opener-Policy same-origin always;
"""

# style-src: the component library writes style elements; scripts stay strict.
POLICY = ("default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
          "font-src 'self' data:; connect-src 'self' ws://127.0.0.1:@PORT@ ws://localhost:@PORT@; object-src 'none'; "
          "base-uri 'self'; form-action 'self'; frame-ancestors 'none'")

CONFIGURATION = """\
# Written at every start by tools/local.
@USER@
worker_processes 1;
pid "@DIRECTORY@/nginx.pid";
error_log stderr warn;

events { worker_connections 1024; }

http {
  include "@MIME_TYPES@";
  default_type application/octet-stream;
  charset utf-8;
  access_log "@ACCESS_LOG@";
  server_tokens off;
  sendfile on;
  keepalive_timeout 75s;

  client_body_temp_path "@DIRECTORY@/client_body";
  proxy_temp_path "@DIRECTORY@/proxy";
  fastcgi_temp_path "@DIRECTORY@/fastcgi";
  uwsgi_temp_path "@DIRECTORY@/uwsgi";
  scgi_temp_path "@DIRECTORY@/scgi";

  gzip on;
  gzip_vary on;
  gzip_proxied any;
  gzip_min_length 1024;
  gzip_types text/css text/javascript application/javascript application/json image/svg+xml application/manifest+json;

  map $http_upgrade $connection_header {
    default upgrade;
    ""      "";
  }

  upstream serve {
    server 127.0.0.1:@SERVE_PORT@ max_fails=0;
    keepalive 32;
  }

  server {
    listen 127.0.0.1:@PORT@;
    root "@WEB@";
    include "@DIRECTORY@/security_headers.conf";

    location / {
      include "@DIRECTORY@/security_headers.conf";
      add_header Cache-Control no-cache always;
      try_files $uri /index.html;
    }

    # The names carry a hash of the content, so they never change; a missing one is an error, not the start page.
    location /assets/ {
      include "@DIRECTORY@/security_headers.conf";
      add_header Cache-Control "public, max-age=31536000, immutable";
      try_files $uri =404;
    }

    location ~ ^/(v1/|healthz$|readyz$) {
      include "@DIRECTORY@/security_headers.conf";
      proxy_pass http://serve;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_header;
      proxy_buffering off;          # server-sent events arrive one by one
      proxy_request_buffering off;  # and limits on bodies are the product's own
      client_max_body_size 0;
      proxy_connect_timeout 2s;
      proxy_read_timeout 3600s;     # WebSockets may be silent for long
      proxy_send_timeout 3600s;
      error_page 502 504 = @unavailable;
    }

    # Bull Board. Its pages name no other site either: the same content policy holds.
    location /admin/queues {
      include "@DIRECTORY@/security_headers.conf";
      proxy_pass http://127.0.0.1:@QUEUES_PORT@;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      error_page 502 504 = @unavailable;
    }

    location @unavailable {
      internal;
      default_type application/json;
      add_header Retry-After 1 always;
      return 503 '{"error": {"name": "overloaded", "message": "The server is not running.", "hint": "Try again in a moment."}}';
    }
  }
}
"""


class Nginx:
    def __init__(self, layout: Layout, web: pathlib.Path, port: int, serve_port: int, queues_port: int):
        self._program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
        if self._program is None:
            raise LocalError("nginx is not installed", "run `make install`")
        if not (web / "index.html").exists():
            raise LocalError(f"the web app is not built: {web / 'index.html'} is missing",
                             "run it by `make run`, or build it: npm --prefix apps/web run build")
        self._layout = layout
        self._web = web
        self.port = port
        self._serve_port = serve_port
        self._queues_port = queues_port
        self._configuration = layout.nginx / "nginx.conf"

    def prepare(self) -> None:
        policy = POLICY.replace("@PORT@", str(self.port))
        (self._layout.nginx / "security_headers.conf").write_text(SECURITY_HEADERS.replace("@POLICY@", policy))
        values = {
            "@USER@": "user root;" if os.geteuid() == 0 else "",  # else its workers could not read a checkout under /root
            "@DIRECTORY@": _path(self._layout.nginx),
            "@ACCESS_LOG@": _path(self._layout.rotate("nginx-access")),
            "@MIME_TYPES@": _path(_mime_types()),
            "@WEB@": _path(self._web),
            "@PORT@": str(self.port),
            "@SERVE_PORT@": str(self._serve_port),
            "@QUEUES_PORT@": str(self._queues_port),
        }
        text = CONFIGURATION
        for name, value in values.items():
            text = text.replace(name, value)
        self._configuration.write_text(text)
        run_briefly([*self._arguments(), "-t", "-q"])

    def spec(self) -> ProcessSpec:
        return ProcessSpec(name="nginx", arguments=[*self._arguments(), "-g", "daemon off;"], log=self._layout.log("nginx"),
                           pid_file=self._layout.pid_file("nginx"), stop_signal=signal.SIGTERM, stop_seconds=5)

    def is_ready(self) -> bool:
        return answers(self.port, "/")

    def _arguments(self) -> list[str]:
        return [self._program, "-e", "stderr", "-p", str(self._layout.nginx), "-c", str(self._configuration)]


def _path(path: pathlib.Path) -> str:
    """Nginx knows no way to write these characters in a path."""
    bad = set(str(path)) & set('"\\$;{}\n')
    if bad:
        raise LocalError(f"Nginx cannot be given the path {path}: it contains {' '.join(sorted(bad))}", "move the checkout elsewhere")
    return str(path)


def _mime_types() -> pathlib.Path:
    for candidate in ("/etc/nginx/mime.types", "/usr/local/etc/nginx/mime.types"):
        if pathlib.Path(candidate).exists():
            return pathlib.Path(candidate)
    raise LocalError("Nginx's mime.types is missing", "reinstall the package nginx-common")
