#!/usr/bin/env python3
"""The metadata's api_limits: how deep, how much, how long and how often a role may ask, by whatever way it comes.

usage: api_limits_test.py BINARY
"""
import json
import sys
import time
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402 (sets the path)
from redis_server import Redis  # noqa: E402
from socket_client import LEGACY, TRANSPORT, SocketClient  # noqa: E402

TABLES = """
CREATE TABLE depot (id int PRIMARY KEY, town text NOT NULL);
CREATE TABLE coach (id int PRIMARY KEY, plate text NOT NULL, depot_id int REFERENCES depot);
INSERT INTO depot VALUES (1, 'Ulm');
INSERT INTO coach VALUES (1, 'A', 1);
CREATE VIEW slow AS SELECT id, town, pg_sleep(60)::text AS wait FROM depot;
"""
USER = {"x-hasura-role": "user", "x-hasura-user-id": "1"}
GUEST = {"x-hasura-role": "guest"}
FLAT = "{depot {town}}"
FLAT_DATA = {"depot": [{"town": "Ulm"}]}
DEEP = "{depot {town coaches {plate}}}"
SLOW = "{slow {town wait}}"
EVERY_LIMIT = {
    "disabled": False, "depth_limit": {"global": 5, "per_role": {"guest": 3}}, "node_limit": {"global": 10}, "batch_limit": {"global": 5, "per_role": {"guest": 1}},
    "time_limit": {"global": 30}, "alias_limit": {"global": 20}, "query_length_limit": {"global": 4000},
    "rate_limit": {"global": {"max_reqs_per_min": 60, "unique_params": "IP"}, "per_role": {"user": {"max_reqs_per_min": 10, "unique_params": ["x-hasura-user-id"]}}}}


