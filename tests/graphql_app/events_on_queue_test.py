#!/usr/bin/env python3
"""Delivery by the job queue: instances share the calls, whatever is killed and however long Redis is away.

usage: events_on_queue_test.py BINARY
"""
import collections
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from events_case import EventsTestCase  # noqa: E402
from instance import App, AppTestCase, run_tests  # noqa: E402
from queue_case import OnQueue  # noqa: E402

THREADS = 16  # The default of HASURA_GRAPHQL_EVENTS_HTTP_POOL_SIZE.


class EventsOnQueueTest(OnQueue, EventsTestCase):
    def begin(self, **settings: str) -> App:
        return super().begin(HASURA_GRAPHQL_ASYNC_ACTIONS_FETCH_INTERVAL="50", **settings)

    def begin_helper(self, **settings: str) -> App:
        """An instance that looks for nothing itself. Its calls are those below /helper."""
        return self.start(HOOK=self.hook.url + "/helper", HASURA_GRAPHQL_REDIS_URL=self.redis.socket_url, HASURA_GRAPHQL_EVENTS_FETCH_INTERVAL="0",
                          HASURA_GRAPHQL_ASYNC_ACTIONS_FETCH_INTERVAL="0", **settings)

    def insert(self, count: int) -> None:
        self.sql(f"INSERT INTO trip (seats) SELECT n FROM generate_series(1, {count}) n")

    def answer_after(self, seconds: float) -> None:
        self.hook.answer = lambda body: (time.sleep(seconds), (200, {}, '{"seat": 7}'))[1]

    def hold(self) -> threading.Event:
        """Calls wait until the event is set."""
        held = threading.Event()
        self.addCleanup(held.set)
        self.hook.answer = lambda body: (held.wait(60), (200, {}))[1]
        return held

    def times(self) -> collections.Counter:
        """How often each event was told."""
        for _, headers, body in self.hook.calls:
            self.assertEqual(headers["idempotency-key"], body["id"])
        return collections.Counter(body["id"] for _, _, body in self.hook.calls)

    def delivered(self, count: int, seconds: float = 60) -> None:
        self.wait_until(lambda: self.open_events() == 0, "all is delivered", seconds)
        self.assertEqual(self.sql("SELECT count(*) FILTER (WHERE delivered), count(*) FROM hdb_catalog.event_log").strip(), f"{count}|{count}")
        self.assertEqual(len(self.times()), count)

    def paths(self) -> set[str]:
        return {path for path, _, _ in self.hook.calls}

    def test_one_instance_finds_and_all_make_calls(self) -> None:
        app = self.serve()
        self.begin_helper()
        self.create(app)
        self.answer_after(0.05)
        self.insert(200)
        self.delivered(200)
        self.assertEqual(set(self.times().values()), {1}, "each once")
        self.assertEqual(self.paths(), {"/trips", "/helper/trips"})
        self.wait_until(lambda: self.jobs() == [], "what is over leaves no job")

    def test_scheduled_events_cron_triggers_and_actions_go_the_same_way(self) -> None:
        app = self.serve()
        self.begin_helper()
        self.answer_after(0.2)
        app.metadata("set_custom_types", {"objects": [{"name": "Seat", "fields": [{"name": "seat", "type": "Int!"}]}]})
        app.metadata("create_action", {"name": "book", "definition": {"kind": "asynchronous", "type": "mutation", "handler": "{{HOOK}}/book", "output_type": "Seat"}})
        app.metadata("create_cron_trigger", {"name": "tick", "webhook": "{{HOOK}}/tick", "schedule": "* * * * * *", "include_in_metadata": True})
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        ids = {"once": [app.metadata("create_scheduled_event", {"webhook": "{{HOOK}}/once", "schedule_at": now})["event_id"] for _ in range(40)],
               "book": [app.query("mutation {book}")["data"]["book"] for _ in range(40)]}
        self.wait_until(lambda: {f"{place}/{kind}" for place in ("", "/helper") for kind in ("tick", "once", "book")} <= self.paths(), "both make calls of each kind")
        for kind, expected in ids.items():
            of_kind = lambda: sorted(headers["idempotency-key"] for path, headers, _ in self.hook.calls if path.endswith(kind))
            self.wait_until(lambda: len(of_kind()) >= 40, "all are made")
            self.assertEqual(of_kind(), sorted(expected), "each once")
        look = lambda id_: app.query("query ($id: uuid!) {book(id: $id) {output {seat} errors}}", {"id": id_})["data"]["book"]
        self.wait_until(lambda: all(look(id_) == {"output": {"seat": 7}, "errors": None} for id_ in ids["book"]), "answers are kept")
        runs = collections.Counter(body["scheduled_time"] for path, _, body in self.hook.calls if path.endswith("tick"))
        self.assertEqual(set(runs.values()), {1}, "each run once")

    def test_redis_holds_no_more_than_which_call_is_meant(self) -> None:
        app = self.serve(HASURA_GRAPHQL_EVENTS_HTTP_POOL_SIZE="1")
        held = self.hold()
        self.create(app, headers=[{"name": "X-Key", "value_from_env": "HOOK_KEY"}])
        self.insert(3)
        self.wait_until(lambda: len(self.jobs()) == 3, "one is made, two wait")
        for key in self.jobs():
            data = json.loads(self.redis.command("HGET", key, "data")[0])
            self.assertEqual(set(data), {"queue", "id", "trigger", "tries", "created_at"})
        held.set()
        self.delivered(3)

    def test_an_instance_that_stops_finishes_its_calls_and_leaves_the_rest(self) -> None:
        app = self.serve(HASURA_GRAPHQL_EVENTS_HTTP_POOL_SIZE="2")
        helper = self.begin_helper(HASURA_GRAPHQL_EVENTS_HTTP_POOL_SIZE="2")
        self.create(app)
        self.answer_after(0.1)
        self.insert(60)
        self.wait_until(lambda: "/helper/trips" in self.paths(), "it has begun")
        self.assertEqual(helper.stop(), 0)
        self.delivered(60)
        self.assertEqual(set(self.times().values()), {1}, "each once")

    def test_instances_without_a_job_queue_may_help(self) -> None:
        app = self.serve()
        self.start(HOOK=self.hook.url + "/alone", HASURA_GRAPHQL_REDIS_URL="", HASURA_GRAPHQL_EVENTS_FETCH_INTERVAL="50")
        self.create(app)
        self.answer_after(0.01)
        for _ in range(10):
            self.insert(40)
        self.delivered(400)
        self.assertEqual(set(self.times().values()), {1}, "each once")

    def test_no_event_is_lost_when_instances_are_killed(self) -> None:
        settings = {"HASURA_GRAPHQL_EVENTS_LEASE": "2"}
        app = self.serve(**settings)
        self.create(app)
        self.answer_after(0.02)
        victims = [self.begin(**settings), self.begin_helper(**settings)]
        for number in range(8):
            self.insert(50)
            victims.pop(0).kill()
            victims.append((self.begin, self.begin_helper)[number % 2](**settings))
        self.delivered(400)
        self.assertLessEqual(self.times().total(), 400 + 8 * THREADS, "only what was under way comes twice")

    def test_nothing_is_lost_with_redis(self) -> None:
        settings = {"HASURA_GRAPHQL_EVENTS_LEASE": "4"}
        app = self.serve(**settings)
        self.begin_helper(**settings)
        self.create(app)
        self.answer_after(0.1)
        self.insert(300)
        self.hook.wait_for(50)
        self.redis.kill()
        self.insert(50)
        self.wait_until(lambda: "calls wait in the database" in app.log(), "it says so")
        time.sleep(2)
        self.assertGreater(self.open_events(), 50, "nobody makes calls without it")
        self.redis.start()
        self.delivered(350)
        self.assertEqual(set(self.times().values()), {1}, "what was under way was finished, and is not told again")
        self.assertIn("calls go to the job queue again", app.log())

    def test_an_instance_starts_without_redis(self) -> None:
        self.redis.kill()
        app = self.serve()
        self.create(app)
        self.insert(1)
        self.wait_until(lambda: "calls wait in the database" in app.log(), "it says so")
        self.redis.start()
        self.delivered(1)

    def test_tables_of_an_earlier_version_are_completed(self) -> None:
        app = self.serve()
        self.create(app)
        app.stop()
        columns = (("event_log", "queued"), ("hdb_action_log", "queued"), ("hdb_cron_events", "queued_at"), ("hdb_scheduled_events", "queued_at"))
        self.sql("".join(f"ALTER TABLE hdb_catalog.{table} DROP COLUMN {column};" for table, column in columns))
        self.insert(3)
        app = self.begin()
        self.delivered(3)
        app.metadata("create_scheduled_event", {"webhook": "{{HOOK}}/once", "schedule_at": datetime.datetime.now(datetime.timezone.utc).isoformat()})
        self.wait_until(lambda: "/once" in self.paths(), "so are scheduled events")
        self.assertNotIn("calls that are due cannot be read", app.log())

    def test_calls_of_a_trigger_that_is_gone_are_left(self) -> None:
        app = self.serve(HASURA_GRAPHQL_EVENTS_HTTP_POOL_SIZE="1")
        held = self.hold()
        self.create(app)
        self.insert(2)
        self.hook.wait_for(1)
        self.wait_until(lambda: len(self.jobs()) == 2, "one is made, one waits")
        app.metadata("pg_delete_event_trigger", {"name": "trips"})
        held.set()
        self.wait_until(lambda: "a call whose trigger is gone is not made" in app.log(), "it is said")
        self.wait_until(lambda: self.jobs() == [], "its job ends")
        self.assertEqual(len(self.hook.calls), 1)

    def test_the_address_may_be_in_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "redis-url"
            file.write_text(self.redis.url + "\n")
            file.chmod(0o600)
            app = AppTestCase.start(self, HOOK=self.hook.url, HASURA_GRAPHQL_EVENTS_FETCH_INTERVAL="50", HASURA_GRAPHQL_REDIS_URL_FILE=str(file))
            app.metadata("pg_track_table", {"table": "trip"})
            self.create(app)
            self.insert(1)
            self.delivered(1)
            self.assertNotEqual(self.redis.command("KEYS", "bull:graphql-events-*"), [], "by the job queue")

    def test_an_address_that_cannot_be_is_refused(self) -> None:
        for address, reason in (("rediss://:hunter2@127.0.0.1", "TLS (rediss://) is not supported"), ("postgresql://:hunter2@127.0.0.1", "neither with redis: nor unix:"),
                                ("redis://:hunter2@127.0.0.1:99999", "port is not a number from 1 to 65535"), ("redis://:hunter2@127.0.0.1/first", "is not a number"),
                                ("redis://:hun ter2@127.0.0.1", "no URL"), ("unix://:hunter2@", "path of the socket is missing")):
            environment = {"PATH": os.environ["PATH"], "HASURA_GRAPHQL_DATABASE_URL": self.url, "HASURA_GRAPHQL_REDIS_URL": address}
            refused = subprocess.run([self.binary, "serve", "--server-port", "0"], env=environment, capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(refused.returncode, 6, refused.stderr)
            self.assertIn("HASURA_GRAPHQL_REDIS_URL: ", refused.stderr)
            self.assertIn(reason, refused.stderr)
            self.assertNotIn("ter2", refused.stderr)


if __name__ == "__main__":
    run_tests(EventsOnQueueTest)
