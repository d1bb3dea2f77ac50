#!/usr/bin/env python3
"""Asynchronous actions: the mutation gives an id at once, the webhook is called later, and whoever asked can look what became of it.

usage: asynchronous_actions_test.py BINARY
"""
import json
import sys
import threading
import time
import uuid

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402
from webhook import Webhook  # noqa: E402

WATCH = "query ($id: uuid!) {book(id: $id) {__typename id created_at errors output {seat coach {plate}}}}"


class AsynchronousActionsTest(AppTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.hook = Webhook()
        self.addCleanup(self.hook.stop)
        self.reply: tuple[int, str] = (200, '{"seat": 7, "coach_id": 1}')
        self.hook.answer = lambda body: (self.reply[0], {}, self.reply[1])
        self.app = self.start_app()
        self.app.run_sql("CREATE TABLE coach (id int PRIMARY KEY, plate text NOT NULL); INSERT INTO coach VALUES (1, 'A-1')")
        self.app.metadata("pg_track_table", {"table": "coach"})
        self.app.metadata("set_custom_types", {"objects": [{"name": "Seat", "fields": [{"name": "seat", "type": "Int!"}, {"name": "coach_id", "type": "Int"}],
                                                            "relationships": [{"name": "coach", "type": "object", "remote_table": "coach", "field_mapping": {"coach_id": "id"}}]}]})
        self.create("book", {})

    def start_app(self, **settings: str) -> App:
        return self.start(HOOKS=self.hook.url, HASURA_GRAPHQL_ASYNC_ACTIONS_FETCH_INTERVAL="50", HASURA_GRAPHQL_EVENTS_LEASE="2", **settings)

    def create(self, name: str, definition: dict) -> None:
        self.app.metadata("create_action", {"name": name, "definition": {
            "kind": "asynchronous", "type": "mutation", "handler": "{{HOOKS}}/" + name, "arguments": [{"name": "tour", "type": "Int!"}], "output_type": "Seat", **definition}})

    def begin(self, app: App | None = None, **headers: str) -> str:
        answer = (app or self.app).query("mutation {book(tour: 5)}", headers=headers)
        return str(uuid.UUID(answer["data"]["book"]))

    def watch(self, id_: str, app: App | None = None, query: str = WATCH, **headers: str) -> dict:
        answer = (app or self.app).query(query, {"id": id_}, headers)
        self.assertIn("data", answer, answer)
        return answer["data"]["book"]

    def wait(self, id_: str, app: App | None = None, **headers: str) -> dict:
        """Until the call is over."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            state = self.watch(id_, app, **headers)
            if state["output"] is not None or state["errors"] is not None:
                return state
            time.sleep(0.05)
        raise AssertionError("the call is not made")

    def test_the_answer_is_there_when_it_is_looked_for(self) -> None:
        id_ = self.begin(**{"X-Hasura-Role": "admin", "X-Hasura-User-Id": "9"})
        state = self.wait(id_)
        self.assertEqual(state, {"__typename": "book", "id": id_, "created_at": state["created_at"], "errors": None, "output": {"seat": 7, "coach": {"plate": "A-1"}}})
        self.assertRegex(state["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
        [(path, headers, body)] = self.hook.calls
        self.assertEqual((path, headers["idempotency-key"]), ("/book", id_))
        self.assertEqual(body, {"action": {"name": "book"}, "input": {"tour": 5}, "session_variables": {"x-hasura-role": "admin", "x-hasura-user-id": "9"}})

    def test_what_the_webhook_refuses_is_kept(self) -> None:
        for reply, errors in (((400, '{"message": "sold out", "code": "gone"}'), {"code": "gone", "path": "$", "error": "sold out"}),
                              ((200, "no JSON"), {"code": "unexpected", "path": "$", "error": "not a valid json response from webhook"}),
                              ((500, "{}"), {"code": "unexpected", "path": "$", "error": "internal error"})):
            with self.subTest(reply=reply):
                self.reply = reply
                state = self.wait(self.begin())
                self.assertEqual((state["errors"], state["output"]), (errors, None))
        self.assertEqual(len(self.hook.calls), 3, "a refusal is final")

    def test_an_answer_of_another_type_is_said(self) -> None:
        self.reply = (200, '{"seat": "seven"}')
        id_ = self.begin()
        self.until(lambda: self.app.query(WATCH, {"id": id_}).get("errors"))
        [error] = self.app.query(WATCH, {"id": id_})["errors"]
        self.assertEqual(error["message"], "got scalar String for the action webhook response, expecting Int!")

    def until(self, condition) -> None:
        end = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), end, "it does not happen")
            time.sleep(0.05)

    def test_a_webhook_that_cannot_be_asked_is_said(self) -> None:
        self.create("unset", {"handler": "{{NOWHERE}}/", "arguments": []})
        id_ = self.app.query("mutation {unset}")["data"]["unset"]
        look = lambda: self.app.query("query ($id: uuid!) {unset(id: $id) {errors}}", {"id": id_})["data"]["unset"]["errors"]
        self.until(look)
        self.assertIn("environment variable 'NOWHERE' not set", look()["error"])

    def test_only_the_session_that_asked_sees_it(self) -> None:
        self.app.metadata("create_action_permission", {"action": "book", "role": "user"})
        mine = {"X-Hasura-Role": "user", "X-Hasura-User-Id": "1"}
        query = "query ($id: uuid!) {book(id: $id) {id}}"
        id_ = self.begin(**mine)
        self.assertEqual(self.watch(id_, query=query, **mine), {"id": id_})
        self.assertIsNone(self.watch(id_, query=query, **{"X-Hasura-Role": "user", "X-Hasura-User-Id": "2"}))
        self.assertEqual(self.watch(id_, query=query), {"id": id_}, "an administrator sees all")
        self.assertIsNone(self.watch(str(uuid.uuid4())))
        self.assertIn("not found in type", self.app.query(query, {"id": id_}, {"X-Hasura-Role": "other"})["errors"][0]["message"])
        for wrong in ("1", "' OR true --", 5):
            self.assertEqual(self.app.query(query, {"id": wrong})["errors"][0]["extensions"]["path"][0], "$", wrong)

    def test_the_schema_has_both_sides(self) -> None:
        answer = self.app.query('{m: __type(name: "mutation_root") {fields {name type {ofType {name}}}} q: __type(name: "query_root") {fields {name type {name}}} '
                                's: __type(name: "subscription_root") {fields {name type {name}}} t: __type(name: "book") {fields {name type {kind name ofType {name}}}}}')["data"]
        self.assertIn({"name": "book", "type": {"ofType": {"name": "uuid"}}}, answer["m"]["fields"])
        for side in "qs":
            self.assertIn({"name": "book", "type": {"name": "book"}}, answer[side]["fields"])
        self.assertEqual([field["name"] for field in answer["t"]["fields"]], ["created_at", "errors", "id", "output"])
        _, refused = self.app.ask("/v1/metadata", {"type": "create_action", "args": {"name": "Seat", "definition": {
            "kind": "asynchronous", "type": "mutation", "handler": "http://127.0.0.1:1/", "output_type": "Seat"}}})
        self.assertIn("a type of the same name", refused["error"])

    def test_headers_go_along_where_the_action_says_so_and_else_are_not_kept(self) -> None:
        self.wait(self.begin(**{"X-Secret": "hidden"}))
        self.app.metadata("update_action", {"name": "book", "definition": {"kind": "asynchronous", "type": "mutation", "handler": "{{HOOKS}}/book", "forward_client_headers": True,
                                                                         "arguments": [{"name": "tour", "type": "Int!"}], "output_type": "Seat"}})
        self.wait(self.begin(**{"X-Trace": "abc"}))
        self.assertEqual(self.hook.calls[-1][1]["x-trace"], "abc")
        self.assertNotIn("hidden", json.dumps(self.app.run_sql("SELECT request_headers::text FROM hdb_catalog.hdb_action_log")))

    def test_a_killed_instance_s_calls_are_made_by_another(self) -> None:
        held = threading.Event()
        began = threading.Event()

        def hold(body: dict) -> tuple:
            began.set()
            held.wait(20)
            return 200, {}, self.reply[1]

        self.hook.answer = hold
        id_ = self.begin()
        self.assertTrue(began.wait(20))
        self.app.kill()
        held.set()
        self.hook.answer = lambda body: (200, {}, '{"seat": 8}')
        state = self.wait(id_, self.start_app())
        self.assertEqual(state["output"], {"seat": 8, "coach": None})
        self.assertEqual({headers["idempotency-key"] for _, headers, _ in self.hook.calls}, {id_}, "a second call is known by its key")

    def test_many_instances_make_each_call_once(self) -> None:
        apps = [self.app, self.start_app(), self.start_app()]
        ids = [self.begin(apps[number % 3]) for number in range(60)]
        for id_ in ids:
            self.wait(id_)
        self.assertEqual(sorted(headers["idempotency-key"] for _, headers, _ in self.hook.calls), sorted(ids))

    def test_what_is_over_goes_after_its_time(self) -> None:
        ids = [self.begin() for _ in range(2)]
        for id_ in ids:
            self.wait(id_)
        self.app.run_sql(f"UPDATE hdb_catalog.hdb_action_log SET created_at = now() - interval '8 days' WHERE id = '{ids[0]}'")
        other = self.start_app()
        self.until(lambda: self.watch(ids[0], other) is None)
        self.assertIsNotNone(self.watch(ids[1], other))

    def test_over_http_a_subscription_is_refused(self) -> None:
        id_ = self.begin()
        [error] = self.app.query("subscription ($id: uuid!) {book(id: $id) {id}}", {"id": id_})["errors"]
        self.assertIn("use websockets instead", error["message"])


if __name__ == "__main__":
    run_tests(AsynchronousActionsTest)
