"""Failures reach people, whatever Slack answers; what becomes of the message has no say in the verdict.

usage: alerts_test.py BUSFLOWCTL
"""
import json
import shutil
import sys
import unittest

from environment import TOOLCHAIN, Environment
from scenes import EXIT_CODES, Made, SceneCase
from services import GitHub, Heartbeat, Slack

CUSTOM: Made


def setUpModule() -> None:
    global CUSTOM
    environment = SceneCase.environment = Environment(sys.argv[1]).__enter__()
    unittest.addModuleCleanup(environment.__exit__, None, None, None)
    environment.load("sample", "sample.sql")
    CUSTOM = Made.create(environment, "sample")


class Alerts(SceneCase):
    def setUp(self) -> None:
        super().setUp()
        self.github = self.enterContext(GitHub(self.environment.certificates))
        self.heartbeat = self.enterContext(Heartbeat(self.environment.certificates))

    def settings(self, slack: Slack | None = None, **changed: str) -> dict[str, str]:
        secrets = {"ALERTS_GITHUB_TOKEN": "the-github-token", "ALERTS_HEARTBEAT_URL": f"https://{self.heartbeat.host}/ping"}
        if slack:
            secrets["ALERTS_SLACK_WEBHOOK"] = slack.webhook
        settings = {"BUSFLOW_ALERTS_GITHUB_REPOSITORY": "acme/busflow", "BUSFLOW_ALERTS_GITHUB_HOST": self.github.host,
                    "BUSFLOW_ALERTS_CA_FILE": str(self.environment.certificates / "ca.pem"), "BUSFLOW_ALERTS_GH": str(TOOLCHAIN / "python/bin/gh")}
        for name, value in secrets.items():
            file = self.environment.folder / name
            file.write_text(value + "\n")
            settings[f"BUSFLOW_{name}_FILE"] = str(file)
        return settings | changed

    def verify(self, slack: Slack | None = None, **changed: str) -> tuple[int, dict]:
        """With --notify; the exit code and the check called notification, if there is one."""
        done = self.environment.verify("--notify", "--notify-backoff", "20ms", "--notify-timeout", "1s", **self.settings(slack, **changed))
        for secret in ("the-webhook-secret", "the-github-token"):
            self.assertNotIn(secret, done.stdout + done.stderr)
        checks = {check["check"]: check for check in json.loads(done.stdout)["result"]["checks"]}
        return done.returncode, checks.get("notification", {})

    def failing(self, *statuses: int, requests: int) -> dict:
        """Verifies an empty bucket while Slack answers so; the notification."""
        with Slack(self.environment.certificates, *statuses) as slack:
            code, notification = self.verify(slack)
            self.assertEqual(len(slack.requests), requests, slack.requests)
        self.assertEqual(code, EXIT_CODES["no-dump"], "the verdict is that of the dump")
        return notification

    def test_slack_takes_it(self) -> None:
        self.assertEqual(self.failing(200, requests=1)["status"], "passed")
        self.assertEqual(self.github.issues, [])

    def test_slack_refuses_for_good(self) -> None:
        for status in (403, 404, 410):
            with self.subTest(status=status):
                notification = self.failing(status, requests=1)
                self.assertEqual(notification["status"], "warning")
                self.assertIn(f"Slack answered {status}", notification["detail"])
        self.assertEqual(len(self.github.issues), 1, "one for the pattern and week")
        self.assertEqual(len(self.github.issues[0]["comments"]), 2)
        self.assertRegex(self.github.issues[0]["body"], r"<!-- busflow-alert: backup-verify/\d{4}-W\d{2} -->")

    def test_slack_is_tried_again(self) -> None:
        self.assertEqual(self.failing(429, 500, 429, 200, requests=4)["status"], "passed")
        self.assertEqual(self.github.issues, [])

    def test_slack_stays_away(self) -> None:
        for status in (429, 500):
            with self.subTest(status=status):
                self.assertIn("4 attempts", self.failing(status, requests=4)["detail"])
        self.assertEqual(len(self.github.issues), 1)

    def test_slack_does_not_answer(self) -> None:
        with Slack(self.environment.certificates) as slack:
            webhook = slack.webhook
        gone = Slack.__new__(Slack)
        gone.host = webhook.split("/")[2]
        code, notification = self.verify(gone)
        self.assertEqual(code, EXIT_CODES["no-dump"])
        self.assertIn("4 attempts", notification["detail"])
        self.assertEqual(len(self.github.issues), 1)

    def test_slack_is_too_slow(self) -> None:
        self.assertIn("4 attempts", self.failing(0, requests=4)["detail"])
        self.assertEqual(len(self.github.issues), 1)

    def test_github_fails_as_well(self) -> None:
        self.github.broken = True
        notification = self.failing(403, requests=1)
        self.assertEqual(notification["status"], "warning")
        self.assertIn("Slack answered 403", notification["detail"])

    def test_gh_is_not_installed(self) -> None:
        with Slack(self.environment.certificates, 403) as slack:
            code, notification = self.verify(slack, BUSFLOW_ALERTS_GH="/nowhere/gh")
        self.assertEqual(code, EXIT_CODES["no-dump"])
        self.assertIn("not installed", notification["detail"])

    def test_green_closes_the_issue_and_calls_the_heartbeat(self) -> None:
        self.failing(403, requests=1)
        self.assertEqual(self.heartbeat.requests, [], "silence is the alarm")
        self.put(CUSTOM)
        self.assertEqual(self.verify(), (0, {}))
        self.assertEqual(self.github.issues[0]["state"], "CLOSED")
        self.assertIn("green again", self.github.issues[0]["comments"][-1])
        self.assertEqual(len(self.heartbeat.requests), 1)
        shutil.rmtree(self.environment.store.bucket / "regular")
        self.failing(403, requests=1)
        self.assertEqual((len(self.github.issues), self.github.issues[0]["state"]), (1, "OPEN"), "reopened, not made anew")

    def test_green_stays_green_when_nobody_can_be_told(self) -> None:
        self.github.broken = True
        self.put(CUSTOM)
        code, notification = self.verify()
        self.assertEqual((code, notification["status"]), (0, "warning"))

    def test_alert_verbs(self) -> None:
        with Slack(self.environment.certificates, 410) as slack:
            done = self.environment.run("alert", "raise", "nightly", "--title", "It did not start", "--json", "--quiet", **self.settings(slack))
        self.assertEqual((done.returncode, json.loads(done.stdout)["result"]["told"]), (0, "issue"), done.stderr)
        done = self.environment.run("alert", "resolve", "nightly", "--quiet", **self.settings())
        self.assertEqual((done.returncode, self.github.issues[0]["state"]), (0, "CLOSED"), done.stderr)
        self.github.broken = True
        done = self.environment.run("alert", "raise", "nightly", "--title", "Again", "--quiet", **self.settings())
        self.assertEqual(done.returncode, 60)