class ApiLimitsTest(AppTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cluster.sql(self.database, TABLES)
        self.app = self.start()
        permissions = [{"type": "pg_create_select_permission", "args": {"table": table, "role": role, "permission": {"columns": "*", "filter": {}}}}
                       for table in ("depot", "coach", "slow") for role in ("user", "guest")]
        self.app.metadata("bulk", [{"type": "pg_track_table", "args": {"table": table}} for table in ("depot", "coach", "slow")] + [
            {"type": "pg_create_array_relationship", "args": {"table": "depot", "name": "coaches", "using": {"foreign_key_constraint_on": {"table": "coach", "column": "depot_id"}}}},
            *permissions,
            {"type": "create_query_collection", "args": {"name": "saved", "definition": {"queries": [{"name": "flat", "query": FLAT}, {"name": "deep", "query": DEEP}]}}},
            *({"type": "create_rest_endpoint", "args": {"url": name, "name": name, "methods": ["GET"], "definition": {"query": {"collection_name": "saved", "query_name": name}}}}
              for name in ("flat", "deep"))])

    def limit(self, **limits: object) -> None:
        self.app.metadata("set_api_limits", limits)

    def connect(self, protocol: str = TRANSPORT, app: App | None = None, headers: dict[str, str] = USER) -> SocketClient:
        client = SocketClient((app or self.app).url, headers, protocol)
        self.addCleanup(client.close)
        return client

    def refused(self, error: dict, message: str, code: str = "validation-failed") -> None:
        self.assertEqual((error["message"], error["extensions"]["code"], error["extensions"]["path"]), (message, code, "$"))

    def post(self, body: object, headers: dict[str, str], app: App | None = None, path: str = "/v1/graphql") -> tuple[int, str | None, object]:
        """Status, Retry-After and answer."""
        request = urllib.request.Request((app or self.app).url + path, None if body is None else json.dumps(body).encode(), {"content-type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.headers["retry-after"], json.load(response)
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers["retry-after"], json.load(answer)

    def test_the_metadata_keeps_them(self) -> None:
        self.limit(**EVERY_LIMIT)
        exported = self.app.metadata("export_metadata")
        self.assertEqual(exported["api_limits"], EVERY_LIMIT)
        self.app.metadata("remove_api_limits")
        self.assertNotIn("api_limits", self.app.metadata("export_metadata"))
        self.app.metadata("replace_metadata", exported)
        self.assertEqual(self.app.metadata("export_metadata")["api_limits"], EVERY_LIMIT)
        self.assertEqual(self.start().metadata("export_metadata")["api_limits"], EVERY_LIMIT, "another instance reads them")

    def test_what_is_wrong_with_them_is_said(self) -> None:
        for limits, path in (({"depth_limit": {"global": 0}}, ".depth_limit.global"), ({"depth": {"global": 1}}, ".depth"),
                             ({"rate_limit": {"global": {"max_reqs_per_min": 1, "unique_params": "user"}}}, ".rate_limit.global.unique_params")):
            status, answer = self.app.ask("/v1/metadata", {"type": "set_api_limits", "args": limits})
            self.assertEqual((status, answer["path"]), (400, "$.args" + path), answer)
            status, answer = self.app.ask("/v1/metadata", {"type": "replace_metadata", "args": {"version": 3, "sources": [], "api_limits": limits}})
            self.assertEqual(status, 400, answer)
            self.assertIn("api_limits" + path, answer["path"])
        self.assertEqual(self.app.query(DEEP, headers=USER)["data"]["depot"][0]["town"], "Ulm")

    def test_depth_by_every_way(self) -> None:
        self.assertIn("data", self.app.query(DEEP, headers=USER), "now its plan is in the cache")
        self.limit(depth_limit={"global": 1, "per_role": {"guest": 2}})
        message = "depth limit of 1 exceeded: 2 levels"
        for _ in range(2):
            self.refused(self.app.query(DEEP, headers=USER)["errors"][0], message)
            self.assertIn("data", self.app.query(DEEP, headers=GUEST))
            self.assertIn("data", self.app.query(DEEP))
        _, [good, bad] = self.app.ask("/v1/graphql", [{"query": FLAT}, {"query": DEEP}], USER)
        self.assertEqual(good, {"data": FLAT_DATA})
        self.refused(bad["errors"][0], message)
        relay = self.app.ask("/v1beta1/relay", {"query": "{depot_connection {edges {node {town}}}}"}, USER)[1]
        self.refused(relay["errors"][0], "depth limit of 1 exceeded: 3 levels")
        for path, body in (("/api/rest/deep", None), ("/v1alpha1/graphql", {"query": DEEP})):
            status, answer = self.app.ask(path, body, USER)
            self.assertEqual((status, answer), (400, {"path": "$", "error": message, "code": "validation-failed"}), path)
        for protocol in (TRANSPORT, LEGACY):
            client = self.connect(protocol)
            for number, query in enumerate((DEEP, "subscription " + DEEP)):
                client.subscribe(str(number), query)
                self.refused(client.error(str(number)), message)
            client.subscribe("live", "subscription " + FLAT)
            self.assertEqual(client.data("live"), FLAT_DATA)

    def test_graphiql_works_within_narrow_limits(self) -> None:
        self.limit(depth_limit={"global": 1}, node_limit={"global": 1}, alias_limit={"global": 1})
        answer = self.app.query("{__schema {queryType {name} types {kind fields {name type {name ofType {name ofType {name}}}}}}}", headers=USER)
        self.assertIn("data", answer)

    def test_subscriptions_follow_a_change(self) -> None:
        client = self.connect()
        client.subscribe("live", "subscription " + DEEP)
        self.assertIn("depot", client.data("live"))
        self.limit(depth_limit={"global": 1})
        self.refused(client.error("live"), "depth limit of 1 exceeded: 2 levels")

    def test_batches(self) -> None:
        self.limit(batch_limit={"global": 1, "per_role": {"guest": 2}})
        two = [{"query": FLAT}, {"query": FLAT}]
        self.refused(self.app.ask("/v1/graphql", two, USER)[1]["errors"][0], "batch limit of 1 exceeded: 2 operations")
        for headers in (GUEST, {}):
            self.assertEqual(self.app.ask("/v1/graphql", two, headers)[1], [{"data": FLAT_DATA}] * 2)

    def test_time(self) -> None:
        self.limit(time_limit={"global": 1})
        begin = time.monotonic()
        self.refused(self.app.query(SLOW, headers=USER)["errors"][0], "time limit of 1 s exceeded", "time-limit-exceeded")
        client = self.connect()
        client.subscribe("once", SLOW)
        self.refused(client.error("once"), "time limit of 1 s exceeded", "time-limit-exceeded")
        client.subscribe("live", "subscription " + SLOW)
        self.refused(client.error("live"), "time limit of 1 s exceeded", "time-limit-exceeded")
        self.assertLess(time.monotonic() - begin, 20)
        self.until(lambda: self.cluster.sql(self.database, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%slow%' AND pid <> pg_backend_pid()").strip() == "0")
        self.assertEqual(self.app.query(FLAT, headers=USER), {"data": FLAT_DATA})

    def until(self, condition) -> None:
        end = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), end, "it does not happen")
            time.sleep(0.05)

    def too_often(self, answer: tuple[int, str | None, object], most: int) -> None:
        status, wait, body = answer
        self.assertEqual(status, 429, body)
        self.assertTrue(1 <= int(wait) <= 60, wait)
        if "errors" in body:
            self.refused(body["errors"][0], f"rate limit of {most} exceeded", "rate-limit-exceeded")
        else:
            self.assertEqual(body, {"path": "$", "error": f"rate limit of {most} exceeded", "code": "rate-limit-exceeded"})

    def test_rates_by_every_way(self) -> None:
        self.limit(rate_limit={"global": {"max_reqs_per_min": 6, "unique_params": ["x-hasura-user-id"]}})
        self.assertEqual(self.post({"query": FLAT}, USER), (200, None, {"data": FLAT_DATA}))
        self.assertEqual(self.post([{"query": FLAT}] * 2, USER), (200, None, [{"data": FLAT_DATA}] * 2))
        self.assertEqual(self.post(None, USER, path="/api/rest/flat")[:2], (200, None))
        client, older = self.connect(), self.connect(LEGACY)
        client.subscribe("live", "subscription " + FLAT)
        self.assertEqual(client.data("live"), FLAT_DATA)
        older.subscribe("once", FLAT)
        self.assertEqual(older.data("once"), FLAT_DATA)
        self.assertEqual(older.receive()["type"], "complete")
        for town in ("Bonn", "Köln", "Mainz"):
            self.cluster.sql(self.database, f"UPDATE depot SET town = '{town}'")
            self.assertEqual(client.data("live"), {"depot": [{"town": town}]}, "what follows does not count")

        self.too_often(self.post({"query": FLAT}, USER), 6)
        self.too_often(self.post({"query": FLAT}, USER, path="/v1beta1/relay"), 6)
        self.too_often(self.post(None, USER, path="/api/rest/flat"), 6)
        self.too_often(self.post({"query": FLAT}, USER, path="/v1alpha1/graphql"), 6)
        status, _, answers = self.post([{"query": FLAT}] * 2, USER)
        self.assertEqual((status, [answer["errors"][0]["extensions"]["code"] for answer in answers]), (200, ["rate-limit-exceeded"] * 2))
        for each in (client, older):
            for query in (FLAT, "subscription " + FLAT):
                each.subscribe("again", query)
                self.refused(each.error("again"), "rate limit of 6 exceeded", "rate-limit-exceeded")
        for headers in ({**USER, "x-hasura-user-id": "2"}, GUEST, {}):
            self.assertEqual(self.post({"query": FLAT}, headers)[0], 200, headers)

    def test_rates_by_address_follow_the_proxy_on_this_host(self) -> None:
        self.limit(rate_limit={"global": {"max_reqs_per_min": 1, "unique_params": "IP"}})
        of = lambda address: {**USER, "x-forwarded-for": address}
        self.assertEqual(self.post({"query": FLAT}, of("192.0.2.1"))[0], 200)
        self.assertEqual(self.post({"query": FLAT}, of("192.0.2.2"))[0], 200)
        self.too_often(self.post({"query": FLAT}, of("192.0.2.1")), 1)

    def test_instances_count_together_in_redis(self) -> None:
        redis = Redis()
        self.addCleanup(redis.stop)
        redis.start()
        self.limit(rate_limit={"global": {"max_reqs_per_min": 4}})
        apps = [self.start(HASURA_GRAPHQL_REDIS_URL=redis.url) for _ in range(2)]
        for number in range(4):
            self.assertEqual(self.post({"query": FLAT}, USER, apps[number % 2])[0], 200)
        for app in apps:
            self.too_often(self.post({"query": FLAT}, USER, app), 4)
            client = self.connect(app=app)
            client.subscribe("again", FLAT)
            self.refused(client.error("again"), "rate limit of 4 exceeded", "rate-limit-exceeded")
        self.assertEqual(self.post({"query": FLAT}, USER)[0], 200, "this one has no Redis and counts for itself")

        redis.kill()
        for number in range(4):
            self.assertEqual(self.post({"query": FLAT}, USER, apps[0])[0], 200, "counted by the instance alone")
        self.too_often(self.post({"query": FLAT}, USER, apps[0]), 4)
        self.until(lambda: "attempts are counted per process" in apps[0].log())


if __name__ == "__main__":
    run_tests(ApiLimitsTest)
