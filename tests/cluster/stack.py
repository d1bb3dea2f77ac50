"""The product's stack on a swarm of the tests: busflowctl, its secrets, requests."""
import json
import os
import pathlib
import subprocess

import stack_secrets
from hosts import REGISTRY, REPOSITORY, Failed, Host, run
from load import Load

DOMAIN = "bus.example"


class Stack:
    """busflowctl on the stack of a swarm."""

    def __init__(self, binary: str, manager: Host, folder: pathlib.Path):
        self.binary = binary
        self.manager = manager
        self.folder = folder
        self.secrets: dict[str, str] = {}

    def ctl(self, *arguments: str, version: str = "1.0.0", text: str | None = None, through: Host | None = None) -> subprocess.CompletedProcess:
        environment = {"DOCKER_HOST": (through or self.manager).engine, "STACK_DOMAIN": DOMAIN, "STACK_REGISTRY": REGISTRY, "STACK_VERSION": version, "STACK_PLATFORM_VERSION": "1.0.0",
                       "BUSFLOW_OPERATOR_STATE_DIRECTORY": str(self.folder / "state")}
        return subprocess.run([self.binary, *arguments], cwd=REPOSITORY, input=text, stdin=subprocess.DEVNULL if text is None else None, capture_output=True, text=True,
                              timeout=900, check=False, env={**os.environ, **environment})

    def result(self, *arguments: str, **options) -> dict:
        done = self.ctl(*arguments, "--json", **options)
        if done.returncode != 0:
            raise Failed(f"busflowctl {' '.join(arguments)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return json.loads(done.stdout)["result"]

    def make_secrets(self) -> None:
        self.secrets = stack_secrets.make(self.folder, DOMAIN)
        self.result("stack", "secrets", "sync", text=json.dumps(self.secrets))

    def invent_secrets(self) -> None:
        """Brings what somebody must bring; busflowctl makes the others."""
        values = stack_secrets.make(self.folder, DOMAIN)
        self.result("stack", "secrets", "sync", text=json.dumps({name: values[name] for name in ("edge_certificate", "edge_key")}))
        made = self.result("stack", "secrets", "make")["changed"]
        if set(made) != set(values) - {"edge_certificate", "edge_key"} or self.result("stack", "secrets", "make")["changed"]:
            raise Failed(f"'stack secrets make' made {made}")

    def get(self, path: str, address: str, *more: str, host: str = DOMAIN) -> subprocess.CompletedProcess:
        return run("curl", "--silent", "--show-error", "--max-time", "10", "--cacert", str(self.folder / "ca.pem"), "--resolve", f"{host}:443:{address}", *more,
                   f"https://{host}{path}", check=False)

    def post(self, path: str, address: str, body: dict, host: str = DOMAIN) -> int:
        """The status of the answer; 0 when there is none."""
        done = self.get(path, address, "--header", "content-type: application/json", "--data", json.dumps(body), "--output", "/dev/null", "--write-out", "%{http_code}", host=host)
        return int(done.stdout or 0)

    def load(self, addresses: list[str], path: str = "/v1/auth/methods", body: str | None = None) -> Load:
        return Load(addresses, DOMAIN, str(self.folder / "ca.pem"), path, body)

    def services(self) -> dict[str, dict]:
        return {service["service"]: service for service in self.result("stack", "status")["services"]}
