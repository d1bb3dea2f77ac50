#!/usr/bin/env python3
"""Cron triggers and events scheduled one by one: called when they are due, once, by whichever instance is there.

usage: schedules_test.py BINARY
"""
import collections
import datetime
import sys
import time

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402
from webhook import Webhook  # noqa: E402


def after(seconds: float) -> str:
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat()


class SchedulesTest(AppTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.hook = Webhook()
        self.addCleanup(self.hook.stop)

    def begin(self, **settings: str) -> App:
        return self.start(HOOK=self.hook.url, KEY="from the environment", HASURA_GRAPHQL_EVENTS_FETCH_INTERVAL="50", **settings)

    def sql(self, text: str) -> str:
        return self.cluster.sql(self.database, text).strip()

    def test_a_cron_trigger_runs_at_each_time_once(self) -> None:
        apps = [self.begin() for _ in range(3)]
        apps[0].metadata("create_cron_trigger", {"name": "tick", "webhook": "{{HOOK}}/tick", "schedule": "* * * * * *", "include_in_metadata": True, "payload": {"some": "thing"},
                                                 "headers": [{"name": "X-Key", "value_from_env": "KEY"}], "comment": "each second"})
        bodies = self.hook.wait_for(4)
        path, headers, told = self.hook.calls[0]
        self.assertEqual((path, headers["x-key"], headers["idempotency-key"]), ("/tick", "from the environment", told["id"]))
        self.assertEqual({key: told[key] for key in ("name", "payload", "comment")}, {"name": "tick", "payload": {"some": "thing"}, "comment": "each second"})
        times = collections.Counter(body["scheduled_time"] for body in bodies)
        self.assertEqual(set(times.values()), {1}, "three instances, but each time once")
        self.assertEqual(self.sql("SELECT count(*) > 50 FROM hdb_catalog.hdb_cron_events WHERE status = 'scheduled'"), "t", "planned ahead, for when nobody is there")
        invocations = apps[0].metadata("get_scheduled_event_invocations", {"type": "cron", "trigger_name": "tick"})["invocations"]
        self.assertEqual({each["status"] for each in invocations}, {200})
        apps[0].metadata("create_cron_trigger", {"name": "tick", "webhook": "{{HOOK}}/tick", "schedule": "0 0 1 1 *", "include_in_metadata": True, "replace": True})
        self.assertEqual(self.sql("SELECT count(*) FROM hdb_catalog.hdb_cron_events WHERE status = 'scheduled' AND scheduled_time < now() + interval '1 hour'"), "0", "the old plan is gone")
        apps[0].metadata("delete_cron_trigger", {"name": "tick"})
        self.assertEqual(self.sql("SELECT count(*) FROM hdb_catalog.hdb_cron_events WHERE status = 'scheduled'"), "0")

    def test_what_fell_into_an_outage_is_made_up_for_within_its_tolerance(self) -> None:
        app = self.begin()
        for name, tolerance in (("patient", 3600), ("hasty", 1)):
            app.metadata("create_cron_trigger", {"name": name, "webhook": "{{HOOK}}/" + name, "schedule": "0 0 1 1 *", "include_in_metadata": True, "retry_conf": {"tolerance_seconds": tolerance}})
        end = time.monotonic() + 20
        while self.sql("SELECT count(DISTINCT trigger_name) FROM hdb_catalog.hdb_cron_events") != "2":
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        app.kill()
        self.sql("INSERT INTO hdb_catalog.hdb_cron_events (trigger_name, scheduled_time) VALUES ('patient', now() - interval '5 minutes'), ('hasty', now() - interval '5 minutes')")
        self.begin()
        self.assertEqual([body["name"] for body in self.hook.wait_for(1)], ["patient"])
        while self.sql("SELECT status FROM hdb_catalog.hdb_cron_events WHERE trigger_name = 'hasty' AND scheduled_time < now()") != "dead":
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        self.assertEqual(len(self.hook.calls), 1)

    def test_one_event_at_one_time_tried_again_until_it_is_taken(self) -> None:
        app = self.begin()
        answers = iter([(500, {}), (200, {})])
        self.hook.answer = lambda body: next(answers)
        made = app.metadata("create_scheduled_event", {"webhook": "{{HOOK}}/once", "schedule_at": after(1), "payload": [1, 2], "comment": "once",
                                                        "headers": [{"name": "X-Fixed", "value": "1"}], "retry_conf": {"num_retries": 2, "retry_interval_seconds": 1}})
        never = app.metadata("create_scheduled_event", {"webhook": "{{HOOK}}/never", "schedule_at": after(3600)})
        self.assertEqual(self.hook.calls, [])
        first, again = self.hook.wait_for(2)
        self.assertEqual((first["id"], first["payload"], first["comment"], first), (made["event_id"], [1, 2], "once", again))
        self.assertEqual((self.hook.calls[0][0], self.hook.calls[0][1]["x-fixed"]), ("/once", "1"))
        end = time.monotonic() + 20
        while app.metadata("get_scheduled_events", {"type": "one_off", "status": ["delivered"]})["count"] != 1:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        waiting = app.metadata("get_scheduled_events", {"type": "one_off", "status": ["scheduled"]})
        self.assertEqual(([each["id"] for each in waiting["events"]], waiting["count"]), ([never["event_id"]], 1))
        app.metadata("delete_scheduled_event", {"type": "one_off", "event_id": never["event_id"]})
        status, answer = app.ask("/v1/metadata", {"type": "delete_scheduled_event", "args": {"type": "one_off", "event_id": never["event_id"]}})
        self.assertEqual((status, answer["code"]), (400, "not-exists"))

    def test_what_cannot_be_is_refused(self) -> None:
        app = self.begin()
        for args, words in (({"schedule": "61 * * * *"}, "minute"), ({"schedule": "* * * * *", "timezone": "Mars/Base"}, "Mars/Base")):
            status, answer = app.ask("/v1/metadata", {"type": "create_cron_trigger", "args": {"name": "x", "webhook": "{{HOOK}}", "include_in_metadata": True, **args}})
            self.assertEqual((status, answer["code"], answer["path"]), (400, "parse-failed", "$.args.schedule"))
            self.assertIn(words, answer["error"])
        status, answer = app.ask("/v1/metadata", {"type": "create_scheduled_event", "args": {"webhook": "{{HOOK}}", "schedule_at": "soon"}})
        self.assertEqual(status, 400)
        self.assertIn("soon", answer["error"])


if __name__ == "__main__":
    run_tests(SchedulesTest)
