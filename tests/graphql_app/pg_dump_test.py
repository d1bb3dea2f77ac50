#!/usr/bin/env python3
"""/v1alpha1/pg_dump of busflow-graphql: what comes, what is refused, and that it goes into a database again.

usage: pg_dump_test.py BINARY
"""
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from instance import App, AppTestCase, run_tests  # noqa: E402

PATH = "/v1alpha1/pg_dump"
# The reference's own case: pgdump/setup.yaml and pg_dump_public.yaml.
ARTICLES = """
CREATE TABLE authors (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE articles (id serial PRIMARY KEY, author_id integer NOT NULL REFERENCES authors, title text NOT NULL, body text NOT NULL);
"""
ARTICLES_DUMP = """SET check_function_bodies = false;
CREATE TABLE public.articles (
    id integer NOT NULL,
    author_id integer NOT NULL,
    title text NOT NULL,
    body text NOT NULL
);
CREATE SEQUENCE public.articles_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.articles_id_seq OWNED BY public.articles.id;
CREATE TABLE public.authors (
    id integer NOT NULL,
    name text NOT NULL
);
CREATE SEQUENCE public.authors_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.authors_id_seq OWNED BY public.authors.id;
ALTER TABLE ONLY public.articles ALTER COLUMN id SET DEFAULT nextval('public.articles_id_seq'::regclass);
ALTER TABLE ONLY public.authors ALTER COLUMN id SET DEFAULT nextval('public.authors_id_seq'::regclass);
ALTER TABLE ONLY public.articles
    ADD CONSTRAINT articles_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.authors
    ADD CONSTRAINT authors_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.articles
    ADD CONSTRAINT articles_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.authors(id);
"""
# Lines that look like what clean_output takes out, where they must stay.
NOTES = """
CREATE TABLE note (id integer PRIMARY KEY, words text);
COMMENT ON TABLE note IS 'first

-- second';
INSERT INTO note VALUES (1, ''), (2, '-- no comment'), (3, E'two\\n\\nlines'), (4, 'SET lock_timeout = 0;'), (5, $$it's \\ $one$$);
CREATE TABLE lonely (words text);
INSERT INTO lonely VALUES (''), ('--'), ('SET row_security = off;');
CREATE FUNCTION shout(words text) RETURNS text LANGUAGE plpgsql AS $$
-- what it does

BEGIN
  RETURN upper(words) || '!';
END $$;
CREATE VIEW loud AS SELECT id, shout(words) AS words FROM note;
"""


