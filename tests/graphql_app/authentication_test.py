#!/usr/bin/env python3
"""Who is let in by busflow-graphql: tokens of every algorithm, key sets, claims, hooks, allow lists.

usage: authentication_test.py BINARY
"""
import http.server
import json
import pathlib
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True
from instance import App, run_tests  # noqa: E402
from tokens import CLAIMS, Key, payload, token  # noqa: E402

SECRET = "a shared secret that is long enough for HS256 and more: 0123456789abcdef"
ADMIN = {"x-hasura-admin-secret": "sesame"}


class Peer:
    """An HTTP server of ours: key sets and hooks."""

    def __init__(self, answer) -> None:
        self.requests: list[dict] = []
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                peer.requests.append({"headers": {name.lower(): value for name, value in self.headers.items()}, "body": body})
                status, content, headers = answer(peer.requests[-1])
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(json.dumps(content).encode())

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class AuthenticationTest(unittest.TestCase):
    number = 0

    def start(self, **settings: str) -> App:
        AuthenticationTest.number += 1
        database = f"test_{AuthenticationTest.number}"
        url = self.cluster.create(database)
        self.cluster.sql(database, "CREATE TABLE author (id serial PRIMARY KEY, name text); INSERT INTO author (name) VALUES ('Ann'), ('Ben')")
        app = App(self.binary, {"HASURA_GRAPHQL_DATABASE_URL": url, "HASURA_GRAPHQL_ADMIN_SECRET": "sesame", **settings})
        self.addCleanup(app.stop)
        permission = {"columns": ["name"], "filter": {"name": {"_eq": "X-Hasura-Name"}}}
        status, answer = app.ask("/v1/metadata", {"type": "bulk", "args": [
            {"type": "pg_track_table", "args": {"table": "author"}},
            {"type": "pg_create_select_permission", "args": {"table": "author", "role": "user", "permission": permission}}]}, ADMIN)
        self.assertEqual(status, 200, answer)
        return app

    def jwt(self, **settings) -> App:
        return self.start(HASURA_GRAPHQL_JWT_SECRET=json.dumps(settings))

    def names(self, app: App, headers: dict[str, str]) -> list[str]:
        answer = app.query("{author {name}}", headers=headers)
        self.assertIn("data", answer, answer)
        return [each["name"] for each in answer["data"]["author"]]

    def refusal(self, app: App, headers: dict[str, str]) -> tuple[str, str]:
        answer = app.query("{author {name}}", headers=headers)
        self.assertIn("errors", answer, answer)
        return answer["errors"][0]["extensions"]["code"], answer["errors"][0]["message"]

    def test_every_algorithm(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for algorithm in ("HS256", "HS512", "RS256", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"):
                key = SECRET if algorithm.startswith("HS") else Key(pathlib.Path(folder), algorithm)
                app = self.jwt(type="Ed25519" if algorithm == "EdDSA" else algorithm, key=key if isinstance(key, str) else key.public_pem())
                good = token(key, payload(), algorithm)
                self.assertEqual(self.names(app, {"authorization": f"Bearer {good}"}), ["Ann"], algorithm)
                forged = good[:-4] + ("AAAA" if not good.endswith("AAAA") else "BBBB")
                self.assertEqual(self.refusal(app, {"authorization": f"Bearer {forged}"}),
                                 ("invalid-jwt", "Could not verify JWT: JWSError JWSInvalidSignature"), algorithm)
                app.stop()

    def test_a_token_does_not_choose_its_algorithm(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            key = Key(pathlib.Path(folder), "RS256")
            app = self.jwt(type="RS256", key=key.public_pem())
            confused = token(key.public_pem(), payload(), "HS256")  # signed with the public key as if it were a secret
            self.assertEqual(self.refusal(app, {"authorization": f"Bearer {confused}"})[0], "invalid-jwt")
            none = token(SECRET, payload(), "HS256", alg="none").rsplit(".", 1)[0] + "."
            self.assertEqual(self.refusal(app, {"authorization": f"Bearer {none}"})[0], "invalid-jwt")

    def test_claims(self) -> None:
        app = self.jwt(type="HS256", key=SECRET, audience=["us", "them"], issuer="me", allowed_skew=5)
        fine = payload(aud="us", iss="me")

        def ask(claims: dict, **headers: str):
            return {"authorization": f"Bearer {token(SECRET, claims)}", **headers}

        self.assertEqual(self.names(app, ask(fine)), ["Ann"])
        self.assertEqual(self.names(app, ask({**fine, "aud": ["x", "them"]})), ["Ann"])
        self.assertEqual(self.names(app, ask({**fine, "exp": int(time.time()) - 1})), ["Ann"], "within the skew")
        self.assertEqual(self.names(app, ask(fine, **{"x-hasura-name": "Ben"})), ["Ann"], "headers do not outdo the token")
        for claims, headers, expected in (
                ({**fine, "exp": int(time.time()) - 60}, {}, ("invalid-jwt", "Could not verify JWT: JWTExpired")),
                ({**fine, "aud": "others"}, {}, ("invalid-jwt", "Could not verify JWT: JWTNotInAudience")),
                ({**fine, "iss": "you"}, {}, ("invalid-jwt", "Could not verify JWT: JWTNotInIssuer")),
                (fine, {"x-hasura-role": "admin"}, ("access-denied", "Your requested role is not in allowed roles")),
                ({**fine, CLAIMS: {}}, {}, ("jwt-missing-role-claims", "JWT claim does not contain x-hasura-allowed-roles"))):
            self.assertEqual(self.refusal(app, ask(claims, **headers)), expected)
        self.assertEqual(self.refusal(app, {}), ("invalid-headers", "Missing 'Authorization' or 'Cookie' header in JWT authentication mode"))
        self.assertEqual(self.refusal(app, {"authorization": "Basic x"}), ("invalid-headers", "Malformed Authorization header"))
        self.assertEqual(self.refusal(app, {**ask(fine), "x-hasura-admin-secret": "wrong"})[0], "access-denied", "a wrong secret outweighs a token")
        self.assertNotIn(SECRET, app.log())

    def test_where_claims_and_tokens_are_found(self) -> None:
        claims = payload()[CLAIMS]
        expiry = int(time.time()) + 600
        app = self.jwt(type="HS256", key=SECRET, claims_namespace_path="$.a['b c']", header={"type": "Cookie", "name": "session"})
        self.assertEqual(self.names(app, {"cookie": f"x=1; session={token(SECRET, {'exp': expiry, 'a': {'b c': claims}})}"}), ["Ann"])
        app = self.jwt(type="HS256", key=SECRET, claims_format="stringified_json", header={"type": "CustomHeader", "name": "X-Token"})
        self.assertEqual(self.names(app, {"x-token": token(SECRET, {"exp": expiry, CLAIMS: json.dumps(claims)})}), ["Ann"])
        app = self.jwt(type="HS256", key=SECRET, claims_map={
            "x-hasura-allowed-roles": {"path": "$.roles"}, "x-hasura-default-role": {"path": "$.role", "default": "user"}, "x-hasura-name": "Ben"})
        self.assertEqual(self.names(app, {"authorization": f"Bearer {token(SECRET, {'exp': expiry, 'roles': ['user']})}"}), ["Ben"])

    def test_key_sets_are_fetched_again_for_an_unknown_key(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            old = Key(pathlib.Path(folder), "RS256", "old")
            new = Key(pathlib.Path(folder), "ES256", "new")
            keys = [old.jwk()]
            peer = Peer(lambda _: (200, {"keys": keys}, {"cache-control": "max-age=3600"}))
            self.addCleanup(peer.close)
            app = self.jwt(jwk_url=peer.url)
            for _ in range(3):
                self.assertEqual(self.names(app, {"authorization": f"Bearer {token(old, payload())}"}), ["Ann"])
            self.assertEqual(len(peer.requests), 1)
            keys.append(new.jwk())
            # Not at once: strangers could make us hammer the other server with made-up keys.
            self.assertEqual(self.refusal(app, {"authorization": f"Bearer {token(new, payload())}"})[0], "invalid-jwt")
            self.assertEqual(len(peer.requests), 1)

    def test_the_hook_says_who_it_is(self) -> None:
        def answer(request: dict):
            who = json.loads(request["body"])["headers"].get("who") if request["body"] else request["headers"].get("who")
            return (200, {"X-Hasura-Role": "user", "X-Hasura-Name": who}, {}) if who else (401, {}, {})

        peer = Peer(answer)
        self.addCleanup(peer.close)
        for mode in ("GET", "POST"):
            app = self.start(HASURA_GRAPHQL_AUTH_HOOK=peer.url, HASURA_GRAPHQL_AUTH_HOOK_MODE=mode)
            self.assertEqual(self.names(app, {"who": "Ben"}), ["Ben"])
            self.assertEqual(self.refusal(app, {}), ("access-denied", "Authentication hook unauthorized this request"))

    def test_the_unauthorized_role(self) -> None:
        app = self.start(HASURA_GRAPHQL_UNAUTHORIZED_ROLE="user")
        self.assertEqual(self.refusal(app, {}), ("not-found", 'missing session variable: "x-hasura-name"'))
        self.assertEqual(self.refusal(app, {"x-hasura-name": "Ann"})[0], "not-found", "what strangers say of themselves is not believed")

    def test_the_allow_list(self) -> None:
        app = self.start(HASURA_GRAPHQL_ENABLE_ALLOWLIST="true")
        user = {**ADMIN, "x-hasura-role": "user", "x-hasura-name": "Ann"}
        self.assertEqual(self.refusal(app, user), ("validation-failed", "query is not in any of the allowlists"))
        status, answer = app.ask("/v1/metadata", {"type": "bulk", "args": [
            {"type": "create_query_collection", "args": {"name": "c", "definition": {"queries": [{"name": "q", "query": "query {\n author { __typename name } }"}]}}},
            {"type": "add_collection_to_allowlist", "args": {"collection": "c"}}]}, ADMIN)
        self.assertEqual(status, 200, answer)
        answer = app.query("query { author { name } } # the same", headers=user)
        self.assertEqual(answer, {"data": {"author": [{"name": "Ann"}]}})
        self.assertEqual(self.refusal(app, user)[0], "validation-failed", "another text stays out")
        self.assertEqual(self.names(app, ADMIN), ["Ann", "Ben"], "admin may ask anything")

    def test_settings_that_cannot_work_are_refused(self) -> None:
        for settings in ({"HASURA_GRAPHQL_JWT_SECRET": "no json"}, {"HASURA_GRAPHQL_JWT_SECRET": '{"type": "HS256", "key": "short"}'},
                         {"HASURA_GRAPHQL_JWT_SECRET": '{"type": "XX", "key": "k"}'},
                         {"HASURA_GRAPHQL_ADMIN_SECRET": "", "HASURA_GRAPHQL_UNAUTHORIZED_ROLE": "user"}):
            with self.assertRaises(RuntimeError) as failure:
                self.start(**settings)
            self.assertIn("error: invalid-setting", str(failure.exception))


if __name__ == "__main__":
    run_tests(AuthenticationTest)
