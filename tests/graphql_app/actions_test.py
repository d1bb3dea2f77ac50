#!/usr/bin/env python3
"""Actions of others: the webhook is called as the reference calls it, and what it answers is the client's, or is not.

usage: actions_test.py BINARY
"""
import json
import sys
import urllib.request

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402
from webhook import Webhook  # noqa: E402

TYPES = {"input_objects": [{"name": "Trip", "fields": [{"name": "to", "type": "String!"}, {"name": "seats", "type": "Int"}]}],
         "objects": [{"name": "Offer", "fields": [{"name": "price", "type": "Int!"}, {"name": "notes", "type": "[String!]"}, {"name": "by", "type": "Operator"}]},
                     {"name": "Operator", "fields": [{"name": "name", "type": "String!"}]}]}


class ActionsTest(AppTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.hook = Webhook()
        self.addCleanup(self.hook.stop)
        self.reply: tuple[int, object] = (200, {"price": 5})
        self.hook.answer = lambda body: (self.reply[0], {}, self.reply[1] if isinstance(self.reply[1], str) else json.dumps(self.reply[1]))
        self.app: App = self.start(HOOKS=self.hook.url, HOOK_KEY="from-the-environment")
        self.app.metadata("set_custom_types", TYPES)
        self.create("offer", {"arguments": [{"name": "trip", "type": "Trip!"}], "output_type": "Offer", "forward_client_headers": True, "ignored_client_headers": ["x-secret"],
                              "headers": [{"name": "X-Key", "value_from_env": "HOOK_KEY"}, {"name": "X-Fixed", "value": "1"}]})
        self.app.metadata("create_action_permission", {"action": "offer", "role": "user"})

    def create(self, name: str, definition: dict) -> None:
        self.app.metadata("create_action", {"name": name, "definition": {"kind": "synchronous", "type": "query", "handler": "{{HOOKS}}/" + name, **definition}})

    def ask(self, query: str = '{offer(trip: {to: "Rome"}) {price}}', variables: dict | None = None, **headers: str) -> dict:
        return self.app.query(query, variables, headers)

    def refused(self, answer: tuple, query: str = '{offer(trip: {to: "Rome"}) {price notes by {name}}}') -> dict:
        self.reply = answer
        [error] = self.ask(query)["errors"]
        return error

    def test_the_webhook_is_told_who_asks_for_what(self) -> None:
        query = "query Q($trip: Trip!) {mine: offer(trip: $trip) {cost: price __typename notes by {name}}}"
        self.reply = (200, {"price": 7, "notes": ["a", "b"], "by": {"name": "Bruning", "more": 1}, "unasked": True})
        answer = self.ask(query, {"trip": {"to": "Rome", "seats": 2}}, **{"X-Hasura-Role": "user", "X-Hasura-User-Id": "9", "X-Trace": "t", "X-Secret": "s", "X-Key": "the client's"})
        self.assertEqual(answer, {"data": {"mine": {"cost": 7, "__typename": "Offer", "notes": ["a", "b"], "by": {"name": "Bruning"}}}})
        [(path, headers, body)] = self.hook.calls
        self.assertEqual(path, "/offer")
        self.assertEqual(body, {"action": {"name": "offer"}, "input": {"trip": {"to": "Rome", "seats": 2}}, "request_query": query,
                                "session_variables": {"x-hasura-role": "user", "x-hasura-user-id": "9"}})
        self.assertEqual((headers["x-key"], headers["x-fixed"], headers["x-trace"], headers["content-type"]), ("from-the-environment", "1", "t", "application/json"))
        self.assertNotIn("x-secret", headers)

    def test_cookies_of_the_webhook_are_the_client_s(self) -> None:
        self.hook.answer = lambda body: (200, {"Set-Cookie": "a=1; HttpOnly", "X-Other": "kept"}, '{"price": 5}')
        request = urllib.request.Request(self.app.url + "/v1/graphql", json.dumps({"query": '{offer(trip: {to: "Rome"}) {price} again: offer(trip: {to: "Ems"}) {price}}'}).encode(),
                                         {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            self.assertEqual(response.headers.get_all("set-cookie"), ["a=1; HttpOnly"] * 2)
            self.assertIsNone(response.headers.get("x-other"))

    def test_what_does_not_fit_the_type_is_refused(self) -> None:
        for answer, message in (
            ([1], "got array for the action webhook response, expecting Offer"),
            ("x", None),
            ({"notes": []}, 'field "price" expected in webhook response, but not found'),
            ({"price": None}, 'expecting not null value for field "price"'),
            ({"price": "5"}, "got scalar String for the action webhook response, expecting Int!"),
            ({"price": 1, "notes": ["a", None]}, "got null for the action webhook response"),
            ({"price": 1, "by": []}, "got array for the action webhook response, expecting Operator"),
        ):
            with self.subTest(answer=answer):
                error = self.refused((200, answer))
                self.assertEqual(error["message"], message or "not a valid json response from webhook")
                self.assertEqual(error["extensions"], {"path": "$", "code": "unexpected"})
        self.reply = (200, "null")
        self.assertEqual(self.ask(), {"data": {"offer": None}})

    def test_refusals_of_the_webhook_are_the_clients(self) -> None:
        self.assertEqual(self.refused((400, {"message": "sold out"})), {"message": "sold out", "extensions": {"path": "$", "code": "unexpected"}})
        self.assertEqual(self.refused((409, {"message": "sold out", "code": "gone"})), {"message": "sold out", "extensions": {"path": "$", "code": "gone"}})
        own = {"code": "mine", "until": 3}
        self.assertEqual(self.refused((422, {"message": "m", "code": "gone", "extensions": own})), {"message": "m", "extensions": own})
        for answer in ((500, {"message": "a secret"}), (302, {}), (400, "no JSON"), (404, {"code": "x"})):
            self.assertEqual(self.refused(answer), {"message": "internal error", "extensions": {"path": "$", "code": "unexpected"}})

    def test_a_webhook_that_is_not_there_is_said(self) -> None:
        self.create("gone", {"output_type": "Int", "handler": "http://127.0.0.1:1/"})
        self.assertEqual(self.ask("{gone}")["errors"][0]["message"], "http exception when calling webhook")
        self.create("unset", {"output_type": "Int", "handler": "{{NOWHERE}}/"})
        self.assertIn("environment variable 'NOWHERE' not set", self.ask("{unset}")["errors"][0]["message"])

    def test_templates_make_request_and_answer_of_another_form(self) -> None:
        self.create("weather", {
            "arguments": [{"name": "town", "type": "String!"}], "output_type": "Offer",
            "request_transform": {"version": 2, "template_engine": "Kriti", "method": "POST", "url": "{{$base_url}}/{{escapeUri($body.input.town)}}",
                                  "query_params": {"by": "{{$session_variables['x-hasura-role']}}", "key": "{{getEnvironmentVariable('HOOK_KEY')}}"},
                                  "request_headers": {"add_headers": {"x-made": "{{toUpper($body.action.name)}}"}, "remove_headers": ["content-type"]},
                                  "body": {"action": "transform", "template": '{"q": {{$body.input.town}}, "list": [{{range i, x := [1, 2]}} {{i}} {{end}}]}'}},
            "response_transform": {"version": 2, "template_engine": "Kriti", "body": {"action": "transform", "template": '{"price": {{$body.cents}}, "notes": [{{$body?.note ?? "none"}}]}'}}})
        self.reply = (200, {"cents": 7})
        self.assertEqual(self.ask('{weather(town: "Bad Ems") {price notes}}'), {"data": {"weather": {"price": 7, "notes": ["none"]}}})
        [(path, headers, body)] = self.hook.calls
        self.assertEqual((path, body), ("/weather/Bad%20Ems?by=admin&key=from-the-environment", {"q": "Bad Ems", "list": [0, 1]}))
        self.assertEqual(headers["x-made"], "WEATHER")
        self.create("broken", {"output_type": "Int", "request_transform": {"version": 2, "template_engine": "Kriti", "body": {"action": "transform", "template": "{{ $body.gone.x }}"}}})
        self.assertEqual(self.ask("{broken}")["errors"][0]["message"], 'the request could not be transformed: "gone" not found in object.')

    def test_only_roles_with_permission_call_it(self) -> None:
        self.assertIn("errors", self.ask(**{"X-Hasura-Role": "other"}))
        self.assertEqual(self.hook.calls, [])

    def test_it_runs_beside_tables_and_as_a_mutation(self) -> None:
        self.app.run_sql("CREATE TABLE stop (id int PRIMARY KEY); INSERT INTO stop VALUES (1)")
        self.app.metadata("pg_track_table", {"table": "stop"})
        self.assertEqual(self.ask('{offer(trip: {to: "Rome"}) {price} stop {id}}'), {"data": {"offer": {"price": 5}, "stop": [{"id": 1}]}})
        self.create("book", {"type": "mutation", "output_type": "[Int!]!"})
        self.reply = (200, [1, 2])
        self.assertEqual(self.ask("mutation {book}"), {"data": {"book": [1, 2]}})


if __name__ == "__main__":
    run_tests(ActionsTest)
