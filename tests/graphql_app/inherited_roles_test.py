#!/usr/bin/env python3
"""Roles that inherit from others: what they read is put together row by row, what they write they have from one role alone.

usage: inherited_roles_test.py BINARY
"""
import sys

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402

TABLES = """
CREATE TABLE driver (id serial PRIMARY KEY, name text, wage int, phone text, depot int);
INSERT INTO driver (name, wage, phone, depot) VALUES ('Ada', 30, '1', 1), ('Ben', 20, '2', 1), ('Cyd', 10, '3', 2);
CREATE FUNCTION hires(called text) RETURNS SETOF driver VOLATILE LANGUAGE sql AS $$ INSERT INTO driver (name, depot) VALUES (called, 1) RETURNING * $$;
"""
EACH = {"filter": {"id": {"_eq": "X-Hasura-Id"}}, "columns": ["id", "name", "wage"]}
DEPOT = {"filter": {"depot": {"_eq": "X-Hasura-Depot"}}, "columns": ["id", "name", "phone"], "allow_aggregations": True, "limit": 2}


class InheritedRolesTest(AppTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cluster.sql(self.database, TABLES)
        self.app: App = self.start()
        self.app.metadata("pg_track_table", {"table": "driver"})
        self.permit("select", "self", EACH)
        self.permit("select", "dispatcher", DEPOT)
        self.inherit("both", ["self", "dispatcher"])

    def permit(self, kind: str, role: str, permission: dict) -> None:
        self.app.metadata(f"pg_create_{kind}_permission", {"table": "driver", "role": role, "permission": permission})

    def inherit(self, name: str, roles: list[str]) -> None:
        self.app.metadata("add_inherited_role", {"role_name": name, "role_set": roles})

    def ask(self, query: str, role: str = "both", **session: str) -> dict:
        return self.app.query(query, {}, {"X-Hasura-Role": role, "X-Hasura-Id": "3", "X-Hasura-Depot": "1", **session})

    def drivers(self, query: str, role: str = "both", **session: str) -> list:
        return list(self.ask(query, role, **session)["data"].values())[0]

    def test_each_row_shows_what_one_of_the_roles_would_see_of_it(self) -> None:
        self.assertEqual(self.drivers("{driver(order_by: {id: desc}) {id name wage phone}}"),
                         [{"id": 3, "name": "Cyd", "wage": 10, "phone": None}, {"id": 2, "name": "Ben", "wage": None, "phone": "2"}])
        # A row that both give has it all; the larger of the limits holds.
        self.assertEqual(self.drivers("{driver(order_by: {id: asc}) {id wage phone}}", **{"X-Hasura-Id": "1"}),
                         [{"id": 1, "wage": 30, "phone": "1"}, {"id": 2, "wage": None, "phone": "2"}])
        self.assertEqual(self.drivers("{driver_by_pk(id: 2) {name wage}}"), {"name": "Ben", "wage": None})
        kinds = {field["name"]: field["type"]["kind"] for field in self.ask('{__type(name: "driver") {fields {name type {kind}}}}')["data"]["__type"]["fields"]}
        self.assertEqual(kinds, {"id": "NON_NULL", "name": "SCALAR", "phone": "SCALAR", "wage": "SCALAR"})

    def test_what_is_not_shown_cannot_be_found_out(self) -> None:
        self.assertEqual(self.drivers("{driver(where: {wage: {_gt: 5}}) {id}}"), [{"id": 3}])
        self.assertEqual(self.drivers("{driver(where: {wage: {_is_null: true}}, order_by: {id: asc}) {id}}"), [{"id": 1}, {"id": 2}])
        self.assertEqual(self.drivers("{driver(order_by: [{wage: desc_nulls_last}, {id: desc}], limit: 2) {id}}"), [{"id": 3}, {"id": 2}])
        self.assertEqual(self.drivers("{driver(distinct_on: wage, order_by: [{wage: asc}, {id: asc}]) {id}}"), [{"id": 3}, {"id": 1}])
        sums = self.drivers("{driver_aggregate {aggregate {count wages: count(columns: wage) sum {wage} max {phone}} nodes {wage}}}")
        self.assertEqual(sums["aggregate"], {"count": 3, "wages": 1, "sum": {"wage": 10}, "max": {"phone": "2"}})

    def test_a_role_may_inherit_from_one_that_inherits(self) -> None:
        self.inherit("more", ["both"])
        self.assertEqual(len(self.drivers("{driver {id}}", "more")), 2)
        # Its own permission wins over what it would inherit, also for those that inherit from it.
        self.permit("select", "both", {"filter": {}, "columns": ["id"]})
        self.assertEqual(len(self.drivers("{driver {id}}", "more")), 3)
        self.assertIn("errors", self.ask("{driver {name}}", "more"))

    def test_what_it_writes_it_has_from_roles_that_agree(self) -> None:
        rename = "mutation {update_driver(where: {}, _set: {name: \"x\"}) {affected_rows}}"
        permission = {"filter": {"id": {"_eq": "X-Hasura-Id"}}, "columns": ["name"]}
        self.permit("update", "self", permission)
        self.assertEqual(self.drivers(rename), {"affected_rows": 1})
        self.permit("update", "dispatcher", permission)
        self.assertEqual(self.drivers(rename), {"affected_rows": 1})
        self.app.metadata("pg_drop_update_permission", {"table": "driver", "role": "dispatcher"})
        self.permit("update", "dispatcher", {**permission, "filter": {}})
        self.assertEqual(self.ask(rename)["errors"][0]["message"], "no mutations exist")
        told = self.app.metadata("get_inconsistent_metadata")
        self.assertFalse(told["is_consistent"])
        [problem] = told["inconsistent_objects"]
        self.assertEqual(problem["entity"], {"permission_type": "update", "source": "default", "table": "driver"})
        self.assertEqual(problem["name"], "both")
        # It stays in the metadata, and what else changes is not refused for it.
        self.app.metadata("drop_inconsistent_metadata")
        self.permit("delete", "self", {"filter": {}})
        self.assertEqual(self.ask(rename)["errors"][0]["extensions"]["path"], "$.selectionSet.update_driver")
        self.permit("update", "both", permission)
        self.assertEqual(self.drivers(rename), {"affected_rows": 1})
        self.assertTrue(self.app.metadata("get_inconsistent_metadata")["is_consistent"])

    def test_what_one_of_the_roles_may_call_it_may_call(self) -> None:
        self.app.metadata("pg_track_function", {"function": "hires", "configuration": {"exposed_as": "mutation"}})
        hire = 'mutation {hires(args: {called: "Dee"}) {name}}'
        self.assertEqual(self.ask(hire)["errors"][0]["message"], "no mutations exist")
        self.app.metadata("pg_create_function_permission", {"function": "hires", "role": "dispatcher"})
        self.assertEqual(self.drivers(hire), [{"name": "Dee"}])

    def test_a_ring_is_refused(self) -> None:
        self.inherit("outer", ["both"])
        status, answer = self.app.ask("/v1/metadata", {"type": "add_inherited_role", "args": {"role_name": "both", "role_set": ["self", "outer"]}})
        self.assertEqual((status, answer["code"]), (400, "cyclic-dependency"))
        self.assertEqual(answer["error"], 'found cycle(s) in roles: [["both","outer"]]')
        self.assertEqual(len(self.drivers("{driver {id}}")), 2)


if __name__ == "__main__":
    run_tests(InheritedRolesTest)
