#!/usr/bin/env python3
"""Which answers of busflow-graphql are gzipped, for whom, and that each is the plain one then.

usage: compression_test.py BINARY
"""
import gzip
import http.client
import json
import sys

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402

TEXTS = "CREATE TABLE texts (id integer PRIMARY KEY, letters text NOT NULL);"
OPTIONAL = ("gzip", "GZIP", "deflate, gzip, br", "br, gzip;q=0.9", "gzip;q=0.001", "*", "identity;q=0.4, gzip")
FORCED = ("gzip, identity;q=0", "gzip, *;q=0", "br, gzip;q=0.5, identity;q=0.0")
REFUSED = (None, "", "identity", "br", "deflate, br", "gzip;q=0", "gzip; q=0.000, br", "identity;q=0.42, br, gzip;q=0", "*;q=0", "identity;q=0", "identity;q=0, br", ",;q=,", "gzi p")


class CompressionTest(AppTestCase):
    around = 0  #: Bytes of an answer that are not the text.

    def raw(self, app: App, path: str, body=None, accepted: str | None = None, method: str | None = None, headers: dict[str, str] | None = None):
        connection = http.client.HTTPConnection(app.url.removeprefix("http://"), timeout=30)
        data = None if body is None else json.dumps(body).encode()
        connection.putrequest(method or ("GET" if data is None else "POST"), path, skip_accept_encoding=True)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            connection.putheader(name, value)
        if accepted is not None:
            connection.putheader("Accept-Encoding", accepted)
        if data is not None:
            connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content

    def expect(self, app: App, accepted: str | None, is_gzipped: bool, plain: tuple[int, bytes], path: str, **request) -> None:
        answer, content = self.raw(app, path, accepted=accepted, **request)
        said = (accepted, path, len(plain[1]))
        self.assertEqual(answer.getheader("Content-Encoding"), "gzip" if is_gzipped else None, said)
        self.assertEqual(answer.getheader("Vary"), "Accept-Encoding", said)
        self.assertEqual(int(answer.getheader("Content-Length")), len(content), said)
        self.assertEqual((answer.status, gzip.decompress(content) if is_gzipped else content), plain, said)

    def check_forms(self, app: App, path: str, **request) -> None:
        """One request with each form of the header."""
        answer, content = self.raw(app, path, **request)
        plain = (answer.status, content)
        for accepted in OPTIONAL:
            self.expect(app, accepted, len(content) >= 700, plain, path, **request)
        for accepted in FORCED:
            self.expect(app, accepted, True, plain, path, **request)
        for accepted in REFUSED:
            self.expect(app, accepted, False, plain, path, **request)

    def serve(self) -> App:
        self.cluster.sql(self.database, TEXTS)
        app = self.start()
        app.metadata("pg_track_table", {"table": "texts"})
        self.around = len(self.raw(app, "/v1/graphql", self.sized(0))[1])
        return app

    def sized(self, size: int) -> dict:
        """A query whose answer has that many bytes, which are no mere repetition."""
        self.cluster.sql(self.database, f"INSERT INTO texts SELECT {size}, substr(string_agg(md5(n::text), ''), 1, {max(0, size - self.around)}) FROM generate_series(1, {size // 32 + 1}) n")
        return {"query": f"{{texts_by_pk(id: {size}) {{letters}}}}"}

    def test_sizes(self) -> None:
        app = self.serve()
        for size in (100, 699, 700, 701, 20000, 20001, 300000):
            query = self.sized(size)
            self.assertEqual(len(self.raw(app, "/v1/graphql", query)[1]), size)
            self.check_forms(app, "/v1/graphql", body=query)

    def test_a_large_answer(self) -> None:
        app = self.serve()
        query = self.sized(8_000_000)
        plain = self.raw(app, "/v1/graphql", query)[1]
        answer, content = self.raw(app, "/v1/graphql", query, "gzip")
        self.assertEqual(answer.getheader("Content-Encoding"), "gzip")
        self.assertLess(len(content), len(plain))
        self.assertEqual(gzip.decompress(content), plain)

    def test_the_connection_is_kept(self) -> None:
        app = self.serve()
        query = json.dumps(self.sized(30000))
        connection = http.client.HTTPConnection(app.url.removeprefix("http://"), timeout=30)
        self.addCleanup(connection.close)
        for accepted in ("gzip", "identity", "gzip", "gzip, identity;q=0"):
            connection.request("POST", "/v1/graphql", query, {"Accept-Encoding": accepted})
            answer = connection.getresponse()
            content = answer.read()
            if answer.getheader("Content-Encoding") == "gzip":
                content = gzip.decompress(content)
            self.assertEqual(len(content), 30000)

    def test_endpoints(self) -> None:
        app = self.serve()
        query = self.sized(3000)
        app.metadata("create_query_collection", {"name": "saved", "definition": {"queries": [{"name": "one", "query": query["query"]}]}})
        app.metadata("create_rest_endpoint", {"url": "one", "name": "one", "methods": ["GET"], "definition": {"query": {"collection_name": "saved", "query_name": "one"}}})
        sql = {"type": "run_sql", "args": {"sql": "SELECT * FROM texts", "read_only": True}}
        for path, request in (
            ("/v1/graphql", {"body": {"query": "{__schema {types {name fields {name}}}}"}}), ("/v1alpha1/graphql", {"body": query}), ("/v1/graphql/explain", {"body": {"query": query}}),
            ("/v1/metadata", {"body": {"type": "export_metadata", "args": {}}}), ("/v2/query", {"body": sql}), ("/v1/query", {"body": sql}),
            ("/api/rest/one", {}), ("/api/swagger/json", {}), ("/v1alpha1/config", {}), ("/v1/version", {}), ("/healthz", {}),
        ):
            self.check_forms(app, path, **request)

    def test_errors(self) -> None:
        app = self.serve()
        for path, request in (
            ("/v1/graphql", {"body": {"query": "{" + "x" * 1000 + "}"}}), ("/v1/graphql", {"body": {"query": "{nothing}"}}),
            ("/v2/query", {"body": {"type": "run_sql", "args": {"sql": "SELECT " + "x" * 1000}}}), ("/v1/metadata", {"body": {"type": "y" * 1000, "args": {}}}),
            ("/api/rest/none", {}), ("/nowhere", {}), ("/v1/metadata", {"body": {"type": "export_metadata", "args": {}}, "headers": {"X-Hasura-Role": "user"}}),
        ):
            self.check_forms(app, path, **request)

    def test_without_a_body(self) -> None:
        app = self.serve()
        answer, content = self.raw(app, "/healthz", accepted="gzip, identity;q=0", method="HEAD")
        self.assertEqual((answer.status, answer.getheader("Content-Encoding"), answer.getheader("Content-Length"), content), (200, None, "2", b""))


if __name__ == "__main__":
    run_tests(CompressionTest)
