#!/usr/bin/env python3
"""Relationships across databases, and from an action's answer to tables: the engine asks for both ends and puts them together.

usage: joins_test.py BINARY
"""
import json
import sys

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402
from webhook import Webhook  # noqa: E402

NORTH = """
CREATE TABLE tour (id int PRIMARY KEY, coach_id int, region text NOT NULL, price numeric NOT NULL, note jsonb);
INSERT INTO tour VALUES (1, 10, 'alps', 12.340000000000000000001, '{"coach": [10]}'), (2, 10, 'sea', 5, '[1]'), (3, 11, 'alps', 7, NULL), (4, NULL, 'sea', 7, '"x"'), (5, 99, 'sea', 7, NULL);
"""
SOUTH = """
CREATE TABLE coach (id int PRIMARY KEY, plate text NOT NULL, depot text NOT NULL, weight numeric NOT NULL DEFAULT 1.10);
CREATE TABLE seat (id serial PRIMARY KEY, coach_id int NOT NULL REFERENCES coach, row_no int NOT NULL);
INSERT INTO coach VALUES (10, 'S-"10', 'alps'), (11, 'S-11', 'sea'), (12, 'S-12', 'alps');
INSERT INTO seat (coach_id, row_no) SELECT 10, n FROM generate_series(1, 3) n;
"""


