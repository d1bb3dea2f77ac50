#!/usr/bin/env python3
"""Several databases behind one schema: each source's tables are read and written where they are, named as its customization says.

usage: sources_test.py BINARY
"""
import sys

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402

TABLES = """
CREATE TABLE coach (id serial PRIMARY KEY, plate text UNIQUE NOT NULL, seat_count int CHECK (seat_count > 0), extra jsonb);
CREATE TABLE seat_row (id serial PRIMARY KEY, coach_id int NOT NULL REFERENCES coach, row_no int NOT NULL);
"""


class SourcesTest(AppTestCase):
    def add(self, app: App, name: str, customization: dict | None = None, tables: str = TABLES) -> str:
        """A database of its own as a source; its tables are tracked."""
        url = self.cluster.create(f"{self.database}_{name}")
        self.cluster.sql(f"{self.database}_{name}", tables)
        app.metadata("pg_add_source", {"name": name, "configuration": {"connection_info": {"database_url": url}}, "customization": customization or {}})
        for table in ("coach", "seat_row"):
            app.metadata("pg_track_table", {"source": name, "table": table})
        app.metadata("pg_create_array_relationship", {"source": name, "table": "coach", "name": "seat_rows", "using": {
            "foreign_key_constraint_on": {"table": "seat_row", "column": "coach_id"}}})
        return url

    def data(self, app: App, query: str, **headers: str) -> dict:
        answer = app.query(query, headers=headers)
        self.assertIn("data", answer, answer)
        return answer["data"]

    def two(self) -> App:
        app = self.start()
        self.add(app, "north", {"root_fields": {"prefix": "north_"}, "type_names": {"prefix": "North_"}})
        self.add(app, "south", {"root_fields": {"namespace": "south"}, "type_names": {"suffix": "_S"}})
        return app

    def test_one_query_reads_several_databases(self) -> None:
        app = self.two()
        written = self.data(app, 'mutation {north_insert_coach(objects: {plate: "N-1"}) {affected_rows} south {insert_coach_one(object: {plate: "S-1", seat_count: 50}) {id}}}')
        self.assertEqual(written, {"north_insert_coach": {"affected_rows": 1}, "south": {"insert_coach_one": {"id": 1}}})
        read = self.data(app, "{a: south {__typename coach {plate __typename seat_rows_aggregate {aggregate {count}}}} north_coach {plate __typename} b: south {__typename}}")
        self.assertEqual(list(read), ["a", "north_coach", "b"], "in the order of the question")
        self.assertEqual(read["a"], {"__typename": "south_query_S", "coach": [{"plate": "S-1", "__typename": "coach_S", "seat_rows_aggregate": {"aggregate": {"count": 0}}}]})
        self.assertEqual(read["north_coach"], [{"plate": "N-1", "__typename": "North_coach"}])
        self.assertEqual(read["b"], {"__typename": "south_query_S"})

    def test_what_one_database_refuses_leaves_its_own_rows_alone(self) -> None:
        app = self.two()
        [error] = app.query('mutation {south {a: insert_coach_one(object: {plate: "1"}) {id} b: insert_coach_one(object: {plate: "2", seat_count: -1}) {id}}}')["errors"]
        self.assertEqual((error["extensions"]["code"], error["extensions"]["path"]), ("permission-error", "$.selectionSet.south.selectionSet.insert_coach_one.args.object"))
        self.assertEqual(self.data(app, "{south {coach {id}}}"), {"south": {"coach": []}})
        # Nothing holds two databases together: what the first has committed stays, and the client is told of the second.
        both = app.query('mutation {north_insert_coach(objects: {plate: "3"}) {affected_rows} south {insert_coach(objects: {plate: "3", seat_count: -1}) {affected_rows}}}')
        self.assertEqual(both["errors"][0]["extensions"]["code"], "permission-error")
        self.assertEqual(self.data(app, "{north_coach {plate} south {coach {plate}}}"), {"north_coach": [{"plate": "3"}], "south": {"coach": []}})

    def test_a_role_sees_no_namespace_in_which_it_may_nothing(self) -> None:
        app = self.two()
        app.metadata("pg_create_select_permission", {"source": "north", "table": "coach", "role": "user", "permission": {"columns": ["plate"], "filter": {}}})
        self.assertEqual(self.data(app, "{north_coach {plate}}", **{"X-Hasura-Role": "user"}), {"north_coach": []})
        [error] = app.query("{south {__typename}}", headers={"X-Hasura-Role": "user"})["errors"]
        self.assertEqual(error["message"], "field 'south' not found in type: 'query_root'")

    def test_a_source_that_moves_is_read_where_it_is_now(self) -> None:
        app = self.start()
        self.add(app, "moving")
        self.data(app, 'mutation {insert_coach(objects: {plate: "here"}) {affected_rows}}')
        there = self.cluster.create(f"{self.database}_there")
        self.cluster.sql(f"{self.database}_there", TABLES + "INSERT INTO coach (plate) VALUES ('there')")
        app.metadata("pg_update_source", {"name": "moving", "configuration": {"connection_info": {"database_url": there}}})
        self.assertEqual(self.data(app, "{coach {plate}}"), {"coach": [{"plate": "there"}]})
        app.metadata("pg_drop_source", {"name": "moving", "cascade": True})
        self.assertIn("errors", app.query("{coach {plate}}"))

    def test_equal_names_of_two_sources_are_refused(self) -> None:
        app = self.start()
        self.add(app, "first")
        self.cluster.create(f"{self.database}_second")
        self.cluster.sql(f"{self.database}_second", TABLES)
        app.metadata("pg_add_source", {"name": "second", "configuration": {"connection_info": {"database_url": self.cluster.url(f"{self.database}_second")}}})
        status, answer = app.ask("/v1/metadata", {"type": "pg_track_table", "args": {"source": "second", "table": "coach"}})
        self.assertNotEqual(status, 200)
        self.assertIn("coach", answer["error"])
        self.assertEqual(self.data(app, "{coach {id}}"), {"coach": []}, "what was there goes on")

    def test_explain_asks_the_source_s_database(self) -> None:
        app = self.two()
        self.data(app, 'mutation {north_insert_coach(objects: {plate: "x"}) {affected_rows}}')
        status, [answer] = app.ask("/v1/graphql/explain", {"query": {"query": "{north_coach {plate}}"}})
        self.assertEqual(status, 200)
        self.assertIn("coach", "\n".join(answer["plan"]))

    def test_names_of_the_graphql_convention(self) -> None:
        app = self.start(HASURA_GRAPHQL_EXPERIMENTAL_FEATURES="naming_convention")
        self.add(app, "camel", {"naming_convention": "graphql-default", "root_fields": {"prefix": "my"}})
        self.data(app, '''mutation {myInsertCoach(objects: [{plate: "A", seatCount: 40, extra: {a: 1, b: 2}, seat_rows: {data: [{rowNo: 1}, {rowNo: 2}]}}, {plate: "B"}],
                                               onConflict: {constraint: coach_plate_key, updateColumns: [seatCount]}) {affectedRows}}''')
        read = self.data(app, '''{myCoach(where: {seatCount: {_isNull: false}, extra: {_hasKey: "a"}}, orderBy: [{seatCount: DESC_NULLS_LAST}, {seatRowsAggregate: {stddevPop: {rowNo: ASC}}}], distinctOn: seatCount)
                                  {plate seatCount __typename seatRowsAggregate {aggregate {count stddevPop {rowNo} __typename}}}}''')
        self.assertEqual(read, {"myCoach": [{"plate": "A", "seatCount": 40, "__typename": "Coach", "seatRowsAggregate": {
            "aggregate": {"count": 2, "stddevPop": {"rowNo": 0.5}, "__typename": "SeatRowAggregateFields"}}}]})
        changed = self.data(app, '''mutation {myUpdateCoachByPk(pkColumns: {id: 1}, _inc: {seatCount: 2}, _deleteKey: {extra: "a"}) {seatCount extra}
                                            myUpdateCoachMany(updates: [{where: {id: {_eq: 1}}, _deleteAtPath: {extra: ["b"]}}]) {returning {extra}}
                                            myDeleteCoachByPk(id: 2) {plate}}''')
        self.assertEqual(changed, {"myUpdateCoachByPk": {"seatCount": 42, "extra": {"b": 2}}, "myUpdateCoachMany": [{"returning": [{"extra": {}}]}], "myDeleteCoachByPk": {"plate": "B"}})
        for wrong in ("{myCoach(order_by: {id: ASC}) {id}}", "{myCoach(orderBy: {id: asc}) {id}}", "{myCoach(where: {id: {_is_null: true}}) {id}}",
                      "{my_coach {id}}", "{myCoach {seat_count}}", "{myCoachAggregate {aggregate {stddev_pop {rowNo}}}}",
                      'mutation {myUpdateCoach(where: {}, _delete_key: {extra: "a"}) {affectedRows}}'):
            self.assertEqual(app.query(wrong)["errors"][0]["extensions"]["code"], "validation-failed", wrong)

    def test_a_convention_that_nobody_knows_is_refused(self) -> None:
        app = self.start()
        url = self.cluster.create(f"{self.database}_odd")
        status, answer = app.ask("/v1/metadata", {"type": "pg_add_source", "args": {"name": "odd", "configuration": {"connection_info": {"database_url": url}},
                                                                                      "customization": {"naming_convention": "kebab"}}})
        self.assertEqual(status, 400)
        self.assertIn("hasura-default or graphql-default, not 'kebab'", answer["error"])


if __name__ == "__main__":
    run_tests(SourcesTest)