class Producer(SceneCase):
    """`backup run`: what the service in the Swarm does."""

    def test_tells_when_verification_is_silent(self) -> None:
        self.put(CUSTOM, 200)
        with GitHub(self.environment.certificates) as github:
            token = self.environment.folder / "token"
            token.write_text("x\n")
            done = self.environment.run("backup", "run", "--once", "--quiet", "--notify-backoff", "20ms", BUSFLOW_ALERTS_GITHUB_REPOSITORY="acme/busflow",
                                        BUSFLOW_ALERTS_GITHUB_HOST=github.host, BUSFLOW_ALERTS_GITHUB_TOKEN_FILE=str(token),
                                        BUSFLOW_ALERTS_CA_FILE=str(self.environment.certificates / "ca.pem"), BUSFLOW_ALERTS_GH=str(TOOLCHAIN / "python/bin/gh"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.environment.store.names()), 2)
        self.assertEqual([issue["title"] for issue in github.issues], ["Backups are not being verified"])
        self.assertIn("backup-verify-silent", github.issues[0]["body"])

    def test_refuses_another_name(self) -> None:
        done = self.environment.run("backup", "create", "--quiet", BUSFLOW_BACKUP_NAME_FORMAT="dump_%Y.sql")
        self.assertEqual(done.returncode, EXIT_CODES["wrong-name"])
        self.assertEqual(self.environment.store.names(), [])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
