#!/usr/bin/env python3
"""The Relay schema at /v1beta1/relay: ids that name rows anywhere, and lists in pages that neither skip nor repeat a row.

usage: relay_test.py BINARY
"""
import base64
import json
import sys

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402

TABLES = """
CREATE TABLE depot (id serial PRIMARY KEY, town text NOT NULL);
CREATE TABLE coach (id serial PRIMARY KEY, plate text NOT NULL, seats int, depot_id int REFERENCES depot);
CREATE TABLE stop (line text, place int, name text, PRIMARY KEY (line, place));
INSERT INTO depot (town) VALUES ('Ulm'), ('Bonn');
INSERT INTO coach (plate, seats, depot_id) VALUES ('A', 50, 1), ('B', NULL, 1), ('C', 30, 2), ('D', 50, 2), ('E', NULL, 1), ('F', 20, NULL), ('G', 30, 1);
INSERT INTO stop VALUES ('7', 1, 'Mitte'), ('7', 2, 'Ost');
"""


class RelayTest(AppTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cluster.sql(self.database, TABLES)
        self.app: App = self.start()
        for table in ("depot", "coach", "stop"):
            self.app.metadata("pg_track_table", {"table": table})
        self.app.metadata("pg_create_array_relationship", {"table": "depot", "name": "coaches", "using": {"foreign_key_constraint_on": {"table": "coach", "column": "depot_id"}}})
        self.app.metadata("pg_create_object_relationship", {"table": "coach", "name": "depot", "using": {"foreign_key_constraint_on": "depot_id"}})

    def ask(self, query: str, variables: dict | None = None, **headers: str) -> dict:
        return self.app.ask("/v1beta1/relay", {"query": query, "variables": variables or {}}, headers)[1]

    def data(self, query: str, variables: dict | None = None, **headers: str) -> dict:
        answer = self.ask(query, variables, **headers)
        self.assertIn("data", answer, answer)
        return answer["data"]

    def pages(self, order: str, forwards: bool, size: int = 2) -> list[str]:
        """The plates of all pages, in the order of the list; checks what the pages say of each other."""
        count, cursor, end, more, fewer = ("first", "after", "endCursor", "hasNextPage", "hasPreviousPage") if forwards else (
            "last", "before", "startCursor", "hasPreviousPage", "hasNextPage")
        query = (f"query ($cursor: String) {{coach_connection({count}: {size}, {cursor}: $cursor, order_by: {order}) "
                 "{edges {cursor node {plate}} pageInfo {startCursor endCursor hasNextPage hasPreviousPage}}}")
        plates: list[str] = []
        place, is_first = None, True
        while True:
            page = self.data(query, {"cursor": place})["coach_connection"]
            found = [edge["node"]["plate"] for edge in page["edges"]]
            plates = plates + found if forwards else found + plates
            info = page["pageInfo"]
            self.assertEqual((info["startCursor"], info["endCursor"]), (page["edges"][0]["cursor"], page["edges"][-1]["cursor"]))
            self.assertEqual(info[fewer], not is_first)
            if not info[more]:
                return plates
            place, is_first = info[end], False

    def test_pages_hold_each_row_once_whatever_the_order(self) -> None:
        for order in ("{plate: desc}", "{seats: asc}", "{seats: desc}", "{seats: asc_nulls_first}", "{seats: desc_nulls_last}", "[{seats: desc}, {plate: desc}]",
                      "{depot: {town: asc}}", "[{depot: {town: desc_nulls_last}}, {seats: asc}]"):
            whole = [row["plate"] for row in self.app.query(f"{{coach(order_by: [{order.strip('[]')}, {{id: asc}}]) {{plate}}}}")["data"]["coach"]]
            self.assertEqual(self.pages(order, True), whole, order)
            self.assertEqual(self.pages(order, False, 3), whole, order)
        self.assertEqual([row["coaches_connection"]["edges"] for row in (edge["node"] for edge in self.data(
            "{depot_connection(order_by: {id: asc}) {edges {node {coaches_connection(first: 1, order_by: {plate: desc}) {edges {node {plate}}}}}}}")["depot_connection"]["edges"])],
            [[{"node": {"plate": "G"}}], [{"node": {"plate": "D"}}]])

    def test_an_id_names_its_row(self) -> None:
        [edge] = self.data('{coach_connection(where: {plate: {_eq: "C"}}) {edges {node {id __typename depot {id}}}}}')["coach_connection"]["edges"]
        coach = edge["node"]
        self.assertEqual(json.loads(base64.b64decode(coach["id"])), [1, "public", "coach", 3])
        query = "query ($id: ID!) {node(id: $id) {id __typename ...Coach ... on depot {town coaches_aggregate {aggregate {count}}}}} fragment Coach on coach {plate ... on Node {again: id}}"
        self.assertEqual(self.data(query, {"id": coach["id"]}), {"node": {"id": coach["id"], "__typename": "coach", "plate": "C", "again": coach["id"]}})
        self.assertEqual(self.data(query, {"id": coach["depot"]["id"]})["node"]["town"], "Bonn", "the plan follows the id")
        stop = base64.b64encode(b'[1, "public", "stop", "7", 2]').decode()
        self.assertEqual(self.data(f'{{node(id: "{stop}") {{... on stop {{name id}}}}}}'), {"node": {"name": "Ost", "id": stop}})
        gone = base64.b64encode(b'[1, "public", "coach", 99]').decode()
        self.assertEqual(self.data(query, {"id": gone}), {"node": None})
        made = self.data('mutation {insert_coach_one(object: {plate: "H"}) {id}}')["insert_coach_one"]
        self.assertEqual(self.data(query, made)["node"]["plate"], "H")

    def test_a_role_finds_what_it_may_see(self) -> None:
        self.app.metadata("pg_create_select_permission", {"table": "coach", "role": "user", "permission": {"columns": ["plate"], "filter": {"seats": {"_gt": 40}}, "limit": 1}})
        page = self.data("{coach_connection(first: 5) {edges {node {plate id}} pageInfo {hasNextPage endCursor}}}", **{"X-Hasura-Role": "user"})["coach_connection"]
        self.assertEqual([edge["node"]["plate"] for edge in page["edges"]], ["A"])
        self.assertTrue(page["pageInfo"]["hasNextPage"])
        query = "query ($after: String) {coach_connection(after: $after) {edges {node {plate}}}}"
        self.assertEqual(self.data(query, {"after": page["pageInfo"]["endCursor"]}, **{"X-Hasura-Role": "user"})["coach_connection"]["edges"], [{"node": {"plate": "D"}}])
        for plain, row in ((b'[1, "public", "coach", 1]', {"plate": "A"}), (b'[1, "public", "coach", 3]', None)):
            self.assertEqual(self.data(f'{{node(id: "{base64.b64encode(plain).decode()}") {{... on coach {{plate}}}}}}', **{"X-Hasura-Role": "user"}), {"node": row})
        [error] = self.ask("query ($id: ID!) {node(id: $id) {id}}", {"id": base64.b64encode(b'[1, "public", "depot", 1]').decode()}, **{"X-Hasura-Role": "user"})["errors"]
        self.assertEqual((error["message"], error["extensions"]["path"]), ("invalid node id: no such table found: 'depot'", "$.selectionSet.node.args.id"))

    def test_what_cannot_be_is_refused(self) -> None:
        foreign = base64.b64encode(b'{"plate" : "A"}').decode()
        for query, message, path in (
            ("{coach_connection(after: \"a\", before: \"b\") {edges {cursor}}}", '"after" and "before" are not allowed at once', "args"),
            ("{coach_connection(first: -1) {edges {cursor}}}", "expected a non-negative 32-bit integer for type 'Int', but found an integer", "args.first"),
            ("{coach_connection(after: \"no cursor\") {edges {cursor}}}", 'the "after" or "before" cursor is invalid', "args.after"),
            (f"{{coach_connection(after: \"{foreign}\", order_by: {{seats: asc}}) {{edges {{cursor}}}}}}", 'the "after" or "before" cursor is invalid', "args.after"),
        ):
            [error] = self.ask(query)["errors"]
            self.assertEqual((error["message"], error["extensions"]["path"]), (message, f"$.selectionSet.coach_connection.{path}"))
        [error] = self.ask(f'{{node(id: "{base64.b64encode(b"[1]").decode()}") {{id}}}}')["errors"]
        self.assertEqual(error["message"], "invalid node id: Error in $: unexpected GUID format: [1]")
        [error] = self.ask('{node(id: "x") {plate}}')["errors"]
        self.assertEqual(error["message"], "field 'plate' not found in type: 'Node'")
        self.assertIn("errors", self.ask("{coach {plate}}"), "lists without pages are of the other schema")
        self.assertIn("errors", self.app.query("{coach_connection {edges {cursor}}}"))

    def test_tools_find_the_interface(self) -> None:
        types = self.data('{node: __type(name: "Node") {kind possibleTypes {name} fields {name type {ofType {name}}}} coach: __type(name: "coach") {interfaces {name} fields {name}}}')
        self.assertEqual((types["node"]["kind"], sorted(each["name"] for each in types["node"]["possibleTypes"])), ("INTERFACE", ["coach", "depot", "stop"]))
        self.assertEqual(types["node"]["fields"], [{"name": "id", "type": {"ofType": {"name": "ID"}}}])
        self.assertEqual(types["coach"]["interfaces"], [{"name": "Node"}])
        self.assertEqual([each["name"] for each in types["coach"]["fields"]].count("id"), 1)


if __name__ == "__main__":
    run_tests(RelayTest)
