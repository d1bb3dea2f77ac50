"""Servers for the cluster tests: an engine of our own, in which containers play servers, each with an engine of its own, and a registry of images.

Everything is on a bridge network that only this machine sees, and gone at the end. Needs root, docker.io, debootstrap and docker-registry."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SUBNET = "172.30.0"
REGISTRY = f"{SUBNET}.1:5000"
HOST_IMAGE = "busflow-test-host"
CAPABILITIES = ("SYS_ADMIN", "NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP", "DAC_READ_SEARCH", "SYS_TIME", "IPC_LOCK",
                "LINUX_IMMUTABLE", "SYS_NICE", "SYSLOG")
HOST_PACKAGES = "docker.io iptables ca-certificates iproute2 procps curl"


class Failed(Exception):
    pass


def run(*arguments: str, text: str | None = None, seconds: float = 300, environment: dict | None = None, check: bool = True) -> subprocess.CompletedProcess:
    done = subprocess.run(arguments, input=text, stdin=subprocess.DEVNULL if text is None else None, capture_output=True, text=True, timeout=seconds, check=False,
                          env={**os.environ, **(environment or {})})
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(arguments[:6])} …: exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done


def wait_for(what: str, holds, seconds: float = 60, interval: float = 0.5):
    """Asks until it holds; what it returned."""
    end = time.monotonic() + seconds
    while True:
        try:
            if result := holds():
                return result
            problem = ""
        except Failed as failed:
            problem = str(failed)
        if time.monotonic() > end:
            raise Failed(f"not within {seconds:.0f} s: {what} {problem}")
        time.sleep(interval)


class Engine:
    """The engine that plays the data centre. Its data stays in `data`, so that images are made once."""

    def __init__(self, data: pathlib.Path):
        self.data = data
        self.run = pathlib.Path(tempfile.mkdtemp(prefix="busflow-cluster-"))
        self.socket = f"unix://{self.run}/docker.sock"
        self.processes: list[subprocess.Popen] = []

    def __enter__(self):
        if os.geteuid() != 0:
            raise Failed("the cluster tests need root: they start an engine")
        for program in ("dockerd", "docker", "debootstrap", "docker-registry"):
            if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin") is None:
                raise Failed(f"{program} is missing: run tools/install.sh")
        try:
            self._bring_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _bring_up(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        os.environ["DOCKER_HOST"] = self.socket
        # No image is pulled here and no credentials are needed; the user's own settings stay out of it.
        os.environ["DOCKER_CONFIG"] = str(self.run)
        self._start("engine", "dockerd", "--data-root", str(self.data / "engine"), "--exec-root", str(self.run / "exec"), "--host", self.socket, "--pidfile",
                    str(self.run / "pid"), "--insecure-registry", REGISTRY)
        wait_for("the engine answers", lambda: run("docker", "info", check=False).returncode == 0)
        run("docker", "network", "rm", "busflow-cloud", check=False)
        left = run("ip", "-oneline", "-4", "address").stdout + run("iptables", "--table", "nat", "--list-rules").stdout
        if f"{SUBNET}." in left:
            raise Failed(f"{SUBNET}.0/24 is taken on this machine: by another run of the cluster tests, or by the bridge (ip link delete) and the rules "
                         "(iptables --table nat --delete) of one that was killed")
        run("docker", "network", "create", "--subnet", f"{SUBNET}.0/24", "busflow-cloud")
        configuration = self.run / "registry.yml"
        configuration.write_text(f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {self.data / 'registry'}}}}}\nhttp: {{addr: '{REGISTRY}'}}\n")
        self._start("registry", "docker-registry", "serve", str(configuration))
        wait_for("the registry answers", lambda: run("curl", "-sf", f"http://{REGISTRY}/v2/", check=False).returncode == 0)

    def __exit__(self, *_):
        # An engine leaves its bridges behind, and another one's on the same addresses would be deaf.
        run("docker", "network", "rm", "busflow-cloud", check=False)
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.run, ignore_errors=True)

    def _start(self, name: str, *arguments: str) -> None:
        path = os.environ["PATH"] + ":/usr/sbin"
        with open(self.run / f"{name}.log", "wb") as log:
            self.processes.append(subprocess.Popen(arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, "PATH": path}))

    def build_images(self, version: str, binaries: str) -> None:
        if os.environ.get("CLUSTER_IMAGES_ARE_BUILT"):
            return
        run(str(REPOSITORY / "docker/base/build.sh"), seconds=900)
        if run("docker", "image", "inspect", HOST_IMAGE, check=False).returncode != 0:
            run("docker", "build", "--quiet", "--tag", HOST_IMAGE, "-", seconds=600, environment={"DOCKER_BUILDKIT": "0"},
                text=f"FROM debian:bookworm-slim\nRUN apt-get update && apt-get install --yes --no-install-recommends {HOST_PACKAGES} && rm -rf /var/lib/apt/lists/*\n")
        run(str(REPOSITORY / "docker/build.sh"), "--push", "--binaries", binaries, seconds=1800, environment={"REGISTRY": REGISTRY, "VERSION": version})

    def derive(self, image: str, version: str, dockerfile: str) -> None:
        """A version of an image that differs in what the Dockerfile adds."""
        run("docker", "build", "--quiet", "--tag", f"{REGISTRY}/{image}:{version}", "-", text=dockerfile, seconds=120, environment={"DOCKER_BUILDKIT": "0"})
        run("docker", "push", "--quiet", f"{REGISTRY}/{image}:{version}")


class Host:
    """A container that plays a server."""

    def __init__(self, name: str, number: int):
        self.name = name
        self.address = f"{SUBNET}.{number}"
        self._shared = pathlib.Path(os.environ["DOCKER_CONFIG"]) / "hosts" / name
        self.engine = f"unix://{self._shared}/docker.sock"

    def start(self) -> None:
        self._shared.mkdir(parents=True, exist_ok=True)
        run("docker", "run", "--detach", *(f"--cap-add={capability}" for capability in CAPABILITIES), "--security-opt", "seccomp=unconfined", "--security-opt",
            "apparmor=unconfined", "--security-opt", "systempaths=unconfined", "--device-cgroup-rule", "a *:* rwm", "--cgroupns", "private", "--tmpfs", "/run:exec",
            "--name", self.name, "--hostname", self.name, "--network", "busflow-cloud", "--ip", self.address, "--volume", f"busflow-{self.name}:/var/lib/docker",
            "--volume", f"{self._shared}:/shared", "--volume", f"{REPOSITORY}/tests/cluster/host_entry.sh:/host_entry.sh:ro", "--env", f"REGISTRY={REGISTRY}", HOST_IMAGE, "sh", "/host_entry.sh")

    def is_up(self) -> bool:
        return self.docker("info", check=False).returncode == 0

    def docker(self, *arguments: str, check: bool = True, seconds: float = 60, text: str | None = None) -> subprocess.CompletedProcess:
        """The client with this host's engine, by a socket that the host shares with us."""
        return run("docker", "--host", self.engine, *arguments, check=check, seconds=seconds, text=text)

    def kill(self) -> None:
        """As if its power failed."""
        run("docker", "kill", self.name)

    def revive(self) -> None:
        run("docker", "start", self.name)
        wait_for(f"{self.name} answers", self.is_up)

    def remove(self) -> None:
        run("docker", "rm", "--force", self.name, check=False)
        run("docker", "volume", "rm", "--force", f"busflow-{self.name}", check=False)


