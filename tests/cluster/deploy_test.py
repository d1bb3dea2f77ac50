#!/usr/bin/env python3
"""The production stack on one manager and one worker for data: deployed, used, updated under load, broken, taken back, rotated, tidied up.

usage: deploy_test.py BUSFLOWCTL BUILD_FOLDER     (a build whose programs go into the images)"""
import json
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import stack_secrets  # noqa: E402 (the path must be set first)
from hosts import REGISTRY, REPOSITORY, Host, run, wait_for  # noqa: E402
from stack import DOMAIN, StackTestCase  # noqa: E402

BROKEN = f"""FROM {REGISTRY}/busflow:1.0.0
ENV BUSFLOW_DATABASE_CONNECT_TIMEOUT_MS=1000 BUSFLOW_HTTP_PORT=4999
"""


# It is healthy, and gives up on whatever takes its one thread longer than a moment.
SLOW = f"""FROM {REGISTRY}/busflow:1.0.0
ENV BUSFLOW_HTTP_REQUEST_TIMEOUT_MS=50 BUSFLOW_WORKERS_THREADS=1
"""


EVENTS = """require('node:http').createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  if (request.method === 'HEAD') return response.end()
  setInterval(() => response.write(`data: ${new Date().toISOString()}\\n\\n`), 1000)
}).listen(8080)"""


