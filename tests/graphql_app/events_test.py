#!/usr/bin/env python3
"""Event triggers: what happens in a table reaches the webhook as the reference sends it, at least once, whatever is killed.

usage: events_test.py BINARY
"""
import collections
import json
import random
import sys
import time

sys.dont_write_bytecode = True
from events_case import EventsTestCase  # noqa: E402
from instance import AppTestCase, run_tests  # noqa: E402


class EventsTest(EventsTestCase):
    def test_the_webhook_is_told_what_happened(self) -> None:
        app = self.serve()
        self.create(app, headers=[{"name": "X-Key", "value_from_env": "HOOK_KEY"}, {"name": "X-Fixed", "value": "1"}], retry_conf={"num_retries": 3, "interval_sec": 1})
        app.query('mutation {insert_trip(objects: {name: "Rome", price: "1.2000", extra: {a: 1}}) {affected_rows}}', headers={"X-Hasura-Role": "admin", "X-Hasura-User-Id": "7"})
        [told] = self.hook.wait_for(1)
        row = {"id": 1, "name": "Rome", "seats": None, "price": 1.2, "extra": {"a": 1}}
        self.assertEqual(told["event"], {"op": "INSERT", "data": {"old": None, "new": row}, "session_variables": {"x-hasura-role": "admin", "x-hasura-user-id": "7"}, "trace_context": None})
        self.assertEqual((told["trigger"], told["table"], told["delivery_info"]), ({"name": "trips"}, {"schema": "public", "name": "trip"}, {"current_retry": 0, "max_retries": 3}))
        path, headers, _ = self.hook.calls[0]
        self.assertEqual((path, headers["x-key"], headers["x-fixed"], headers["content-type"], headers["idempotency-key"]),
                         ("/trips", "from the environment", "1", "application/json", told["id"]))
        self.sql("UPDATE trip SET seats = 50; UPDATE trip SET seats = 50; DELETE FROM trip")
        events = {body["event"]["op"]: body["event"] for body in self.hook.wait_for(3)}  # At once, so in any order.
        self.assertEqual([events["UPDATE"]["data"][which]["seats"] for which in ("old", "new")], [None, 50])
        self.assertEqual((events["DELETE"]["data"]["new"], events["DELETE"]["session_variables"]), (None, None))
        self.wait_until(lambda: self.open_events() == 0, "all is delivered")
        self.assertEqual(len(self.hook.calls), 3, "an update that changes nothing is none")
        log = app.metadata("pg_get_event_logs", {"name": "trips", "status": "processed"})
        self.assertEqual([(each["delivered"], each["tries"]) for each in log], [(True, 1)] * 3)
        found = app.metadata("pg_get_event_by_id", {"event_id": told["id"]})
        self.assertEqual((found["event"]["id"], [each["http_status"] for each in found["invocations"]]), (told["id"], [200]))
        self.assertNotIn("from the environment", json.dumps(found), "what is out of the environment is not logged")

    def test_only_what_is_asked_for_is_sent(self) -> None:
        app = self.serve()
        app.metadata("pg_track_table", {"table": {"schema": "Odd Schema", "name": "it's"}, "configuration": {"custom_name": "odd"}})
        self.create(app, insert=None, delete=None, update={"columns": ["seats"], "payload": ["id", "seats"]})
        self.create(app, name="a trigger's name that is longer than what the database gives to a name of its own", webhook="{{HOOK}}/odd",
                    table={"schema": "Odd Schema", "name": "it's"}, update=None, delete=None)
        self.sql("""INSERT INTO trip (name) VALUES ('Rome'); UPDATE trip SET name = 'Oslo'; UPDATE trip SET seats = 3; DELETE FROM trip;
                    INSERT INTO "Odd Schema"."it's" VALUES (1, 'x');""")
        told = {body["table"]["name"]: body for body in self.hook.wait_for(2)}
        self.assertEqual(told["trip"]["event"]["data"], {"old": {"id": 1, "seats": None}, "new": {"id": 1, "seats": 3}})
        self.assertEqual(told["it's"]["event"]["data"]["new"], {"id": 1, "a b": "x"})
        self.wait_until(lambda: self.open_events() == 0, "all is delivered")
        self.assertEqual(len(self.hook.calls), 2)

    def test_a_template_makes_another_request_of_it(self) -> None:
        app = self.serve()
        self.create(app, request_transform={"version": 2, "template_engine": "Kriti", "url": "{{$base_url}}/{{$body.event.data.new.id}}",
                                            "body": {"action": "transform", "template": '{"text": "new: {{$body.event.data.new.name}}"}'}})
        self.sql("INSERT INTO trip (name) VALUES ('Rome')")
        self.assertEqual(self.hook.wait_for(1), [{"text": "new: Rome"}])
        self.assertEqual(self.hook.calls[0][0], "/trips/1")

    def test_what_is_rolled_back_has_not_happened_and_writers_need_no_rights(self) -> None:
        app = self.serve()
        self.create(app)
        self.sql("BEGIN; INSERT INTO trip (name) VALUES ('never'); ROLLBACK")
        self.sql(f"SET ROLE writer_{AppTestCase.number}; INSERT INTO trip (name) VALUES ('by another')")
        [told] = self.hook.wait_for(1)
        self.assertEqual(told["event"]["data"]["new"]["name"], "by another")

    def test_failures_are_tried_again_as_the_trigger_says(self) -> None:
        app = self.serve()
        answers = iter([(500, {}), (503, {"Retry-After": "1"}), (503, {"Retry-After": "1"}), (200, {})])
        self.hook.answer = lambda body: next(answers)
        self.create(app, retry_conf={"num_retries": 1, "interval_sec": 1, "timeout_sec": 5})
        self.sql("INSERT INTO trip (name) VALUES ('Rome')")
        self.assertEqual([body["delivery_info"]["current_retry"] for body in self.hook.wait_for(4)], [0, 1, 2, 3], "Retry-After counts more than the number of retries")
        self.wait_until(lambda: self.open_events() == 0, "delivered in the end")
        self.hook.answer = lambda body: (500, {})
        self.sql("INSERT INTO trip (name) VALUES ('Oslo')")
        self.hook.wait_for(6)
        self.wait_until(lambda: self.open_events() == 0, "given up")
        [given_up] = [each for each in app.metadata("pg_get_event_logs", {"name": "trips"}) if each["error"]]
        self.hook.answer = lambda body: (200, {})
        app.metadata("pg_redeliver_event", {"event_id": given_up["id"]})
        self.assertEqual(self.hook.wait_for(7)[-1]["id"], given_up["id"])
        status, answer = app.ask("/v1/metadata", {"type": "pg_redeliver_event", "args": {"event_id": "none"}})
        self.assertEqual((status, answer["code"]), (400, "not-exists"))

    def test_events_of_one_key_come_one_after_the_other(self) -> None:
        app = self.serve()
        self.hook.answer = lambda body: (200 if random.random() < 0.7 else 500, {})
        self.create(app, ordering_key="name", retry_conf={"num_retries": 50, "interval_sec": 0})
        self.sql("INSERT INTO trip (name, seats) SELECT 'key ' || n % 4, n FROM generate_series(1, 80) n")
        self.wait_until(lambda: self.open_events() == 0, "all is delivered", 60)
        seats = collections.defaultdict(list)
        for _, _, body in self.hook.calls:
            row = body["event"]["data"]["new"]
            if not seats[row["name"]] or seats[row["name"]][-1] != row["seats"]:
                seats[row["name"]].append(row["seats"])
        self.assertEqual({name: found == sorted(found) and len(found) == 20 for name, found in seats.items()}, {f"key {n}": True for n in range(4)})

    def test_no_event_is_lost_when_instances_are_killed(self) -> None:
        settings = {"HASURA_GRAPHQL_EVENTS_LEASE": "2"}
        app = self.serve(**settings)
        self.create(app)
        self.hook.answer = lambda body: (time.sleep(random.random() / 50), (200, {}))[1]
        victims = [self.begin(**settings) for _ in range(2)]
        for number in range(10):
            self.sql(f"INSERT INTO trip (seats) SELECT {number} FROM generate_series(1, 50)")
            victim = victims.pop(0)
            victim.kill()
            victims.append(self.begin(**settings))
        self.wait_until(lambda: self.open_events() == 0, "all is delivered", 60)
        times = collections.Counter(body["event"]["data"]["new"]["id"] for _, _, body in self.hook.calls)
        self.assertEqual(len(times), 500)
        for _, headers, body in self.hook.calls:
            self.assertEqual(headers["idempotency-key"], body["id"], "who gets one twice can tell")
        self.assertLess(sum(times.values()), 1000, "only what was under way comes twice")

    def test_events_by_hand_and_triggers_that_go(self) -> None:
        app = self.serve()
        self.create(app, enable_manual=True)
        self.create(app, name="by_themselves", insert=None, update=None)
        answer = app.metadata("pg_invoke_event_trigger", {"name": "trips", "payload": {"some": "thing"}})
        [told] = self.hook.wait_for(1)
        self.assertEqual((told["id"], told["event"]["op"], told["event"]["data"]), (answer["event_id"], "MANUAL", {"old": None, "new": {"some": "thing"}}))
        status, refused = app.ask("/v1/metadata", {"type": "pg_invoke_event_trigger", "args": {"name": "by_themselves", "payload": {}}})
        self.assertEqual((status, refused["code"]), (400, "not-supported"))
        app.metadata("pg_delete_event_trigger", {"name": "trips"})
        app.metadata("pg_delete_event_trigger", {"name": "by_themselves"})
        self.sql("INSERT INTO trip (name) VALUES ('unseen')")
        time.sleep(0.3)
        self.assertEqual(len(self.hook.calls), 1)
        self.create(app)
        app.metadata("clear_metadata")
        self.assertEqual(self.sql("SELECT count(*) FROM information_schema.tables WHERE table_name = 'event_log'").strip().splitlines()[-1].strip(), "0")
        self.sql("INSERT INTO trip (name) VALUES ('still works')")

    def test_a_function_of_some_program_is_no_webhook(self) -> None:
        app = self.serve()
        status, refused = app.ask("/v1/metadata", {"type": "pg_create_event_trigger", "args": {"name": "trips", "table": "trip", "webhook": "internal:look", "insert": {"columns": "*"}}})
        self.assertEqual(status, 400)
        self.assertIn('the webhook "internal:look" is a function of the program, which has none; it must be an address', str(refused))
        self.sql("INSERT INTO trip (name) VALUES ('still works')")

    def test_a_restart_and_a_changed_definition_keep_the_triggers_right(self) -> None:
        app = self.serve()
        self.create(app)
        before = self.sql("SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_trigger WHERE tgname LIKE 'notify%'")
        app.stop()
        app = self.begin()
        self.assertEqual(self.sql("SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_trigger WHERE tgname LIKE 'notify%'"), before, "what fits is not touched")
        self.create(app, replace=True, insert={"columns": "*", "payload": ["name"]}, update=None)
        self.sql("INSERT INTO trip (name) VALUES ('Rome'); UPDATE trip SET name = 'Oslo'")
        [told] = self.hook.wait_for(1)
        self.assertEqual(told["event"]["data"]["new"], {"name": "Rome"})


if __name__ == "__main__":
    run_tests(EventsTest)
