#!/usr/bin/env python3
"""busflow-graphql from outside, on a real PostgreSQL: storing, replicas, conflicts, DDL, secrets, REST endpoints.

usage: app_test.py BINARY
"""
import sys
import threading

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402

SHOP = """
CREATE TABLE author (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE article (id serial PRIMARY KEY, title text NOT NULL, author_id integer REFERENCES author, rating integer);
INSERT INTO author (name) VALUES ('Ann'), ('Ben');
INSERT INTO article (title, author_id, rating) VALUES ('One', 1, 3), ('Two', 1, 5), ('Three', 2, 4);
"""


class AppTest(AppTestCase):
    def shop(self, **settings: str) -> App:
        self.cluster.sql(self.database, SHOP)
        app = self.start(**settings)
        app.metadata("bulk", [
            {"type": "pg_track_table", "args": {"table": "author"}}, {"type": "pg_track_table", "args": {"table": "article"}},
            {"type": "pg_create_object_relationship", "args": {"table": "article", "name": "author", "using": {"foreign_key_constraint_on": "author_id"}}},
            {"type": "pg_create_array_relationship", "args": {"table": "author", "name": "articles", "using": {
                "foreign_key_constraint_on": {"table": "article", "column": "author_id"}}}},
            {"type": "pg_create_select_permission", "args": {"table": "article", "role": "user", "permission": {
                "columns": ["id", "title"], "filter": {"author": {"name": {"_eq": "X-Hasura-Name"}}}}}}])
        return app

    def titles(self, app: App, **headers: str) -> list[str]:
        answer = app.query("{article(order_by: {id: asc}) {title}}", headers=headers)
        self.assertIn("data", answer, answer)
        return [each["title"] for each in answer["data"]["article"]]

    def refused(self, app: App, operation: str, args: dict, endpoint: str = "/v1/metadata") -> dict:
        status, answer = app.ask(endpoint, {"type": operation, "args": args})
        self.assertNotEqual(status, 200, answer)
        return {"status": status, **answer}

    # ---- Filters ------------------------------------------------------------------------------------------------------

    def test_related_rows_are_counted_in_filters(self) -> None:
        app = self.shop()
        app.run_sql("ALTER TABLE article ADD COLUMN is_free boolean NOT NULL DEFAULT true; UPDATE article SET is_free = false WHERE id = 1; INSERT INTO author (name) VALUES ('Cyd')")
        for where, names in (
            ("{count: {predicate: {_gt: 1}}}", ["Ann"]), ("{count: {predicate: {_eq: 0}}}", ["Cyd"]), ("{}", ["Ann", "Ben", "Cyd"]),
            ("{count: {filter: {rating: {_gt: 3}}, predicate: {_eq: 1}}}", ["Ann", "Ben"]),
            ("{count: {arguments: [rating, title], distinct: true, predicate: {_in: [2]}}}", ["Ann"]),
            ("{bool_and: {arguments: is_free, predicate: {_eq: true}}}", ["Ben"]), ("{bool_or: {arguments: is_free, predicate: {_eq: true}}}", ["Ann", "Ben"]),
            ("{bool_and: {arguments: is_free, filter: {id: {_neq: 1}}, predicate: {_eq: true}}, count: {predicate: {_gt: 1}}}", ["Ann"]),
        ):
            answer = app.query("{author(order_by: {id: asc}, where: {articles_aggregate: " + where + "}) {name}}")
            self.assertEqual([each["name"] for each in answer.get("data", {}).get("author", [answer])], names, where)
        by_variable = app.query("query ($where: author_bool_exp) {author(where: $where) {name}}", {"where": {"articles_aggregate": {"count": {"predicate": {"_gt": 1}}}}})
        self.assertEqual(by_variable, {"data": {"author": [{"name": "Ann"}]}})
        for where, words in (("{count: {}}", "missing required field 'predicate'"), ("{bool_or: {arguments: title, predicate: {}}}", "expected one of the values ['is_free']"),
                             ("{sum: {predicate: {}}}", "field 'sum' not found in type: 'article_aggregate_bool_exp'")):
            [error] = app.query("{author(where: {articles_aggregate: " + where + "}) {name}}")["errors"]
            self.assertIn(words, error["message"])
        # A role counts what it may see.
        app.metadata("pg_create_select_permission", {"table": "author", "role": "user", "permission": {"columns": ["name"], "filter": {}}})
        self.assertIn("errors", app.query("{author(where: {articles_aggregate: {count: {predicate: {_gt: 0}}}}) {name}}", headers={"X-Hasura-Role": "user"}), "it may not aggregate")
        app.metadata("pg_drop_select_permission", {"table": "article", "role": "user"})
        app.metadata("pg_create_select_permission", {"table": "article", "role": "user", "permission": {"columns": ["id"], "filter": {"rating": {"_gt": 4}}, "allow_aggregations": True}})
        answer = app.query("{author(where: {articles_aggregate: {count: {predicate: {_gt: 0}}}}) {name}}", headers={"X-Hasura-Role": "user"})
        self.assertEqual(answer, {"data": {"author": [{"name": "Ann"}]}})

    # ---- Storing ------------------------------------------------------------------------------------------------------

    def test_metadata_outlives_a_killed_process(self) -> None:
        app = self.shop()
        before = app.metadata("export_metadata", version=2)
        app.kill()
        again = self.start()
        self.assertEqual(again.metadata("export_metadata", version=2), before)
        self.assertEqual(self.titles(again, **{"x-hasura-role": "user", "x-hasura-name": "Ann"}), ["One", "Two"])

    def test_replace_gives_back_what_export_gave(self) -> None:
        app = self.shop()
        document = app.metadata("export_metadata")
        app.metadata("clear_metadata")
        self.assertEqual(app.metadata("export_metadata")["sources"][0]["tables"], [])
        app.metadata("replace_metadata", document)
        self.assertEqual(app.metadata("export_metadata"), document)

    def test_a_stale_version_is_a_conflict(self) -> None:
        app = self.shop()
        version = app.metadata("export_metadata", version=2)["resource_version"]
        app.metadata("pg_set_table_customization", {"table": "author", "configuration": {"custom_name": "writer"}}, resource_version=version)
        status, answer = app.ask("/v1/metadata", {"type": "clear_metadata", "args": {}, "resource_version": version})
        self.assertEqual((status, answer["code"]), (409, "conflict"))

    def test_a_failed_bulk_changes_nothing(self) -> None:
        app = self.shop()
        before = app.metadata("export_metadata", version=2)
        answer = self.refused(app, "bulk", [{"type": "pg_untrack_table", "args": {"table": "article", "cascade": True}},
                                            {"type": "pg_track_table", "args": {"table": "gone"}}])
        self.assertEqual((answer["code"], answer["path"]), ("not-exists", "$.args[1].args"))
        self.assertEqual(app.metadata("export_metadata", version=2), before)

    def test_another_instance_follows(self) -> None:
        first = self.shop(HASURA_GRAPHQL_SCHEMA_SYNC_POLL_INTERVAL="20")
        second = self.start(HASURA_GRAPHQL_SCHEMA_SYNC_POLL_INTERVAL="20")
        first.metadata("pg_set_table_customization", {"table": "author", "configuration": {"custom_name": "writer"}})
        for _ in range(3000):  # a minute at most
            answer = second.query("{writer {id}}")
            if "data" in answer:
                break
            threading.Event().wait(0.02)
        self.assertIn("data", answer)
        second.metadata("pg_untrack_table", {"table": "author", "cascade": True})

    def test_tables_changed_by_others_are_noticed(self) -> None:
        app = self.shop(HASURA_GRAPHQL_SCHEMA_SYNC_POLL_INTERVAL="20")
        self.cluster.sql(self.database, "ALTER TABLE author ADD COLUMN born date")
        for _ in range(3000):  # a minute at most
            answer = app.query("{author {born}}")
            if "data" in answer:
                break
            threading.Event().wait(0.02)
        self.assertIn("data", answer)

    # ---- Consistency --------------------------------------------------------------------------------------------------

    def test_what_others_need_is_not_dropped(self) -> None:
        app = self.shop()
        answer = self.refused(app, "pg_untrack_table", {"table": "author"})
        self.assertEqual(answer["code"], "dependency-error")
        self.assertIn('relationship article.author in source "default"', answer["error"])
        app.metadata("pg_untrack_table", {"table": "author", "cascade": True})
        tables = app.metadata("export_metadata")["sources"][0]["tables"]
        self.assertEqual([each["table"]["name"] for each in tables], ["article"])
        self.assertNotIn("select_permissions", tables[0], "the permission went with the relationship it used")

    def test_wrong_columns_are_refused_with_their_name(self) -> None:
        app = self.shop()
        answer = self.refused(app, "pg_create_select_permission", {"table": "author", "role": "user", "permission": {"columns": ["nope"], "filter": {}}})
        self.assertIn("nope", answer["error"])
        answer = self.refused(app, "pg_create_select_permission", {"table": "author", "role": "user", "permission": {
            "columns": ["id"], "filter": {"articles": {"nope": {"_eq": 1}}}}})
        self.assertIn("nope", answer["error"])
        answer = self.refused(app, "pg_create_object_relationship", {"table": "author", "name": "x", "using": {"foreign_key_constraint_on": "id"}})
        self.assertEqual(answer["code"], "invalid-configuration")

    def test_renamings_are_followed(self) -> None:
        app = self.shop()
        app.run_sql("ALTER TABLE article RENAME COLUMN title TO headline; ALTER TABLE author RENAME COLUMN name TO full_name; ALTER TABLE author RENAME TO writer")
        answer = app.query("{article(order_by: {id: asc}) {headline author {full_name}}}")
        self.assertEqual(answer["data"]["article"][0], {"headline": "One", "author": {"full_name": "Ann"}})
        answer = app.query("{article {headline}}", headers={"x-hasura-role": "user", "x-hasura-name": "Ben"})
        self.assertEqual(answer["data"]["article"], [{"headline": "Three"}])

    def test_a_column_in_use_is_not_dropped(self) -> None:
        app = self.shop()
        answer = self.refused(app, "run_sql", {"sql": "ALTER TABLE author DROP COLUMN name"}, "/v2/query")
        self.assertEqual(answer["code"], "dependency-error")
        self.assertEqual(self.cluster.sql(self.database, "SELECT count(name) FROM author").strip(), "2", "the statement was rolled back")
        app.run_sql("ALTER TABLE author DROP COLUMN name", cascade=True)
        self.assertEqual(self.titles(app), ["One", "Two", "Three"])

    def test_inconsistencies_are_reported_and_dropped(self) -> None:
        app = self.shop()
        self.cluster.sql(self.database, "DROP TABLE article")
        answer = app.metadata("reload_metadata", {"reload_sources": True})
        self.assertFalse(answer["is_consistent"])
        self.assertEqual(app.ask("/healthz")[1], "WARN: inconsistent objects in schema")
        self.assertEqual(app.ask("/healthz?strict=true")[0], 500)
        self.assertIn("data", app.query("{author {id}}"), "what is consistent is served")
        reported = app.metadata("get_inconsistent_metadata")
        self.assertIn("table", [each["type"] for each in reported["inconsistent_objects"]])
        app.metadata("drop_inconsistent_metadata")
        self.assertTrue(app.metadata("get_inconsistent_metadata")["is_consistent"])
        self.assertEqual(app.ask("/healthz"), (200, "OK"))

    def test_sql_errors_carry_the_servers_words(self) -> None:
        app = self.start()
        answer = self.refused(app, "run_sql", {"sql": "SELECT nope"}, "/v2/query")
        self.assertEqual(answer["code"], "postgres-error")
        self.assertEqual(answer["internal"]["error"]["status_code"], "42703")
        self.assertEqual(app.run_sql("SELECT 1 AS one, NULL AS nothing"), {"result_type": "TuplesOk", "result": [["one", "nothing"], ["1", "NULL"]]})
        answer = self.refused(app, "run_sql", {"sql": "CREATE TABLE x ()", "read_only": True}, "/v2/query")
        self.assertEqual(answer["internal"]["error"]["status_code"], "25006")

    # ---- Who may ------------------------------------------------------------------------------------------------------

    def test_only_the_admin_secret_opens_the_administration(self) -> None:
        app = self.start(HASURA_GRAPHQL_ADMIN_SECRET="sesame", HASURA_GRAPHQL_UNAUTHORIZED_ROLE="anonymous")
        for headers, status in (({}, 400), ({"x-hasura-admin-secret": "wrong"}, 401), ({"x-hasura-admin-secret": "sesame"}, 200),
                                ({"x-hasura-access-key": "sesame"}, 200), ({"x-hasura-admin-secret": "sesame", "x-hasura-role": "user"}, 400)):
            self.assertEqual(app.ask("/v1/metadata", {"type": "export_metadata", "args": {}}, headers)[0], status, headers)
        self.assertNotIn("sesame", app.log())

    def test_secrets_come_from_files(self) -> None:
        file = self.cluster.folder / "secret"
        file.write_text("from a file\n")
        app = self.start(HASURA_GRAPHQL_ADMIN_SECRET_FILE=str(file))
        self.assertEqual(app.ask("/v1/metadata", {"type": "export_metadata", "args": {}}, {"x-hasura-admin-secret": "from a file"})[0], 200)
        self.assertEqual(app.ask("/v1/metadata", {"type": "export_metadata", "args": {}})[0], 401)

    def test_unknown_settings_are_named(self) -> None:
        app = self.start(HASURA_GRAPHQL_NO_SUCH_THING="1")
        self.assertIn("HASURA_GRAPHQL_NO_SUCH_THING", app.log())

    def test_bad_input_is_refused_in_the_references_form(self) -> None:
        app = self.start()
        self.assertEqual(app.ask("/nowhere"), (404, {"path": "$", "error": "resource does not exist", "code": "not-found"}))
        self.assertEqual(app.ask("/v1/metadata", "text")[1]["code"], "parse-failed")
        self.assertEqual(self.refused(app, "no_such_operation", {})["path"], "$.type")
        self.assertEqual(self.refused(app, "pg_track_table", {})["code"], "parse-failed")
        self.assertEqual(self.refused(app, "bulk", [1])["path"], "$.args[0]")

    # ---- Saved queries ------------------------------------------------------------------------------------------------

    def test_rest_endpoints(self) -> None:
        app = self.shop()
        app.metadata("create_query_collection", {"name": "c", "definition": {"queries": [
            {"name": "by_id", "query": "query ($id: Int!) { article(where: {id: {_eq: $id}}) { title } }"}]}})
        app.metadata("create_rest_endpoint", {"name": "e", "url": "article/:id", "methods": ["GET", "POST"],
                                              "definition": {"query": {"collection_name": "c", "query_name": "by_id"}}})
        self.assertEqual(app.ask("/api/rest/article/2"), (200, {"article": [{"title": "Two"}]}))
        self.assertEqual(app.ask("/api/rest/article/2", method="DELETE")[1]["error"], "Allowed methods: GET, POST")
        self.assertEqual(app.ask("/api/rest/nothing")[0], 404)
        self.assertEqual(app.ask("/api/rest/article/x")[0], 400)
        answer = self.refused(app, "create_rest_endpoint", {"name": "f", "url": "article/:other", "methods": ["GET"],
                                                            "definition": {"query": {"collection_name": "c", "query_name": "by_id"}}})
        self.assertIn("Ambiguous URL paths", answer["error"])

    def test_the_console_is_served(self) -> None:
        folder = self.cluster.folder / "console"
        folder.mkdir()
        (folder / "index.html").write_text("<title>page</title>")
        (folder / "console.js").write_text("1")
        app = self.start(HASURA_GRAPHQL_ENABLE_CONSOLE="true", HASURA_GRAPHQL_CONSOLE_ASSETS_DIR=str(folder))
        self.assertEqual(app.ask("/"), (200, "<title>page</title>"))
        self.assertEqual(app.ask("/console/console.js"), (200, 1))
        self.assertEqual(app.ask("/console/..%2fdata")[0], 404)

    def test_explain_config_and_open_api(self) -> None:
        app = self.shop()
        query = {"query": "query ($n: String) {article(where: {title: {_eq: $n}}) {id}}", "variables": {"n": "One"}}
        status, answer = app.ask("/v1/graphql/explain", {"query": query, "user": {"X-Hasura-Role": "user", "x-hasura-name": "Ann"}})
        self.assertEqual(status, 200, answer)
        self.assertEqual(answer[0]["field"], "article")
        self.assertIn("author", answer[0]["sql"], "the permission is part of it")
        self.assertTrue(any("Scan" in line for line in answer[0]["plan"]), answer)
        self.assertEqual(app.ask("/v1alpha1/config")[1]["is_admin_secret_set"], False)
        app.metadata("create_query_collection", {"name": "c", "definition": {"queries": [
            {"name": "by_id", "query": "query ($id: Int!) { article(where: {id: {_eq: $id}}) { title } }"}]}})
        app.metadata("create_rest_endpoint", {"name": "e", "url": "article/:id", "methods": ["GET"],
                                              "definition": {"query": {"collection_name": "c", "query_name": "by_id"}}})
        parameters = app.ask("/api/swagger/json")[1]["paths"]["/api/rest/article/{id}"]["get"]["parameters"]
        self.assertEqual(parameters, [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}])

    # ---- The older row operations -------------------------------------------------------------------------------------

    def test_rows(self) -> None:
        app = self.shop()

        def ask(operation: str, args: dict):
            return app.ask("/v1/query", {"type": operation, "args": args})

        self.assertEqual(ask("insert", {"table": "article", "objects": [{"title": "it's \\ new", "rating": 1}]}), (200, {"affected_rows": 1}))
        self.assertEqual(ask("select", {"table": "article", "columns": ["title", {"name": "author", "columns": ["name"]}], "where": {"rating": {"$lt": 4}},
                                        "order_by": "-id"}),
                         (200, [{"title": "it's \\ new", "author": None}, {"title": "One", "author": {"name": "Ann"}}]))
        self.assertEqual(ask("count", {"table": "article", "where": {"$or": [{"id": 1}, {"id": 2}]}}), (200, {"count": 2}))
        self.assertEqual(ask("select", {"table": "gone", "columns": ["*"]})[1]["path"], "$.args.table")

    def test_a_function_that_does_not_fit_is_refused_with_the_reason(self) -> None:
        app = self.start()
        app.run_sql("CREATE TABLE stop (id int PRIMARY KEY); CREATE FUNCTION stops() RETURNS SETOF stop STABLE LANGUAGE sql AS 'SELECT * FROM stop'; "
                    "CREATE FUNCTION one() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1'")
        for function, configuration, reason in (("stops", {}, 'the function returns rows of "stop", which is not tracked'), ("none", {}, 'no such function exists: "none"'),
                                                ("one", {}, 'does not return a "COMPOSITE" type')):
            status, answer = app.ask("/v1/metadata", {"type": "pg_track_function", "args": {"function": function, "configuration": configuration}})
            self.assertEqual((status, answer["code"]), (400, "invalid-configuration"), answer)
            self.assertIn(reason, answer["error"])
        app.metadata("pg_track_table", {"table": "stop"})
        status, answer = app.ask("/v1/metadata", {"type": "pg_track_function", "args": {"function": "stops", "configuration": {"exposed_as": "mutation"}}})
        self.assertIn("is not marked VOLATILE", answer["error"])
        app.metadata("pg_track_function", {"function": "stops"})
        status, answer = app.ask("/v1/metadata", {"type": "pg_untrack_table", "args": {"table": "stop"}})
        self.assertEqual((status, answer["code"]), (400, "dependency-error"), answer)
        self.assertIn("function stops", answer["error"])


if __name__ == "__main__":
    run_tests(AppTest)