class Swarm:
    """Managers and workers that know each other. `tiers` are the labels of the workers, by name."""

    def __init__(self, managers: int, tiers: dict[str, str]):
        self.managers = [Host(f"manager-{number}", 10 + number) for number in range(1, managers + 1)]
        self.workers = {name: Host(name, 20 + number) for number, name in enumerate(tiers, 1)}
        self._tiers = tiers

    @property
    def hosts(self) -> list[Host]:
        return [*self.managers, *self.workers.values()]

    def __enter__(self):
        for host in self.hosts:
            host.remove()
            host.start()
        for host in self.hosts:
            wait_for(f"{host.name} answers", host.is_up)
        first = self.managers[0]
        # As docs/operations/stack.md has it.
        first.docker("swarm", "init", "--dispatcher-heartbeat", "3s", "--advertise-addr", first.address)
        for host in self.hosts[1:]:
            self.join(host, first)
        wait_for("all hosts are of the swarm", lambda: len(self.nodes(first)) == len(self.hosts) and all(node["Status"]["State"] == "ready" for node in self.nodes(first)), 120)
        for name, tier in self._tiers.items():
            first.docker("node", "update", "--label-add", f"tier={tier}", name)
        return self

    def __exit__(self, *_):
        for host in self.hosts:
            host.remove()

    def join(self, host: Host, manager: Host) -> None:
        """As a worker, which is promoted then: a manager whose join fails half-way would stay a voice that never answers."""
        token = manager.docker("swarm", "join-token", "--quiet", "worker").stdout.strip()
        state = lambda: host.docker("info", "--format", "{{.Swarm.LocalNodeState}}").stdout.strip()  # noqa: E731

        def is_of_it() -> bool:
            if state() == "inactive":
                # The client waits 20 s; a machine that is busy goes on by itself.
                host.docker("swarm", "join", "--token", token, f"{manager.address}:2377", check=False)
            if state() == "error":
                host.docker("swarm", "leave", "--force", check=False)
            return state() == "active"

        wait_for(f"{host.name} is of the swarm", is_of_it, 180)
        if host in self.managers:
            # By its id: a lost host of the same name may still be listed.
            node = host.docker("info", "--format", "{{.Swarm.NodeID}}").stdout.strip()
            # Refused as "out of sequence" when the Swarm itself writes down something about the node at that moment.
            wait_for(f"{host.name} is promoted", lambda: manager.docker("node", "promote", node, check=False).returncode == 0, 30)
            wait_for(f"{host.name} is a manager", lambda: host.docker("info", "--format", "{{.Swarm.ControlAvailable}}").stdout.strip() == "true", 120)

    def nodes(self, through: Host) -> list[dict]:
        ids = through.docker("node", "ls", "--quiet").stdout.split()
        return json.loads(through.docker("node", "inspect", *ids).stdout)
