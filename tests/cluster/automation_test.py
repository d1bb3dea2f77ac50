#!/usr/bin/env python3
"""n8n beside the product, as docs/operations/stack.md says: deployed, its editor used by staff, and the shipped workflow announcing a departure.

usage: automation_test.py BUSFLOWCTL BUILD_FOLDER     (a build whose programs go into the images)"""
import datetime
import hashlib
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from hosts import REGISTRY, REPOSITORY, run, wait_for  # noqa: E402 (the path must be set first)
from stack import StackTestCase  # noqa: E402

FILES = ("--files", "docker-compose.production.yml,docker-compose.automation.yml")
RECEIVER = """require('node:http').createServer(async (request, response) => {
  console.log(Buffer.concat(await request.toArray()).toString())
  response.end('{}')
}).listen(8080)"""


def build_n8n() -> str:
    """Its image's version, by what it is made of: 1.3 GB of packages are not fetched again for nothing."""
    sources = b"".join(file.read_bytes() for file in sorted((REPOSITORY / "docker/n8n").iterdir()) if file.is_file())
    version = hashlib.sha256(sources).hexdigest()[:12]
    if run("docker", "manifest", "inspect", "--insecure", f"{REGISTRY}/n8n:{version}", check=False).returncode != 0:
        run(str(REPOSITORY / "docker/build.sh"), "--push", "n8n", seconds=1800, environment={"REGISTRY": REGISTRY, "VERSION": version})
    return version


class Automation(StackTestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.start_engine()
        cls.start_swarm(1, {"worker-1": "stateful"}, {"N8N_VERSION": build_n8n(), "ANNOUNCEMENTS_URL": "http://announcements:8080/"})
        cls.stack.invent_secrets(*FILES)

    def graphql(self, token: str, query: str, **variables) -> dict:
        answer = json.loads(self.stack.send("/v1/graphql", {"query": query, "variables": variables}, "--header", f"authorization: Bearer {token}").stdout)
        self.assertNotIn("errors", answer)
        return answer["data"]

    def test_1_deploy(self) -> None:
        done = self.stack.ctl("stack", "deploy", *FILES)
        if done.returncode != 0:
            logs = self.stack.manager.docker("service", "logs", "--raw", "--tail", "40", "busflow_n8n", check=False)
            self.fail("\n".join([done.stdout, done.stderr, logs.stdout, logs.stderr]))
        self.assertEqual(self.stack.services()["n8n"]["state"], "ready")
        manager = self.stack.manager
        api = manager.docker("ps", "--quiet", "--filter", "name=busflow_api").stdout.split()[0]
        manager.docker("exec", api, "busflow", "seed")

    def test_2_its_editor_is_for_staff(self) -> None:
        done = self.stack.browse("tests/cluster/n8n_editor.test.mjs")
        self.assertIn("pass 3", done.stdout, done.stdout[-6000:] + done.stderr[-2000:])

    def test_3_nothing_but_the_editor_is_reached_from_outside(self) -> None:
        self.assertIn("Sign in first", self.stack.get("/admin/automation/rest/settings", self.stack.manager.address, "--header", "accept: application/json").stdout)
        self.assertIn("<div id=\"app\">", self.stack.get("/webhook/busflow", self.stack.manager.address).stdout)  # The workspace answers.
        self.assertEqual(self.stack.post("/admin/automation/webhook/busflow", self.stack.manager.address, {}), 401)

    def test_4_a_departure_that_goes_on_sale_is_announced(self) -> None:
        manager = self.stack.manager
        manager.docker("service", "create", "--detach", "--quiet", "--name", "announcements", "--network", "busflow_edge", "--endpoint-mode", "dnsrr", "--constraint", "node.role == manager",
                       "--no-healthcheck", "--entrypoint", "node", f"{REGISTRY}/queues:1.0.0", "-e", RECEIVER)
        session = json.loads(self.stack.send("/v1/auth/signin/email-password", {"email": "dispatcher@bruning.example", "password": "busflow-demo"}).stdout)["session"]
        token = session["accessToken"]
        found = self.graphql(token, "{ backoffice_tour_templates(limit: 1) { id } backoffice_vehicles(order_by: {seat_count: desc}, limit: 1) { id } }")
        day = (datetime.date.today() + datetime.timedelta(days=200)).isoformat()
        made = {"tour_template_id": found["backoffice_tour_templates"][0]["id"], "start_date": day, "capacity": 20, "vehicle_id": found["backoffice_vehicles"][0]["id"]}
        departure = self.graphql(token, "mutation ($input: CreateDepartureInput!) { createDeparture(input: $input) { id } }", input=made)["createDeparture"]["id"]
        for step in ("markDepartureReady", "publishDeparture"):
            self.graphql(token, f"mutation ($id: uuid!) {{ {step}(id: $id) {{ status }} }}", id=departure)
        announced = lambda: [line for line in manager.docker("service", "logs", "--raw", "announcements").stdout.splitlines() if day in line]  # noqa: E731
        wait_for("it is announced", announced, 120)
        self.assertRegex(announced()[0], r"New on sale: .+ EUR")

    def test_5_without_the_second_file_it_is_gone(self) -> None:
        done = self.stack.ctl("stack", "deploy")
        self.assertEqual(done.returncode, 0, f"{done.stdout}\n{done.stderr}")
        self.assertNotIn("n8n", self.stack.services())


if __name__ == "__main__":
    Automation.run_all(__doc__)