class Deploy(StackTestCase):
    events: pathlib.Path
    stream: subprocess.Popen
    stream_begun: float

    @classmethod
    def setUpClass(cls) -> None:
        cls.start_engine()
        cls.engine.derive("busflow", "1.1.0", f"FROM {REGISTRY}/busflow:1.0.0\nLABEL org.opencontainers.image.version=1.1.0\nENV BUSFLOW_TELEMETRY_SERVICE_NAME=next\n")
        cls.engine.derive("busflow", "1.2.0", BROKEN)
        cls.engine.derive("busflow", "1.3.0", SLOW)
        for image in ("web", "queues", "backup"):
            for version in ("1.1.0", "1.2.0", "1.3.0"):
                run("docker", "tag", f"{REGISTRY}/{image}:1.0.0", f"{REGISTRY}/{image}:{version}")
                run("docker", "push", "--quiet", f"{REGISTRY}/{image}:{version}")
        cls.start_swarm(1, {"worker-1": "stateful"})

    @property
    def address(self) -> str:
        return self.swarm.managers[0].address

    def test_1_without_secrets_nothing_is_deployed(self) -> None:
        done = self.stack.ctl("stack", "deploy")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no secret internal_ca", done.stderr, f"exit code {done.returncode}: {done.stdout}")
        self.assertEqual(self.swarm.managers[0].docker("service", "ls", "--quiet").stdout, "")

    def test_2_a_first_deployment(self) -> None:
        self.stack.make_secrets()
        done = self.stack.ctl("stack", "deploy")
        self.assertEqual(done.returncode, 0, f"{done.stdout}\n{done.stderr}")
        services = self.stack.services()
        self.assertEqual(set(services), {"traefik", "socket-proxy", "web", "queues", "api", "work", "migrate", "postgres", "redis", "object-store", "backup-producer", "postgres-exporter", "node-exporter"})
        for name, service in services.items():
            self.assertEqual(service["state"], "ready", name)
        self.assertEqual(services["postgres"]["nodes"], "worker-1")
        self.assertEqual(services["node-exporter"]["running"], 2)

    def test_3_the_workspace_answers_through_traefik(self) -> None:
        page = self.stack.get("/", self.address, "--dump-header", "-")
        self.assertIn("<div id=\"app\">", page.stdout)
        for header in ("content-security-policy: default-src 'self'", "strict-transport-security: max-age=31536000", "x-content-type-options: nosniff"):
            self.assertIn(header, page.stdout.lower())
        self.assertEqual(json.loads(self.stack.get("/healthz", self.address).stdout), {"status": "ok"})
        self.assertIn("password", json.loads(self.stack.get("/v1/auth/methods", self.address).stdout)["methods"])
        self.assertEqual(run("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", f"http://{self.address}:8082/healthz").stdout, "200")
        self.assertIn("For the staff of the platform", self.stack.get("/admin/queues", self.address).stdout)
        self.assertIn("308", run("curl", "--silent", "--head", "--header", f"Host: {DOMAIN}", f"http://{self.address}/").stdout.splitlines()[0])

    def test_3b_people_use_it_in_a_browser(self) -> None:
        """Signing in, live queries over WebSockets, leaving; through Traefik, with its headers and its certificate."""
        manager = self.swarm.managers[0]
        api = manager.docker("ps", "--quiet", "--filter", "name=busflow_api").stdout.split()[0]
        manager.docker("exec", api, "busflow", "seed")
        done = self.stack.browse("tests/e2e/sign_in.test.mjs")
        self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-2000:])
        self.assertIn("pass 3", done.stdout)

    def test_3c_a_stream_of_events_begins(self) -> None:
        """One event a second, behind the middlewares of the product; test 9b looks what became of it. None of the product's own services streams for so long."""
        manager = self.swarm.managers[0]
        labels = {"busflow.edge": "busflow", "traefik.enable": "true", "traefik.http.routers.events.rule": f"Host(`{DOMAIN}`) && Path(`/events`)",
                  "traefik.http.routers.events.entrypoints": "websecure", "traefik.http.routers.events.middlewares": "security@file,retry@file,compress@file",
                  "traefik.http.services.events.loadbalancer.server.port": "8080"}
        manager.docker("service", "create", "--detach", "--quiet", "--name", "events", "--network", "busflow_edge", "--endpoint-mode", "dnsrr", "--constraint", "node.role == manager", "--no-healthcheck",
                       *(part for label, value in labels.items() for part in ("--label", f"{label}={value}")), "--entrypoint", "node", f"{REGISTRY}/queues:1.0.0", "-e", EVENTS)
        type(self).events = self.stack.folder / "events"
        wait_for("it is routed", lambda: "text/event-stream" in self.stack.get("/events", self.address, "--head").stdout, 60)  # Until then the workspace answers.
        with self.events.open("wb") as file:
            type(self).stream = subprocess.Popen(["curl", "--silent", "--no-buffer", "--compressed", "--cacert", str(self.stack.folder / "ca.pem"), "--resolve",
                                                  f"{DOMAIN}:443:{self.address}", f"https://{DOMAIN}/events"], stdout=file)
        self.addClassCleanup(self.stream.kill)
        type(self).stream_begun = time.monotonic()
        wait_for("events come one by one", lambda: self.events.read_bytes().count(b"data:") >= 2, 10)
        self.assertLess(self.events.read_bytes().count(b"data:"), 8)

    def test_4_secrets_show_nowhere(self) -> None:
        shown = {"secrets list": self.stack.ctl("stack", "secrets", "list").stdout, "audit log": (self.stack.folder / "state/audit.jsonl").read_text()}
        for host in self.swarm.hosts:
            shown[f"inspect on {host.name}"] = host.docker("inspect", *host.docker("ps", "--quiet").stdout.split()).stdout
            shown[f"processes of {host.name}"] = run("docker", "exec", host.name, "ps", "axww").stdout
        manager = self.swarm.managers[0]
        for service in manager.docker("service", "ls", "--format", "{{.Name}}").stdout.split():
            shown[f"inspect of {service}"] = manager.docker("service", "inspect", service).stdout
            logs = manager.docker("service", "logs", "--raw", service)
            shown[f"logs of {service}"] = logs.stdout + logs.stderr
        for where, text in shown.items():
            self.assertTrue(text or where.startswith("logs"), where)
            for name, value in self.stack.secrets.items():
                if "certificate" in name or name == "internal_ca":
                    continue
                for line in value.splitlines():
                    if len(line) >= 32 and line in text:
                        self.fail(f"a part of the secret {name} is in: {where}")

    def test_4b_a_dump_is_taken_inside(self) -> None:
        """By the producer, from the stack's PostgreSQL into its object store; both over TLS."""
        manager = self.swarm.managers[0]
        producer = manager.docker("ps", "--quiet", "--filter", "name=busflow_backup-producer").stdout.split()[0]
        made = manager.docker("exec", producer, "busflowctl", "backup", "create", "--json", check=False, seconds=120)
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        listed = json.loads(manager.docker("exec", producer, "busflowctl", "backup", "list", "--json").stdout)["result"]
        self.assertEqual(len(listed["dumps"]), 1, listed)

    def test_4c_images_are_reproducible_and_small(self) -> None:
        """What was collected and packed anew is the same layer, bit for bit."""
        layers = lambda tag: json.loads(run("docker", "image", "inspect", "--format", "{{json .RootFS.Layers}}", tag).stdout)  # noqa: E731
        run(str(REPOSITORY / "docker/build.sh"), "--binaries", sys.argv[2], "busflow", seconds=300, environment={"REGISTRY": "again", "VERSION": "1"})
        run("docker", "build", "--no-cache", "--quiet", "--tag", "again/busflow:2", "--file", str(REPOSITORY / "docker/busflow/Dockerfile"), str(REPOSITORY / "build/images/busflow"),
            environment={"DOCKER_BUILDKIT": "0"}, seconds=120)
        self.assertEqual(layers("again/busflow:2"), layers(f"{REGISTRY}/busflow:1.0.0"))
        self.assertLess(int(run("docker", "image", "inspect", "--format", "{{.Size}}", "again/busflow:2").stdout), 80_000_000)
        parts = json.loads((REPOSITORY / "build/images/busflow/usr/share/sbom/sbom.spdx.json").read_text())["packages"]
        self.assertLessEqual({"libpq5", "vips"}, {part["name"] for part in parts})  # Debian's and what is not Debian's.
        run("docker", "rmi", "again/busflow:1", "again/busflow:2")
        # Of the others, what is ours: the layer after those of Debian's packages.
        run(str(REPOSITORY / "docker/build.sh"), "traefik", "web", seconds=300, environment={"REGISTRY": "again", "VERSION": "1"})
        for name in ("traefik", "web"):
            dockerfile = REPOSITORY / f"docker/{name}/Dockerfile"
            run("docker", "build", "--no-cache", "--quiet", "--tag", f"again/{name}:2", "--file", str(dockerfile), str(REPOSITORY / f"build/images/{name}"), environment={"DOCKER_BUILDKIT": "0"}, seconds=300)
            steps = [line.split()[0] for line in dockerfile.read_text().splitlines() if line.startswith(("COPY ", "RUN "))]
            ours = steps.index("COPY") - len(steps)
            self.assertEqual(layers(f"again/{name}:2")[ours], layers(f"{REGISTRY}/{name}:1.0.0")[ours], name)
            run("docker", "rmi", f"again/{name}:1", f"again/{name}:2")

    def test_4f_every_image_says_what_it_is_and_how_it_is(self) -> None:
        parts = {"busflow": "vips", "web": "nginx-light", "queues": "bullmq", "postgres": "postgresql-17", "redis": "redis-server", "traefik": "traefik", "socket-proxy": "nginx-light",
                 "object-store": "versitygw", "backup": "rclone", "exporters": "prometheus-postgres-exporter"}
        for name, part in parts.items():
            image = json.loads(run("docker", "image", "inspect", f"{REGISTRY}/{name}:1.0.0").stdout)[0]["Config"]
            self.assertTrue(image["Healthcheck"]["Test"], name)
            title = name if name == "busflow" else f"busflow-{name}"
            self.assertEqual((image["Labels"]["org.opencontainers.image.title"], image["Labels"]["org.opencontainers.image.version"]), (title, "1.0.0"))
            container = run("docker", "create", f"{REGISTRY}/{name}:1.0.0").stdout.strip()
            listed = self.stack.folder / f"{name}.spdx.json"
            run("docker", "cp", f"{container}:/usr/share/sbom/sbom.spdx.json", str(listed))
            run("docker", "rm", container)
            self.assertIn(part, {package["name"] for package in json.loads(listed.read_text())["packages"]}, name)

    def test_4d_the_engine_can_be_looked_at_and_nothing_else(self) -> None:
        """docker/socket-proxy, which Traefik and Portainer see the Swarm through."""
        manager = self.swarm.managers[0]
        manager.docker("run", "--detach", "--rm", "--name", "look", "--read-only", "--cap-drop", "ALL", "--tmpfs", "/tmp", "--volume", "/var/run/docker.sock:/var/run/docker.sock:ro",
                       "--publish", "2375:2375", f"{REGISTRY}/socket-proxy:1.0.0", seconds=120)
        look = lambda *arguments: run("docker", "--host", f"tcp://{manager.address}:2375", *arguments, check=False)  # noqa: E731
        wait_for("it answers", lambda: look("info").returncode == 0, 30)
        self.assertIn("busflow_api", look("service", "ls").stdout)
        self.assertIn("worker-1", look("node", "ls").stdout)
        for refused in (("service", "rm", "busflow_api"), ("service", "update", "--replicas", "0", "busflow_api"), ("run", "--rm", "debian:bookworm-slim"), ("config", "ls"),
                        ("cp", "look:/etc/passwd", "-"), ("swarm", "unlock-key"), ("swarm", "join-token", "manager"), ("exec", "look", "true")):
            done = look(*refused)
            self.assertNotEqual(done.returncode, 0, refused)
            self.assertIn("this way to the engine", done.stderr, refused)
        manager.docker("rm", "--force", "look")

    def test_4e_only_the_way_to_the_engine_is_root(self) -> None:
        """The socket's group differs from host to host."""
        for host in self.swarm.hosts:
            for container in json.loads(host.docker("inspect", *host.docker("ps", "--quiet", "--filter", "name=busflow_").stdout.split()).stdout):
                is_proxy = container["Name"].startswith("/busflow_socket-proxy.")
                self.assertEqual(any(mount["Source"].endswith("docker.sock") for mount in container["Mounts"]), is_proxy, container["Name"])
                self.assertEqual(container["Config"]["User"] in ("", "root", "0"), is_proxy, container["Name"])

    def test_5_an_update_under_load_loses_nothing(self) -> None:
        with self.stack.load([self.address]) as load:
            load.wait_for(200, 30)
            done = self.stack.ctl("stack", "deploy", version="1.1.0")
            self.assertEqual(done.returncode, 0, f"{done.stdout}\n{done.stderr}")
            load.wait_for(10_000, 120)
        self.assertEqual(load.failures, [])
        self.assertGreaterEqual(load.answered, 10_000)
        self.assertEqual(self.stack.services()["api"]["image"], "busflow:1.1.0")

    def test_5b_profile(self) -> None:
        """What docker-compose.production.yml says under x-profile was measured so."""
        measured = []
        with self.stack.load([self.address]):
            for host in self.swarm.hosts:
                measured += self.stack.result("stack", "profile", "--for", "20s", through=host)["services"]
        (REPOSITORY / ".local/cluster/profile.json").write_text(json.dumps(measured, indent=1))
        services = {service["service"]: service for service in measured}
        self.assertLessEqual({"api", "web", "work", "postgres", "redis", "traefik"}, set(services))
        for name, service in services.items():
            self.assertGreater(service["peak_bytes"], 1 << 20, name)

    def canary_answers(self) -> int:
        """What the canary says that it has answered, health checks left out."""
        manager = self.swarm.managers[0]
        container = manager.docker("ps", "--quiet", "--filter", "name=busflow_api-canary").stdout.split()[0]
        metrics = manager.docker("exec", container, "curl", "-s", "http://127.0.0.1:4000/metrics").stdout
        return sum(int(line.rsplit(" ", 1)[1]) for line in metrics.splitlines() if line.startswith("http_requests_total{") and '"/healthz"' not in line and '"/metrics"' not in line)

    def test_5c_a_canary_takes_its_share_and_is_promoted(self) -> None:
        with self.stack.load([self.address]) as load:
            done = self.stack.ctl("stack", "canary", "start", "--share", "20", "--for", "5s", version="1.0.0")
            self.assertEqual(done.returncode, 0, f"{done.stdout}\n{done.stderr}")
            self.assertIn("next: 'busflowctl stack canary promote'", done.stdout)
            self.assertEqual(self.stack.services()["api-canary"]["image"], "busflow:1.0.0")
            self.assertEqual(self.stack.services()["api"]["image"], "busflow:1.1.0")
            all_before, canary_before = load.answered, self.canary_answers()
            load.wait_for(all_before + 3000, 60)
            share = 100 * (self.canary_answers() - canary_before) / (load.answered - all_before)
            self.assertAlmostEqual(share, 20, delta=3)
            self.assertIn("has a canary already", self.stack.ctl("stack", "canary", "start", version="1.0.0").stderr)
            self.assertEqual(self.stack.result("stack", "canary", "promote")["version"], "1.0.0")
        self.assertEqual(load.failures, [])
        services = self.stack.services()
        self.assertNotIn("api-canary", services)
        self.assertEqual(services["api"]["image"], "busflow:1.0.0")
        self.assertEqual(services["api"]["state"], "ready")

    def test_5d_a_canary_that_fails_requests_is_aborted(self) -> None:
        people = json.dumps({"email": "manager@bruning.example", "password": "busflow-demo"})
        with self.stack.load([self.address], "/v1/auth/signin/email-password", people) as load:
            done = self.stack.ctl("stack", "canary", "start", "--share", "50", "--for", "3m", version="1.3.0")
            self.assertEqual(done.returncode, 24, f"{done.stdout}\n{done.stderr}")
            self.assertIn("requests failed within", done.stderr)
            failed, answered = len(load.failures), load.answered
            self.assertGreaterEqual(failed, 10)  # Else nothing was concluded.
            load.wait_for(answered + 50, 60)
        self.assertEqual(load.failures[failed:], [])
        manager = self.swarm.managers[0]
        self.assertNotIn("canary", manager.docker("service", "ls", "--format", "{{.Name}}").stdout)
        self.assertNotIn("server.weight", manager.docker("service", "inspect", "--format", "{{json .Spec.Labels}}", "busflow_api").stdout)
        self.assertIn("there was no canary", self.stack.ctl("stack", "canary", "abort").stdout)

    def test_6_a_broken_version_leaves_the_old_one_serving(self) -> None:
        before = self.stack.services()["api"]["image"]
        with self.stack.load([self.address]) as load:
            done = self.stack.ctl("stack", "deploy", version="1.2.0")
        self.assertEqual(done.returncode, 22, f"{done.stdout}\n{done.stderr}")
        self.assertIn("api went back", done.stderr)
        self.assertIn("health check: curl: (7)", done.stderr)
        self.assertEqual(load.failures, [])
        self.assertGreater(load.answered, 100)
        wait_for("the old version is back", lambda: self.stack.services()["api"]["image"] == before)

    def test_7_rollback(self) -> None:
        kept = self.stack.result("stack", "status")["deployments"]
        self.assertEqual([deployment["version"] for deployment in kept], ["1.0.0", "1.1.0", "1.0.0"])
        back = self.stack.result("stack", "rollback")
        self.assertEqual(back["version"], "1.0.0")
        self.assertEqual(self.present(), [kept[0]["id"]])
        back = self.stack.result("stack", "rollback", "--to", kept[1]["id"])
        self.assertEqual(back["version"], "1.1.0")
        self.assertEqual(self.stack.services()["api"]["image"], "busflow:1.1.0")
        self.assertEqual(self.present(), [kept[1]["id"]])
        self.assertIn(kept[2]["id"], self.stack.ctl("stack", "rollback", "--dry-run").stdout, "one after another goes further back")

    def present(self) -> list[str]:
        return [deployment["id"] for deployment in self.stack.result("stack", "status")["deployments"] if deployment["present"]]

    def accounts(self, stack: str, email: str) -> str:
        worker = self.swarm.workers["worker-1"]
        container = worker.docker("ps", "--quiet", "--filter", f"name={stack}_postgres.").stdout.split()[0]
        return worker.docker("exec", container, "psql", "-h", "/tmp", "-U", "postgres", "-d", "busflow", "-tAc", f"SELECT count(*) FROM identity.users WHERE email = '{email}'").stdout.strip()

    def test_7b_a_preview_stands_beside_production_and_goes(self) -> None:
        host, account = f"pr-12.preview.{DOMAIN}", {"email": "guest@bus.example", "password": "long-enough-1"}
        up = self.stack.ctl("stack", "preview", "up", "pr-12", version="1.0.0")
        self.assertEqual(up.returncode, 0, f"{up.stdout}\n{up.stderr}")
        self.assertIn(f"https://{host}", up.stdout)
        self.assertIn("<div id=\"app\">", self.stack.get("/", self.address, host=host).stdout)
        signed_in = self.stack.post("/v1/auth/signin/email-password", self.address, {"email": "manager@bruning.example", "password": "busflow-demo"}, host=host)
        self.assertEqual(signed_in, 200)
        # What is written there is nowhere else, and what it sends stays there.
        self.assertEqual(self.stack.post("/v1/auth/signup/email-password", self.address, account, host=host), 200)
        mails = lambda: self.stack.get(f"/v1/mailbox/messages?recipient={account['email']}", self.address, host=host).stdout  # noqa: E731
        wait_for("its mail is in its own mailbox", lambda: account["email"] in mails(), 30)
        self.assertNotIn(account["email"], self.stack.get(f"/v1/mailbox/messages?recipient={account['email']}", self.address).stdout)
        self.assertEqual(self.accounts("preview-pr-12", account["email"]), "1")
        self.assertEqual(self.accounts("busflow", account["email"]), "0")
        self.assertEqual([(one["preview"], one["over"]) for one in self.stack.result("stack", "preview", "list")["previews"]], [("pr-12", False)])
        self.assertEqual(self.stack.result("stack", "preview", "sweep")["ended"], [])
        self.assertIn("is no name of a preview", self.stack.ctl("stack", "preview", "up", "PR_12").stderr)
        self.stack.result("stack", "preview", "up", "pr-12", "--ttl", "1s", version="1.0.0")
        self.assertEqual(self.stack.result("stack", "preview", "sweep")["ended"], ["pr-12"])
        manager = self.swarm.managers[0]
        for kind in ("service", "secret", "config", "network"):
            self.assertNotIn("preview-pr-12", manager.docker(kind, "ls", "--format", "{{.Name}}").stdout, kind)
        wait_for("its address is nobody's", lambda: "404" in self.stack.get("/", self.address, "--head", host=host).stdout, 15)
        worker = self.swarm.workers["worker-1"]
        self.assertIn("preview-pr-12_postgres", worker.docker("volume", "ls", "--quiet").stdout)
        wait_for("its volumes go with what nobody needs", lambda: "volume" in self.pruned("--older-than", "1s", through=worker), 20)
        self.assertNotIn("preview-pr-12", worker.docker("volume", "ls", "--quiet").stdout)
        self.assertIn("busflow_postgres", worker.docker("volume", "ls", "--quiet").stdout)
        self.assertIn("ok", self.stack.get("/healthz", self.address).stdout)

    def pruned(self, *options: str, through: Host | None = None) -> set[str]:
        return {one["kind"] for one in self.stack.result("stack", "prune", *options, through=through)["garbage"] if one["removed"]}

    def test_9_prune_keeps_what_is_needed(self) -> None:
        worker = self.swarm.workers["worker-1"]
        before = set(worker.docker("image", "ls", "--quiet", "--no-trunc").stdout.split())
        (self.stack.folder / "old").mkdir()
        run("tar", "--create", "--file", str(self.stack.folder / "old.tar"), "--directory", str(self.stack.folder), "old")
        for version in ("1", "2"):
            worker.docker("import", str(self.stack.folder / "old.tar"), f"old:{version}")
        self.assertEqual(self.stack.result("stack", "prune", through=worker)["garbage"], [])  # Too young.
        options = ("--older-than", "1s", "--versions", "1")
        wait_for("it is old enough", lambda: self.stack.result("stack", "prune", "--dry-run", *options, through=worker)["garbage"], 10)
        self.stack.result("stack", "prune", *options, through=worker)
        running = set(worker.docker("inspect", "--format", "{{.Image}}", *worker.docker("ps", "--quiet").stdout.split()).stdout.split())
        left = set(worker.docker("image", "ls", "--quiet", "--no-trunc").stdout.split())
        self.assertLessEqual(running, left)
        self.assertEqual(worker.docker("image", "ls", "--format", "{{.Tag}}", "old").stdout.split(), ["2"])  # The newest stays.
        self.assertLess(len(left), len(before) + 2)
        for value in ("1" * 32, "2" * 32):
            self.stack.result("stack", "secrets", "rotate", "nobody_has_it", text=value)
        wait_for("the first is old enough", lambda: "secret" in self.pruned(*options), 10)
        self.assertIn("nobody_has_it", self.stack.ctl("stack", "secrets", "list").stdout)  # The present one stays.
        self.assertEqual(self.stack.ctl("stack", "rollback").returncode, 0)
        for name, service in self.stack.services().items():
            self.assertEqual(service["state"], "ready", name)

    def test_9b_the_stream_of_events_lived(self) -> None:
        """For ten minutes, through all updates and the canary: Traefik itself was not restarted."""
        time.sleep(max(0.0, 601 - (time.monotonic() - self.stream_begun)))
        seconds = time.monotonic() - self.stream_begun
        self.assertIsNone(self.stream.poll(), "the stream ended")
        self.assertGreaterEqual(self.events.read_bytes().count(b"data:"), int(seconds * 0.9))
        print(f"a stream of {seconds:.0f} s ", end="", file=sys.stderr, flush=True)
        self.stream.kill()
        self.swarm.managers[0].docker("service", "rm", "events")

    def test_9c_a_secret_is_rotated(self) -> None:
        """Traefik's, which restarts it: the stream of before is over."""
        signed, key = stack_secrets.certificate(self.stack.folder, "edge2", [DOMAIN])
        done = self.stack.result("stack", "secrets", "sync", text=json.dumps({"edge_certificate": signed, "edge_key": key}))
        self.assertEqual(done, {"changed": ["edge_certificate", "edge_key"], "services_updated": 1})
        self.assertEqual(self.stack.result("stack", "secrets", "sync", text=json.dumps({"edge_key": key})), {"changed": [], "services_updated": 0})
        shown = run("openssl", "s_client", "-connect", f"{self.address}:443", "-servername", DOMAIN, text="").stdout
        self.assertIn(signed.strip().splitlines()[1], shown)
        versions = [secret for secret in self.stack.result("stack", "secrets", "list")["secrets"] if secret["name"] == "edge_key"]
        self.assertEqual([version["present"] for version in versions], [True, False])
        self.assertIn("empty", self.stack.ctl("stack", "secrets", "rotate", "edge_key", text="").stderr)

    def test_9d_a_password_of_the_database_is_rotated(self) -> None:
        """PostgreSQL has it before those that sign in with it: else they would not become healthy, and go back to the old one."""
        before = self.stack.services()["api"]["image"]
        done = self.stack.ctl("stack", "secrets", "rotate", "database_service_password", text="b" * 40)
        self.assertEqual(done.returncode, 0, f"{done.stdout}\n{done.stderr}")
        services = self.stack.services()
        for name in ("postgres", "api", "work"):
            self.assertEqual(services[name]["state"], "ready", name)
        self.assertEqual(services["api"]["image"], before)
        present = [secret for secret in self.stack.result("stack", "secrets", "list")["secrets"] if secret["name"] == "database_service_password" and secret["present"]]
        self.assertLessEqual({"api", "postgres", "work"}, set(present[0]["services"]))
        self.assertEqual(self.stack.post("/v1/auth/signin/email-password", self.address, {"email": "manager@bruning.example", "password": "busflow-demo"}), 200)


if __name__ == "__main__":
    Deploy.run_all(__doc__)