class JoinsTest(AppTestCase):
    def start_with_sources(self, **settings: str) -> App:
        app = self.start(**settings)
        for name, tables, tracked in (("north", NORTH, ["tour"]), ("south", SOUTH, ["coach", "seat"])):
            url = self.cluster.create(f"{self.database}_{name}")
            self.cluster.sql(f"{self.database}_{name}", tables)
            app.metadata("pg_add_source", {"name": name, "configuration": {"connection_info": {"database_url": url}}})
            for table in tracked:
                app.metadata("pg_track_table", {"source": name, "table": table})
        app.metadata("pg_create_array_relationship", {"source": "south", "table": "coach", "name": "seats", "using": {"foreign_key_constraint_on": {"table": "seat", "column": "coach_id"}}})
        self.relate(app, "north", "tour", "coach", "south", "coach", "object", {"coach_id": "id"})
        self.relate(app, "north", "tour", "coaches_there", "south", "coach", "array", {"region": "depot"})
        self.relate(app, "south", "coach", "tours", "north", "tour", "array", {"id": "coach_id"})
        return app

    def relate(self, app: App, source: str, table: str, name: str, to: str, to_table: str, kind: str, mapping: dict, operation: str = "pg_create_remote_relationship") -> None:
        app.metadata(operation, {"source": source, "table": table, "name": name, "definition": {
            "to_source": {"source": to, "table": to_table, "relationship_type": kind, "field_mapping": mapping}}})

    def data(self, app: App, query: str, variables: dict | None = None, **headers: str) -> dict:
        answer = app.query(query, variables, headers)
        self.assertIn("data", answer, answer)
        return answer["data"]

    def test_rows_of_another_database_are_where_they_belong(self) -> None:
        app = self.start_with_sources()
        status, text = app.ask("/v1/graphql", {"query": "{tour(order_by: {id: asc}) {price id mine: coach {plate seats(limit: 2, order_by: {row_no: desc}) {row_no}} note}}"})
        self.assertEqual(status, 200)
        rows = text["data"]["tour"]
        self.assertEqual([row["mine"] for row in rows], [
            {"plate": 'S-"10', "seats": [{"row_no": 3}, {"row_no": 2}]}, {"plate": 'S-"10', "seats": [{"row_no": 3}, {"row_no": 2}]}, {"plate": "S-11", "seats": []}, None, None])
        self.assertEqual([list(row) for row in rows], [["price", "id", "mine", "note"]] * 5, "in the order of the question")
        self.assertEqual([row["note"] for row in rows], [{"coach": [10]}, [1], None, "x", None])

    def test_lists_take_the_arguments_of_lists(self) -> None:
        app = self.start_with_sources()
        read = self.data(app, """query ($no: Int!, $plate: String!) {tour_by_pk(id: 1) {
            coaches_there(where: {plate: {_neq: $plate}}, order_by: {id: desc}, limit: $no) {id}
            coaches_there_aggregate(order_by: {id: asc}) {aggregate {count max {id}} nodes {plate __typename}}}}""", {"no": 1, "plate": "none"})
        self.assertEqual(read["tour_by_pk"], {"coaches_there": [{"id": 12}], "coaches_there_aggregate": {
            "aggregate": {"count": 2, "max": {"id": 12}}, "nodes": [{"plate": 'S-"10', "__typename": "coach"}, {"plate": "S-12", "__typename": "coach"}]}})

    def test_there_and_back_again(self) -> None:
        app = self.start_with_sources()
        read = self.data(app, "{seat(where: {row_no: {_eq: 1}}) {coach_id} coach(order_by: {id: asc}) {tours(order_by: {id: asc}) {id coach {plate tours(where: {id: {_gt: 1}}) {id}}}}}")
        self.assertEqual(read["coach"], [{"tours": [{"id": 1, "coach": {"plate": 'S-"10', "tours": [{"id": 2}]}}, {"id": 2, "coach": {"plate": 'S-"10', "tours": [{"id": 2}]}}]},
                                         {"tours": [{"id": 3, "coach": {"plate": "S-11", "tours": [{"id": 3}]}}]}, {"tours": []}])

    def test_what_a_mutation_wrote_shows_it_too(self) -> None:
        app = self.start_with_sources()
        written = self.data(app, """mutation {insert_tour_one(object: {id: 6, coach_id: 12, region: "sea", price: 1}) {coach {plate}}
            many: insert_tour(objects: [{id: 7, coach_id: 11, region: "alps", price: 1}, {id: 8, region: "sea", price: 1}]) {affected_rows returning {id coach {id}}}
            update_tour_many(updates: [{where: {id: {_eq: 6}}, _set: {coach_id: 10}}]) {returning {coach {id}}}}""")
        self.assertEqual(written, {"insert_tour_one": {"coach": {"plate": "S-12"}}, "many": {"affected_rows": 2, "returning": [{"id": 7, "coach": {"id": 11}}, {"id": 8, "coach": None}]},
                                   "update_tour_many": [{"returning": [{"coach": {"id": 10}}]}]})

    def test_numbers_keep_their_digits(self) -> None:
        app = self.start_with_sources()
        self.assertIn(b"12.340000000000000000001", self.raw(app, "{tour_by_pk(id: 1) {price coach {weight}}}"))
        self.assertIn(b"1.10", self.raw(app, "{tour_by_pk(id: 1) {price coach {weight}}}"))

    def raw(self, app: App, query: str) -> bytes:
        import urllib.request
        request = urllib.request.Request(app.url + "/v1/graphql", json.dumps({"query": query}).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.read()

    def test_a_role_follows_only_where_it_sees_both_ends(self) -> None:
        app = self.start_with_sources()
        allow = lambda source, table, columns, **more: app.metadata("pg_create_select_permission", {"source": source, "table": table, "role": "user", "permission": {"columns": columns, "filter": {}, **more}})
        allow("north", "tour", ["id", "coach_id"])
        user = {"X-Hasura-Role": "user", "X-Hasura-Depot": "alps"}
        self.assertIn("field 'coach' not found", app.query("{tour {coach {id}}}", headers=user)["errors"][0]["message"])
        allow("south", "coach", ["id"], filter={"depot": {"_eq": "X-Hasura-Depot"}})
        self.assertEqual(self.data(app, "{tour(order_by: {id: asc}) {coach {id}}}", **user), {"tour": [{"coach": {"id": 10}}, {"coach": {"id": 10}}, {"coach": None}, {"coach": None}, {"coach": None}]})
        for hidden in ("{tour {coaches_there {id}}}", "{tour {coach {plate}}}", "{coach {tours_aggregate {aggregate {count}}}}"):
            self.assertEqual(app.query(hidden, headers=user)["errors"][0]["extensions"]["code"], "validation-failed", hidden)

    def test_subscriptions_refuse_it(self) -> None:
        app = self.start_with_sources()
        [error] = app.query("subscription {tour {coach {id}}}")["errors"]
        self.assertEqual((error["message"], error["extensions"]["code"]), ("Remote relationships are not allowed in subscriptions", "not-supported"))

    def test_what_does_not_fit_is_refused_and_what_goes_is_told(self) -> None:
        app = self.start_with_sources()
        for to, table, mapping, words in (("west", "coach", {"id": "id"}, 'source with name "west" does not exist'), ("south", "gone", {"id": "id"}, 'table "gone" does not exist in source: south'),
                                          ("south", "coach", {"nr": "id"}, 'no such column exists: "nr" in table "tour"'), ("south", "coach", {"id": "nr"}, 'no such column exists: "nr" in table "coach"')):
            status, answer = app.ask("/v1/metadata", {"type": "pg_create_remote_relationship", "args": {"source": "north", "table": "tour", "name": "odd", "definition": {
                "to_source": {"source": to, "table": table, "relationship_type": "object", "field_mapping": mapping}}}})
            self.assertEqual(status, 400, words)
            self.assertIn(words, json.dumps(answer).replace('\\"', '"').replace('\\\\', ''))
        status, answer = app.ask("/v1/metadata", {"type": "pg_create_remote_relationship", "args": {"source": "north", "table": "tour", "name": "odd", "definition": {"to_source": {"source": "south", "table": "coach"}}}})
        self.assertEqual((status, "relationship_type" in answer["error"]), (400, True), answer)
        status, answer = app.ask("/v1/metadata", {"type": "pg_untrack_table", "args": {"source": "north", "table": "tour"}})
        self.assertEqual((status, answer["code"]), (400, "dependency-error"), answer)
        self.assertIn("remote relationship coach.tours", answer["error"])
        app.metadata("pg_untrack_table", {"source": "north", "table": "tour", "cascade": True})
        self.assertEqual(self.data(app, "{coach_by_pk(id: 10) {id}}"), {"coach_by_pk": {"id": 10}})
        self.assertEqual(app.metadata("get_inconsistent_metadata"), {"is_consistent": True, "inconsistent_objects": []})

    def test_it_can_be_changed_and_dropped(self) -> None:
        app = self.start_with_sources()
        self.relate(app, "north", "tour", "coach", "south", "coach", "array", {"coach_id": "id"}, "pg_update_remote_relationship")
        self.assertEqual(self.data(app, "{tour_by_pk(id: 3) {coach {id}}}"), {"tour_by_pk": {"coach": [{"id": 11}]}})
        app.metadata("pg_delete_remote_relationship", {"source": "north", "table": "tour", "name": "coach"})
        self.assertIn("errors", app.query("{tour {coach {id}}}"))

    def test_an_action_s_answer_leads_to_tables(self) -> None:
        hook = Webhook()
        self.addCleanup(hook.stop)
        hook.answer = lambda body: (200, {}, json.dumps([{"coach": 10, "price": 5, "by": {"depot": "alps"}}, {"coach": None, "price": 6}, {"price": 7, "by": {"depot": "sea"}}]))
        app = self.start_with_sources(HOOKS=hook.url)
        app.metadata("set_custom_types", {"objects": [
            {"name": "Offer", "fields": [{"name": "price", "type": "Int!"}, {"name": "coach", "type": "Int"}, {"name": "by", "type": "Depot"}],
             "relationships": [{"name": "vehicle", "type": "object", "source": "south", "remote_table": "coach", "field_mapping": {"coach": "id"}}]},
            {"name": "Depot", "fields": [{"name": "depot", "type": "String!"}], "relationships": [{"name": "coaches", "type": "array", "source": "south", "remote_table": "coach", "field_mapping": {"depot": "depot"}}]}]})
        app.metadata("create_action", {"name": "offers", "definition": {"kind": "synchronous", "type": "query", "handler": "{{HOOKS}}/offers", "output_type": "[Offer!]!"}})
        read = self.data(app, "{offers {price vehicle {plate tours(order_by: {id: asc}) {id}} by {coaches(order_by: {id: asc}) {id} coaches_aggregate {aggregate {count}}}}}")
        self.assertEqual(read["offers"], [
            {"price": 5, "vehicle": {"plate": 'S-"10', "tours": [{"id": 1}, {"id": 2}]}, "by": {"coaches": [{"id": 10}, {"id": 12}], "coaches_aggregate": {"aggregate": {"count": 2}}}},
            {"price": 6, "vehicle": None, "by": None}, {"price": 7, "vehicle": None, "by": {"coaches": [{"id": 11}], "coaches_aggregate": {"aggregate": {"count": 1}}}}])
        status, answer = app.ask("/v1/metadata", {"type": "pg_untrack_table", "args": {"source": "south", "table": "coach"}})
        self.assertEqual((status, answer["code"]), (400, "dependency-error"))
        app.metadata("create_action_permission", {"action": "offers", "role": "user"})
        self.assertIn("field 'vehicle' not found", app.query("{offers {vehicle {id}}}", headers={"X-Hasura-Role": "user"})["errors"][0]["message"])


if __name__ == "__main__":
    run_tests(JoinsTest)
