"""The product's stack on a swarm of the tests: busflowctl, its secrets, requests."""
import base64
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import stack_secrets
from hosts import REGISTRY, REPOSITORY, Engine, Failed, Host, Swarm, run
from load import Load

DOMAIN = "bus.example"


class Stack:
    """busflowctl on the stack of a swarm."""

    def __init__(self, binary: str, manager: Host, folder: pathlib.Path, variables: dict[str, str] | None = None):
        """The variables are for files that need more than the production file's."""
        self.variables = variables or {}
        self.binary = binary
        self.manager = manager
        self.folder = folder
        self.secrets: dict[str, str] = {}

    def ctl(self, *arguments: str, version: str = "1.0.0", text: str | None = None, through: Host | None = None) -> subprocess.CompletedProcess:
        environment = {**self.variables, "DOCKER_HOST": (through or self.manager).engine, "STACK_DOMAIN": DOMAIN, "STACK_REGISTRY": REGISTRY, "STACK_VERSION": version, "STACK_PLATFORM_VERSION": "1.0.0",
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

    def invent_secrets(self, *files: str) -> None:
        """Brings what somebody must bring; busflowctl makes the others, and more for more files."""
        self.secrets = stack_secrets.make(self.folder, DOMAIN)
        brought = ("edge_certificate", "edge_key")
        self.result("stack", "secrets", "sync", text=json.dumps({name: self.secrets[name] for name in brought}))
        made = set(self.result("stack", "secrets", "make", *files)["changed"])
        expected = set(self.secrets) - set(brought)
        if not (made == expected or files and made > expected) or self.result("stack", "secrets", "make", *files)["changed"]:
            raise Failed(f"'stack secrets make' made {made}")

    def get(self, path: str, address: str, *more: str, host: str = DOMAIN) -> subprocess.CompletedProcess:
        return run("curl", "--silent", "--show-error", "--max-time", "10", "--cacert", str(self.folder / "ca.pem"), "--resolve", f"{host}:443:{address}", *more,
                   f"https://{host}{path}", check=False)

    def post(self, path: str, address: str, body: dict, host: str = DOMAIN) -> int:
        """The status of the answer; 0 when there is none."""
        done = self.get(path, address, "--header", "content-type: application/json", "--data", json.dumps(body), "--output", "/dev/null", "--write-out", "%{http_code}", host=host)
        return int(done.stdout or 0)

    def send(self, path: str, body: dict, *more: str) -> subprocess.CompletedProcess:
        return self.get(path, self.manager.address, "--header", "content-type: application/json", "--data", json.dumps(body), *more)

    def browse(self, test: str) -> subprocess.CompletedProcess:
        """Runs a file of tests in Chromium, which takes the edge's key for certified, and no other."""
        certificate = self.folder / "edge.pem"
        certificate.write_text(self.secrets["edge_certificate"])
        public_key = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=run("openssl", "x509", "-in", str(certificate), "-pubkey", "-noout").stdout.encode(),
                                    capture_output=True, check=True).stdout
        trusted = base64.b64encode(hashlib.sha256(public_key).digest()).decode()
        return run("node", "--test", "--test-reporter=spec", test, check=False, seconds=300, environment={
            "BUSFLOW_URL": f"https://{DOMAIN}", "BUSFLOW_SERVE_URL": f"https://{DOMAIN}", "BUSFLOW_STATE_DIR": str(self.folder),
            "CHROMIUM_ARGUMENTS": f"--host-resolver-rules=MAP {DOMAIN} {self.manager.address}|--ignore-certificate-errors-spki-list={trusted}"})

    def load(self, addresses: list[str], path: str = "/v1/auth/methods", body: str | None = None) -> Load:
        return Load(addresses, DOMAIN, str(self.folder / "ca.pem"), path, body)

    def services(self) -> dict[str, dict]:
        return {service["service"]: service for service in self.result("stack", "status")["services"]}


class StackTestCase(unittest.TestCase):
    """Tests of one stack, in the order of their names: each goes on where the one before ended. The program's arguments are BUSFLOWCTL and BUILD_FOLDER."""

    engine: Engine
    swarm: Swarm
    stack: Stack

    @classmethod
    def start_engine(cls) -> None:
        cls.engine = cls.enterClassContext(Engine(REPOSITORY / ".local/cluster"))
        cls.engine.build_images("1.0.0", sys.argv[2])

    @classmethod
    def start_swarm(cls, managers: int, workers: dict[str, str], variables: dict[str, str] | None = None) -> None:
        """The workers' tiers by name; the variables are for the stack's files."""
        cls.swarm = cls.enterClassContext(Swarm(managers, workers))
        folder = pathlib.Path(tempfile.mkdtemp(prefix="busflow-stack-"))
        cls.stack = Stack(str(pathlib.Path(sys.argv[1]).resolve()), cls.swarm.managers[0], folder, variables)

    @classmethod
    def run_all(cls, usage: str) -> None:
        if len(sys.argv) < 3:
            sys.exit(usage)
        unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2, failfast=True, catchbreak=True)