def program(folder: str, text: str) -> str:
    """One that stands in for pg_dump."""
    path = pathlib.Path(folder) / "pg_dump"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return str(path)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class PgDumpTest(AppTestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def until(self, condition, what: str) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            threading.Event().wait(0.02)

    def dump(self, app: App, *opts: str, clean: bool = True, **fields) -> str:
        status, text = app.ask(PATH, {"opts": list(opts), "clean_output": clean, **fields})
        self.assertEqual(status, 200, text)
        return text

    def restore(self, text: str, *, with_public: bool = True) -> str:
        """Into a new database, whose name comes back."""
        name = f"{self.database}_again"
        self.cluster.sql("postgres", f"DROP DATABASE IF EXISTS {name}")
        self.cluster.create(name)
        if not with_public:
            self.cluster.sql(name, "DROP SCHEMA public")
        done = subprocess.run([self.cluster.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.cluster.folder), "-U", "postgres", "-d", name],
                              input=text, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""), text)
        return name

    def open(self, app: App, body: dict) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(app.url.removeprefix("http://"), timeout=60)
        connection.request("POST", PATH, json.dumps(body))
        return connection

    def waiting_program(self) -> str:
        """Says its process id, and never ends."""
        return program(self.folder, f"echo $$ >> {self.folder}/pids\nexec sleep 600\n")

    def pids(self) -> list[int]:
        path = pathlib.Path(self.folder) / "pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    # ---- What comes ---------------------------------------------------------------------------------------------------

    def test_the_reference_s_case(self) -> None:
        self.cluster.sql(self.database, ARTICLES)
        app = self.start()
        self.assertEqual(self.dump(app, "-O", "-x", "--schema-only", "--schema", "public"), ARTICLES_DUMP)
        self.assertEqual(self.dump(app, "-Oxsnpublic"), ARTICLES_DUMP)
        connection = self.open(app, {"opts": ["--schema-only"]})
        answer = connection.getresponse()
        text = answer.read().decode()
        self.assertEqual((answer.status, answer.getheader("Content-Type"), int(answer.getheader("Content-Length"))), (200, "application/sql; charset=utf-8", len(text.encode())))
        for line in ("-- PostgreSQL database dump", "SET lock_timeout = 0;", "CREATE TABLE public.authors ("):
            self.assertIn(line, text)
        connection.request("GET", "/healthz")  # The connection goes on.
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()

    def test_it_can_be_restored(self) -> None:
        self.cluster.sql(self.database, ARTICLES + NOTES + "INSERT INTO authors (name) VALUES ('Ann'), ('Zoë');")
        app = self.start()
        facts = """SELECT * FROM note ORDER BY id; SELECT * FROM lonely; SELECT * FROM authors; SELECT * FROM loud; SELECT obj_description('note'::regclass);
                   SELECT pg_get_functiondef('shout'::regproc)"""
        expected = self.cluster.sql(self.database, facts)
        for clean, opts in ((True, ()), (True, ("--inserts", "--disable-dollar-quoting")), (False, ()), (True, ("--schema", "public")), (False, ("--schema", "public"))):
            text = self.dump(app, "-O", "-x", *opts, *(() if "--schema" in opts else ("-N", "hdb_catalog")), clean=clean)
            again = self.restore(text, with_public=clean or "--schema" not in opts)
            self.assertEqual(self.cluster.sql(again, "SET search_path = public; " + facts), expected, opts)
            if clean:
                lines = text.splitlines()
                self.assertFalse([line for line in lines if line.startswith(("\\restrict", "\\unrestrict", "-- Name:", "SET statement_timeout"))])

    def test_event_triggers_stay_away(self) -> None:
        self.cluster.sql(self.database, ARTICLES)
        app = self.start()
        app.metadata("pg_track_table", {"table": "authors"})
        app.metadata("pg_create_event_trigger", {"name": "new_author", "table": "authors", "webhook": "http://127.0.0.1:9", "insert": {"columns": "*"},
                                                 "update": {"columns": "*"}, "trigger_on_replication": True})
        self.assertIn("notify_hasura_", self.dump(app, "-s", "-n", "public", clean=False))
        text = self.dump(app, "-O", "-x", "-s", "-n", "public")
        self.assertEqual(text, ARTICLES_DUMP)
        self.restore(text)

    def test_another_source(self) -> None:
        other = f"{self.database}_other"
        url = self.cluster.create(other)
        self.cluster.sql(other, "CREATE TABLE elsewhere (id integer)")
        app = self.start(OTHER_URL=url)
        app.metadata("pg_add_source", {"name": "other", "configuration": {"connection_info": {"database_url": {"from_env": "OTHER_URL"}}}})
        self.assertIn("CREATE TABLE public.elsewhere", self.dump(app, source="other"))
        self.assertNotIn("elsewhere", self.dump(app, "-n", "public"))
        self.assertEqual(app.ask(PATH, {"opts": [], "source": "third"}), (400, {"code": "not-found", "error": 'source "third" not found', "path": "$"}))

    def test_a_large_dump_passes_in_little_memory(self) -> None:
        self.cluster.sql(self.database, "CREATE TABLE large AS SELECT n, repeat(md5(n::text), 30) AS words FROM generate_series(1, 100000) n")
        app = self.start(ASAN_OPTIONS="quarantine_size_mb=1")  # Where that is linked in, freed memory else stays for a while.
        self.dump(app, "-s")
        status = pathlib.Path(f"/proc/{app.process.pid}/status")
        peak = lambda: int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1])  # noqa: E731
        before = peak()
        for clean in (True, False):
            connection = self.open(app, {"opts": ["-n", "public"], "clean_output": clean})
            answer = connection.getresponse()
            size = int(answer.getheader("Content-Length"))
            self.assertGreater(size, 90_000_000)
            got = 0
            while piece := answer.read(1 << 20):
                got += len(piece)
            self.assertEqual(got, size)
            connection.close()
        self.assertLess(peak() - before, 30_000, "kilobytes more")

    # ---- What is refused ----------------------------------------------------------------------------------------------

    def test_options_that_reach_elsewhere(self) -> None:
        app = self.start()
        file = pathlib.Path(self.folder) / "dump.sql"
        for opts in (["-f", str(file)], [f"-f{file}"], ["--file", str(file)], [f"--file={file}"], [f"--fil={file}"], [f"-sf{file}"], ["-d", "postgres"], ["-dpostgres"],
                     ["--dbname=postgres"], ["--dbn", "postgres"], ["postgres"], ["-s", "postgres"], ["--", "postgres"], ["-h", "127.0.0.1"], ["--host=127.0.0.1"], ["-p", "1"],
                     ["--port=1"], ["-U", "other"], ["--username=other"], ["-W"], ["--password"], ["-w"], ["-Fc"], ["-F", "d"], ["--format=tar"], ["-j", "2"], ["--jobs=2"],
                     ["-Z9"], ["--filter=/etc/passwd"], ["--version"], ["--help"], ["-n", "public; ls", "x"], ["-n"], ["--schema=a\0b"]):
            status, answer = app.ask(PATH, {"opts": opts})
            self.assertEqual((status, answer["code"]), (400, "bad-request"), opts)
            self.assertRegex(answer["path"], r"^\$\.opts\[\d\]$", opts)
            self.assertIn("pg_dump may not be given", answer["error"])
        self.assertFalse(file.exists())
        # No shell reads it.
        status, answer = app.ask(PATH, {"opts": ["-t", f"$(touch {file})", "-t", f"`touch {file}`; touch {file}"]})
        self.assertEqual((status, answer["error"]), (500, "error while executing pg_dump"))
        self.assertFalse(file.exists())

    def test_bodies_that_are_none(self) -> None:
        app = self.start()
        for body, code, path in (({}, "parse-failed", "$"), ([], "parse-failed", "$"), ({"opts": "-s"}, "parse-failed", "$.opts"), ({"opts": ["-s", 1]}, "parse-failed", "$.opts[1]"),
                                 ({"opts": [], "clean_output": "yes"}, "parse-failed", "$.clean_output"), ({"opts": [], "source": 1}, "parse-failed", "$.source")):
            status, answer = app.ask(PATH, body)
            self.assertEqual((status, answer["code"], answer["path"]), (400, code, path), body)
        self.assertEqual(app.ask(PATH, {"opts": ["-n", "x" * 100_000]})[0], 413)
        self.assertEqual(app.ask(PATH, method="GET")[0], 404)

    def test_for_administrators_only(self) -> None:
        app = self.start(HASURA_GRAPHQL_ADMIN_SECRET="sesame", HASURA_GRAPHQL_UNAUTHORIZED_ROLE="guest")
        for headers, status, code in (({"x-hasura-admin-secret": "sesame"}, 200, None), ({"x-hasura-admin-secret": "sesame", "x-hasura-role": "user"}, 400, "access-denied"),
                                      ({}, 400, "access-denied"), ({"x-hasura-admin-secret": "wrong"}, 401, "access-denied")):
            got, answer = app.ask(PATH, {"opts": ["-s"]}, headers)
            self.assertEqual((got, answer["code"] if isinstance(answer, dict) else None), (status, code), headers)

    def test_only_when_it_is_enabled(self) -> None:
        app = self.start(HASURA_GRAPHQL_ENABLED_APIS="metadata,graphql,config")
        self.assertEqual(app.ask(PATH, {"opts": []}), (404, {"code": "not-found", "error": "resource does not exist", "path": "$"}))
        app = self.start(HASURA_GRAPHQL_ENABLED_APIS="pgdump")
        self.assertEqual(app.ask(PATH, {"opts": []})[0], 200)

    # ---- When it fails ------------------------------------------------------------------------------------------------

    def test_pg_dump_s_own_errors(self) -> None:
        app = self.start()
        status, answer = app.ask(PATH, {"opts": ["-t", "nothing"]})
        self.assertEqual((status, answer["code"], answer["error"], answer["path"]), (500, "unexpected", "error while executing pg_dump", "$"))
        self.assertIn("no matching tables were found", answer["internal"])
        broken = self.start(HASURA_GRAPHQL_PG_DUMP=program(self.folder, "echo 'CREATE TABLE half'\nkill -9 $$\n"))
        status, answer = broken.ask(PATH, {"opts": []})
        self.assertEqual((status, answer["internal"]), (500, "killed by signal 9"))

    def test_a_program_that_is_missing_or_too_old(self) -> None:
        major = self.cluster.sql("postgres", "SELECT current_setting('server_version_num')::int / 10000").strip()
        advice = f"install PostgreSQL's client programs of version {major} or newer (Debian: postgresql-client-{major})"
        status, answer = self.start(HASURA_GRAPHQL_PG_DUMP="/nowhere/pg_dump").ask(PATH, {"opts": []})
        self.assertEqual((status, answer["error"]), (500, "pg_dump cannot be run: " + advice))
        self.assertIn("is not installed", answer["internal"])
        words = "pg_dump: error: aborting because of server version mismatch"
        status, answer = self.start(HASURA_GRAPHQL_PG_DUMP=program(self.folder, f"echo '{words}' >&2\nexit 1\n")).ask(PATH, {"opts": []})
        self.assertEqual((status, answer["error"]), (500, "error while executing pg_dump: it is older than the server; " + advice))
        self.assertEqual(answer["internal"], words + "\n")

    def test_the_password_is_nowhere_to_be_read(self) -> None:
        secret = "open:ses\\ame"
        url = self.url.replace("postgres@", "postgres:open%3Ases%5Came@")
        spy = f"""for each in "$@"; do echo "argument $each"; done; env; printf "file "; cat $PGPASSFILE; echo 'failed' >&2; """
        listing = self.start(HASURA_GRAPHQL_DATABASE_URL=url, HASURA_GRAPHQL_PG_DUMP=program(self.folder, spy), PGPASSWORD="another")
        _, text = listing.ask(PATH, {"opts": ["-s"]})
        lines = text.splitlines()
        self.assertIn("file *:*:*:*:open\\:ses\\\\ame", lines)
        self.assertFalse([line for line in lines if line.startswith(("argument ", "PG")) and "ses" in line], text)
        self.assertIn("PGPASSWORD=", lines)
        arguments = [line.removeprefix("argument ") for line in lines if line.startswith("argument ")]
        self.assertEqual(arguments[:4], ["--encoding=UTF8", "-s", "--format=plain", "--no-password"])
        self.assertTrue(arguments[4].startswith("--dbname=host='"), arguments)
        # The real one gets along with it, and tells nobody when it does not.
        app = self.start(HASURA_GRAPHQL_DATABASE_URL=url)
        self.dump(app, "-s")
        status, answer = app.ask(PATH, {"opts": ["-t", "nothing"]})
        self.assertEqual(status, 500)
        self.assertNotIn("ses", json.dumps(answer))
        self.assertNotIn(secret, app.log())
        self.assertNotIn("ses\\\\ame", app.log())

    def test_it_ends_with_the_client(self) -> None:
        app = self.start(HASURA_GRAPHQL_PG_DUMP=self.waiting_program())
        connection = self.open(app, {"opts": []})
        self.until(self.pids, "pg_dump does not start")
        [pid] = self.pids()
        self.assertTrue(is_alive(pid))
        connection.close()
        self.until(lambda: not is_alive(pid), "pg_dump goes on without its client")
        self.assertEqual(app.ask("/healthz")[0], 200)

    def test_few_at_once_and_none_after_the_server(self) -> None:
        app = self.start(HASURA_GRAPHQL_PG_DUMP=self.waiting_program())
        connections = [self.open(app, {"opts": []}) for _ in range(2)]
        self.until(lambda: len(self.pids()) == 2, "pg_dump does not start")
        status, answer = app.ask(PATH, {"opts": []})
        self.assertEqual((status, answer["code"]), (503, "busy"))
        app.metadata("export_metadata")
        # It waits for them for ten seconds.
        self.assertEqual(app.stop(), 0)
        self.assertFalse([pid for pid in self.pids() if is_alive(pid)])
        for connection in connections:
            connection.close()


if __name__ == "__main__":
    run_tests(PgDumpTest)
