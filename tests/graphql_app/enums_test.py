#!/usr/bin/env python3
"""Tables as enums: what refers to one takes its rows' names and nothing else.

usage: enums_test.py BINARY
"""
import sys

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402

TABLES = """
CREATE TABLE fuel (value text PRIMARY KEY, comment text);
INSERT INTO fuel VALUES ('diesel', 'from a pump'), ('electric', NULL);
CREATE TABLE coach (id serial PRIMARY KEY, fuel text NOT NULL REFERENCES fuel, spare_fuel text REFERENCES fuel);
INSERT INTO coach (fuel, spare_fuel) VALUES ('diesel', NULL), ('electric', 'diesel');
CREATE TABLE plain (id serial PRIMARY KEY, a text, b text);
CREATE TABLE empty (value text PRIMARY KEY);
CREATE TABLE unnamed (value text PRIMARY KEY);
INSERT INTO unnamed VALUES ('two words'), ('9'), ('good');
"""


class EnumsTest(AppTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cluster.sql(self.database, TABLES)
        self.app: App = self.start()
        self.app.metadata("pg_track_table", {"table": "fuel", "is_enum": True})
        self.app.metadata("pg_track_table", {"table": "coach"})

    def refusal(self, query: str, variables: dict | None = None) -> str:
        [error] = self.app.query(query, variables)["errors"]
        self.assertEqual(error["extensions"]["code"], "validation-failed")
        return error["message"]

    def test_values_are_names(self) -> None:
        answer = self.app.query("{coach(where: {fuel: {_in: [diesel]}}) {id fuel spare_fuel}}")
        self.assertEqual(answer, {"data": {"coach": [{"id": 1, "fuel": "diesel", "spare_fuel": None}]}})
        query = "query ($fuel: fuel_enum!) {coach(where: {fuel: {_eq: $fuel}}) {id}}"
        for fuel, found in (("electric", 2), ("diesel", 1)):
            self.assertEqual(self.app.query(query, {"fuel": fuel}), {"data": {"coach": [{"id": found}]}})
        made = self.app.query("mutation {insert_coach_one(object: {fuel: electric, spare_fuel: null}) {fuel} update_coach_by_pk(pk_columns: {id: 1}, _set: {spare_fuel: electric}) {spare_fuel}}")
        self.assertEqual(made, {"data": {"insert_coach_one": {"fuel": "electric"}, "update_coach_by_pk": {"spare_fuel": "electric"}}})

    def test_nothing_else_is_a_value(self) -> None:
        self.assertEqual(self.refusal('{coach(where: {fuel: {_eq: "diesel"}}) {id}}'), "expected an enum value for type 'fuel_enum', but found a string")
        known = "expected one of the values ['diesel', 'electric'] for type 'fuel_enum', but found 'coal'"
        self.assertEqual(self.refusal("{coach(where: {fuel: {_nin: [diesel, coal]}}) {id}}"), known)
        self.assertEqual(self.refusal("mutation ($fuel: fuel_enum!) {insert_coach_one(object: {fuel: $fuel}) {id}}", {"fuel": "coal"}), known)
        self.assertIn("_like", self.refusal("{coach(where: {fuel: {_like: diesel}}) {id}}"))
        self.assertEqual(self.app.query("{coach_aggregate {aggregate {count}}}"), {"data": {"coach_aggregate": {"aggregate": {"count": 2}}}})

    def test_the_schema_tells_them_in_order(self) -> None:
        answer = self.app.query('{__type(name: "fuel_enum") {kind enumValues {name description}}}')
        values = [{"name": "diesel", "description": "from a pump"}, {"name": "electric", "description": None}]
        self.assertEqual(answer["data"]["__type"]["kind"], "ENUM")
        self.assertEqual([{**value, "description": value["description"] or None} for value in answer["data"]["__type"]["enumValues"]], values)
        self.app.metadata("pg_set_table_is_enum", {"table": "fuel", "is_enum": False})
        self.assertEqual(self.app.query('{__type(name: "fuel_enum") {kind}}'), {"data": {"__type": None}})
        self.assertEqual(len(self.app.query('{coach(where: {fuel: {_eq: "diesel"}}) {id}}')["data"]["coach"]), 1)

    def test_a_row_that_is_added_shows_after_the_metadata_is_read_again(self) -> None:
        self.cluster.sql(self.database, "INSERT INTO fuel VALUES ('hydrogen')")
        self.assertIn("'hydrogen'", self.refusal("{coach(where: {fuel: {_eq: hydrogen}}) {id}}"))
        self.app.metadata("reload_metadata", {"reload_sources": True})
        self.assertEqual(self.app.query("{coach(where: {fuel: {_eq: hydrogen}}) {id}}"), {"data": {"coach": []}})

    def test_what_can_be_none_is_refused_with_the_reason(self) -> None:
        reasons = {
            "plain": ['primary key ("id") must have type "text", not type "int4"', "not 3 columns"],
            "empty": ["because the table must have at least one row"],
            "unnamed": ['values "9", "two words" are not valid GraphQL enum value names'],
        }
        for table, parts in reasons.items():
            status, answer = self.app.ask("/v1/metadata", {"type": "pg_track_table", "args": {"table": table, "is_enum": True}})
            self.assertEqual(status, 400, answer)
            self.assertIn(f'the table "{table}" cannot be used as an enum', str(answer))
            for part in parts:
                self.assertIn(part, str(answer))
        self.assertEqual(self.app.metadata("get_inconsistent_metadata")["is_consistent"], True)


if __name__ == "__main__":
    run_tests(EnumsTest)
