#!/usr/bin/env python3
"""What busflow-graphql serves of a database: mutations, functions, types of extensions, and the settings about them.

usage: serving_test.py BINARY
"""
import concurrent.futures
import sys

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402

TABLES = """
CREATE EXTENSION ltree;
CREATE TABLE account (id bigserial PRIMARY KEY, owner text NOT NULL, balance numeric NOT NULL DEFAULT 0, ratio float8, place ltree);
INSERT INTO account (owner, balance, ratio, place) VALUES ('ann', 12345678901234567890.5, 0.1, 'eu.de.berlin'), ('ben', 2, 0.2, 'eu.fr');
CREATE FUNCTION rich(least_balance numeric) RETURNS SETOF account STABLE LANGUAGE sql AS 'SELECT * FROM account WHERE balance >= least_balance';
"""
USER = {"x-hasura-role": "user", "x-hasura-user-id": "ann"}


class ServingTest(AppTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cluster.sql(self.database, TABLES)

    def serve(self) -> App:
        """With the tables tracked and opened for the role user."""
        app = self.start()
        permissions = {
            "select": {"columns": "*", "filter": {"owner": "X-Hasura-User-Id"}},
            "insert": {"columns": ["balance"], "set": {"owner": "X-Hasura-User-Id"}, "check": {"balance": {"_gte": 0}}, "backend_only": True},
            "update": {"columns": ["balance"], "filter": {"owner": "X-Hasura-User-Id"}, "check": {"balance": {"_gte": 0}}}}
        app.metadata("bulk", [{"type": "pg_track_table", "args": {"table": "account"}}, {"type": "pg_track_function", "args": {"function": "rich"}}] + [
            {"type": f"pg_create_{kind}_permission", "args": {"table": "account", "role": "user", "permission": permission}}
            for kind, permission in permissions.items()])
        return app

    def refusal(self, answer: object) -> tuple[str, str]:
        self.assertIn("errors", answer, answer)
        [error] = answer["errors"]
        return error["extensions"]["code"], error["extensions"]["path"]

    def test_a_mutation_is_all_or_nothing(self) -> None:
        app = self.serve()
        answer = app.query("mutation {a: update_account(where: {}, _inc: {balance: 1}) {affected_rows} "
                           "b: update_account(where: {}, _set: {balance: -1}) {affected_rows}}", headers=USER)
        self.assertEqual(self.refusal(answer), ("permission-error", "$"))
        self.assertEqual(self.cluster.sql(self.database, "SELECT balance FROM account WHERE owner = 'ben'").strip(), "2")
        answer = app.query("mutation {update_account(where: {}, _inc: {balance: 1}) {affected_rows}}", headers=USER)
        self.assertEqual(answer, {"data": {"update_account": {"affected_rows": 1}}})

    def test_what_was_acknowledged_is_there_after_a_kill(self) -> None:
        app = self.serve()
        acknowledged: list[int] = []

        def insert_until_it_dies() -> None:
            while True:
                try:
                    answer = app.query("mutation {insert_account_one(object: {owner: \"new\"}) {id}}")
                except OSError:
                    return
                acknowledged.append(answer["data"]["insert_account_one"]["id"])
                if len(acknowledged) == 300:
                    app.process.kill()

        with concurrent.futures.ThreadPoolExecutor(4) as clients:
            for each in [clients.submit(insert_until_it_dies) for _ in range(4)]:
                each.result()
        self.assertGreaterEqual(len(acknowledged), 300)
        stored = self.cluster.sql(self.database, "SELECT id FROM account WHERE owner = 'new'").split()
        self.assertLessEqual({str(each) for each in acknowledged}, set(stored))
        self.assertLessEqual(len(stored), len(acknowledged) + 4, "each client had one mutation under way")

    def test_backends_only(self) -> None:
        app = self.serve()
        mutation = "mutation {insert_account_one(object: {balance: 5}) {owner}}"
        self.assertEqual(self.refusal(app.query(mutation, headers=USER)), ("validation-failed", "$.selectionSet.insert_account_one"))
        backend = {**USER, "x-hasura-use-backend-only-permissions": "yes"}
        self.assertEqual(app.query(mutation, headers=backend), {"data": {"insert_account_one": {"owner": "ann"}}})
        unsure = {**USER, "x-hasura-use-backend-only-permissions": "perhaps"}
        self.assertEqual(self.refusal(app.query(mutation, headers=unsure)), ("bad-request", "$"))

    def test_large_numbers_as_text(self) -> None:
        query = "{account(order_by: {id: asc}, limit: 1) {id balance ratio} account_aggregate {aggregate {max {balance}}}}"
        answer = self.serve().query(query)["data"]
        self.assertEqual((answer["account"][0]["id"], answer["account"][0]["ratio"]), (1, 0.1))
        self.apps.pop().stop()
        app = self.start(HASURA_GRAPHQL_STRINGIFY_NUMERIC_TYPES="true")
        self.assertEqual(app.query(query)["data"], {"account": [{"id": "1", "balance": "12345678901234567890.5", "ratio": "0.1"}],
                                                    "account_aggregate": {"aggregate": {"max": {"balance": "12345678901234567890.5"}}}})

    def test_label_trees(self) -> None:
        app = self.serve()
        for condition, expected in (('{_descendant: "eu.de"}', ["ann"]), ('{_ancestor_any: ["eu.fr.paris", "us"]}', ["ben"]),
                                    ('{_matches: "*.fr"}', ["ben"]), ('{_matches_any: ["eu.*", "us"]}', ["ann", "ben"]),
                                    ('{_matches_fulltext: "berlin & eu"}', ["ann"])):
            answer = app.query(f"{{account(where: {{place: {condition}}}, order_by: {{id: asc}}) {{owner}}}}")
            self.assertEqual(answer, {"data": {"account": [{"owner": each} for each in expected]}}, condition)
        self.assertEqual(self.refusal(app.query('{account(where: {place: {_ancestor: "eu..de"}}) {id}}')),
                         ("parse-failed", "$.selectionSet.account.args.where.place._ancestor"))

    def test_functions_may_need_permission(self) -> None:
        query = '{rich(args: {least_balance: "0"}) {owner}}'
        self.assertEqual(self.serve().query(query, headers=USER), {"data": {"rich": [{"owner": "ann"}]}})
        self.apps.pop().stop()
        app = self.start(HASURA_GRAPHQL_INFER_FUNCTION_PERMISSIONS="false")
        self.assertEqual(self.refusal(app.query(query, headers=USER)), ("validation-failed", "$.selectionSet.rich"))
        app.metadata("pg_create_function_permission", {"function": "rich", "role": "user"})
        self.assertEqual(app.query(query, headers=USER), {"data": {"rich": [{"owner": "ann"}]}})

    def test_an_api_that_is_not_enabled_is_not_there(self) -> None:
        app = self.start(HASURA_GRAPHQL_ENABLED_APIS="metadata")
        for path in ("/v1/graphql", "/v1alpha1/graphql", "/v1beta1/relay"):
            self.assertEqual(app.ask(path, {"query": "{__typename}"}), (404, {"path": "$", "error": "resource does not exist", "code": "not-found"}), path)
        self.assertEqual(app.metadata("get_inconsistent_metadata")["is_consistent"], True)

    def test_introspection_can_be_closed_to_a_role(self) -> None:
        app = self.serve()
        app.metadata("set_graphql_introspection_options", {"disabled_for_roles": ["user"]})
        self.assertEqual(self.refusal(app.query("{__schema {types {name}}}", headers=USER)), ("not-supported", "$"))
        self.assertEqual(app.query("{__typename}", headers=USER), {"data": {"__typename": "query_root"}})
        self.assertIn("data", app.query("{__schema {types {name}}}"))


if __name__ == "__main__":
    run_tests(ServingTest)
