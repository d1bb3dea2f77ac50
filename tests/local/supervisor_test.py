#!/usr/bin/env python3
"""Tests tools/local with real PostgreSQL, Redis and Nginx and a stand-in for the busflow binary."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
TOOL = HERE.parents[1] / "tools/local/busflow-local"
DEADLINE = 60


def wait_for(condition, what: str, seconds: float = DEADLINE):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def processes_naming(text: str) -> list[str]:
    """Command lines of running processes that mention the text. Zombies have none."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if entry.name.isdigit() and text in line and int(entry.name) != os.getpid():
            found.append(line)
    return found


class SupervisorTest(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="busflow-test-"))
        self.root.chmod(0o755)
        self.state = self.root / "state"
        self.web = self.root / "web"
        (self.web / "assets").mkdir(parents=True)
        (self.web / "index.html").write_text("<title>start page</title>")
        (self.web / "assets/app-1a2b.js").write_text("run()" * 1000)
        self.started = []

    def tearDown(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()
        wait_for(lambda: not processes_naming(str(self.root)), f"everything below {self.root} ended")
        subprocess.run([TOOL, "reset", "--force", "--state-dir", self.state], check=True, capture_output=True)
        shutil.rmtree(self.root, ignore_errors=True)

    def start(self, *arguments, wish="", state=None, command=(), any_port=True, **environment):
        line = [TOOL, "run", "--state-dir", state or self.state, "--binary", HERE / "stand_in.py", "--web", self.web, *arguments]
        if any_port and "--port" not in arguments:
            line += ["--port", "0"]
        if command:
            line += ["--exec", *command]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BUSFLOW_")}
        process = subprocess.Popen([str(part) for part in line], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**inherited, "STAND_IN": wish, **environment})
        self.started.append(process)
        return process

    def finish(self, *arguments, **options):
        process = self.start(*arguments, **options)
        output, errors = process.communicate(timeout=DEADLINE)
        return process.returncode, output, errors

    def status(self):
        done = subprocess.run([TOOL, "status", "--state-dir", self.state], capture_output=True, text=True, check=False)
        return json.loads(done.stdout)

    def wait_until_up(self, process) -> str:
        def address():
            self.assertIsNone(process.poll(), "the supervisor ended early")
            return self.status()["address"]
        return wait_for(address, "the product is up")

    def assert_all_ended(self):
        wait_for(lambda: not processes_naming(str(self.root)), "no process is left", 15)

    def get(self, url):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read().decode()

    def test_a_command_runs_inside_and_gives_the_exit_code(self):
        code, output, errors = self.finish(command=["sh", "-c", "echo $BUSFLOW_URL $BUSFLOW_STATE_DIR; exit 7"])
        self.assertEqual(code, 7, errors)
        self.assertRegex(output, rf"^http://localhost:\d+ {self.state}\n$")
        self.assert_all_ended()

    def test_a_part_that_ends_badly_when_stopped_fails_the_run(self):
        code, _, errors = self.finish(wish="serve=leak", command=["true"])
        self.assertEqual(code, 1)
        self.assertIn("serve ended with exit code 23 when it was asked to stop", errors)
        self.assert_all_ended()

    def test_what_the_command_leaves_behind_is_ended(self):
        code, _, errors = self.finish(command=["sh", "-c", f"setsid sh -c 'sleep 600; : {self.root}' & exit 0"])
        self.assertEqual(code, 0, errors)
        self.assert_all_ended()

    def test_nginx_serves_the_web_app_and_passes_requests_on(self):
        process = self.start("--respawn", "serve")
        url = self.wait_until_up(process)
        status, headers, body = self.get(url + "/departures/42")
        self.assertEqual((status, body), (200, "<title>start page</title>"))
        self.assertEqual(headers["Cache-Control"], "no-cache")
        self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
        _, headers, _ = self.get(url + "/assets/app-1a2b.js")
        self.assertIn("immutable", headers["Cache-Control"])
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(self.get(url + "/assets/absent.js")[0], 404)
        request = urllib.request.Request(url + "/v1/graphql", headers={"Upgrade": "websocket"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            self.assertEqual(json.load(answer), {"path": "/v1/graphql", "upgrade": "websocket"})

    def test_a_killed_part_comes_back_when_asked_to(self):
        process = self.start("--respawn", "serve,work")
        self.wait_until_up(process)
        before = self.status()["processes"]["work"]
        subprocess.run([TOOL, "kill", "work", "--state-dir", self.state], check=True)
        wait_for(lambda: self.status()["processes"].get("work", before) != before, "work runs again")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(DEADLINE), 0)

    def test_a_dying_part_stops_the_rest_and_is_named(self):
        process = self.start()
        self.wait_until_up(process)
        subprocess.run([TOOL, "kill", "serve", "--state-dir", self.state], check=True)
        _, errors = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, 1)
        self.assertIn("serve was ended by SIGKILL", errors)
        self.assertIn("| serve ready", errors)
        self.assert_all_ended()

    def test_a_failing_start_shows_the_log(self):
        for verb in ("migrate", "serve"):
            code, _, errors = self.finish(wish=f"{verb}=die")
            self.assertEqual(code, 1)
            self.assertIn(f"{verb} ended with exit code 5", errors)
            self.assertIn("| stand-in dies as asked", errors)
            self.assert_all_ended()

    def test_a_taken_port_names_its_holder(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            port = holder.getsockname()[1]
            code, _, errors = self.finish("--port", str(port))
        self.assertEqual(code, 1)
        self.assertRegex(errors, rf"port {port} is taken by \S+ \(process {os.getpid()}\)")
        self.assertIn(f"BUSFLOW_PORT={port + 1} make run", errors)

    def test_a_second_checkout_runs_beside_the_first(self):
        first = self.start(any_port=False)
        address = self.wait_until_up(first)
        code, output, errors = self.finish(any_port=False, state=self.root / "other", command=["sh", "-c", "echo $BUSFLOW_URL"])
        self.assertEqual(code, 0, errors)
        self.assertRegex(output, r"using \d+ \(BUSFLOW_PORT chooses another\)\nhttp://localhost:\d+\n$")
        self.assertNotIn(address + "\n", output)
        subprocess.run([TOOL, "reset", "--force", "--state-dir", self.root / "other"], check=True, capture_output=True)

    def test_it_stops_while_it_starts(self):
        process = self.start(wish="migrate=hang")
        wait_for(lambda: "migrate.pid" in os.listdir(self.state / "run") if (self.state / "run").exists() else False, "migrate runs")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 0)
        self.assert_all_ended()

    def test_a_second_signal_hurries(self):
        process = self.start(wish="serve=stubborn")
        self.wait_until_up(process)
        process.send_signal(signal.SIGINT)
        wait_for(lambda: not (self.state / "run/address").exists(), "it begins to stop")
        wait_for(lambda: not (self.state / "run/nginx.pid").exists(), "Nginx has stopped")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=10)
        self.assertIn("serve did not stop; killed as asked twice", output)
        self.assert_all_ended()

    def test_nothing_survives_a_killed_supervisor(self):
        process = self.start()
        self.wait_until_up(process)
        process.kill()
        process.wait()
        self.assert_all_ended()
        code, _, errors = self.finish(command=["true"])  # and what it left does not disturb the next run
        self.assertEqual(code, 0, errors)

    def test_data_stays_and_a_second_run_is_refused(self):
        self.assertEqual(self.finish(command=["true"])[0], 0)
        count = 'PGPASSWORD=$(cat "$BUSFLOW_STATE_DIR/secrets/database_service_password") psql -XAt -U busflow_service ' \
                '-h "$BUSFLOW_STATE_DIR/run/postgres" busflow -c "SELECT count(*) FROM migrated"'
        code, output, errors = self.finish(command=["sh", "-c", count])
        self.assertEqual((code, output.strip()), (0, "2"), errors)
        first = self.start()
        self.wait_until_up(first)
        code, _, errors = self.finish()
        self.assertEqual(code, 1)
        self.assertIn(f"already runs from {self.state} (process {first.pid})", errors)

    def test_secrets_are_private_and_appear_nowhere_else(self):
        process = self.start()
        self.wait_until_up(process)
        texts = "\n".join(processes_naming(str(self.root)))
        for log in (self.state / "log").iterdir():
            texts += log.read_text()
        files = list((self.state / "secrets").iterdir())
        self.assertEqual(len(files), 7)
        for file in files:
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
            self.assertNotIn(file.read_text().strip(), texts)

    def test_data_of_another_postgresql_is_refused(self):
        self.assertEqual(self.finish(command=["true"])[0], 0)
        (self.state / "postgres/PG_VERSION").write_text("9\n")
        code, _, errors = self.finish()
        self.assertEqual(code, 1)
        self.assertIn("was made by PostgreSQL 9", errors)
        self.assertIn("make reset", errors)

    def test_a_deep_path_gets_short_sockets(self):
        self.state = self.root / ("deep" * 20) / "state"
        code, output, errors = self.finish(command=["sh", "-c", 'ls "$BUSFLOW_STATE_DIR/run"'])
        self.assertEqual(code, 0, errors)
        self.assertNotIn("redis.sock", output)

    def test_a_place_closed_to_user_postgres(self):
        closed = self.root / "closed"
        closed.mkdir(mode=0o700)
        self.state = closed / "state"
        code, _, errors = self.finish(command=["true"])
        self.assertEqual(code, 0, errors)
        # Only root hands PostgreSQL to another user; anyone else keeps the data in the state directory.
        self.assertEqual("its data is in /var/tmp/busflow-" in errors, os.geteuid() == 0)
        self.assertEqual((self.state / "postgres").exists(), os.geteuid() != 0)

    def test_missing_things_say_what_to_do(self):
        code, _, errors = self.finish("--web", str(self.root / "absent"))
        self.assertEqual(code, 1)
        self.assertIn("the web app is not built", errors)
        code, _, errors = self.finish("--binary", str(self.root / "absent"))
        self.assertEqual(code, 1)
        self.assertIn("make build", errors)
        code, _, errors = self.finish(command=["true"], BUSFLOW_POSTGRES_BIN=str(self.root))
        self.assertEqual(code, 1)
        self.assertIn("holds no program named postgres", errors)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
