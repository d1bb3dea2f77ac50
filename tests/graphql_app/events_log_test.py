#!/usr/bin/env python3
"""The log of events: a partition for each day, dropped when all in it is over; logs of the reference and of earlier versions become one.

usage: events_log_test.py BINARY
"""
import datetime
import os
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
from events_case import EventsTestCase  # noqa: E402
from instance import App, AppTestCase, run_tests  # noqa: E402

LOGS = ("event_log", "event_invocation_logs")

# As the reference makes them; the foreign key is of its first version.
REFERENCE = """
DROP TABLE hdb_catalog.event_log, hdb_catalog.event_invocation_logs;
CREATE TABLE hdb_catalog.event_log (
  id text DEFAULT gen_random_uuid() PRIMARY KEY, schema_name text NOT NULL, table_name text NOT NULL, trigger_name text NOT NULL, payload jsonb NOT NULL,
  delivered boolean NOT NULL DEFAULT false, error boolean NOT NULL DEFAULT false, tries integer NOT NULL DEFAULT 0, created_at timestamp DEFAULT now(),
  locked timestamptz, next_retry_at timestamp, archived boolean NOT NULL DEFAULT false);
CREATE INDEX ON hdb_catalog.event_log (trigger_name);
CREATE INDEX event_log_fetch_events ON hdb_catalog.event_log (locked NULLS FIRST, next_retry_at NULLS FIRST, created_at) WHERE delivered = 'f' and error = 'f' and archived = 'f';
CREATE TABLE hdb_catalog.event_invocation_logs (
  id text DEFAULT gen_random_uuid() PRIMARY KEY, trigger_name text, event_id text REFERENCES hdb_catalog.event_log (id), status integer, request json, response json,
  created_at timestamp DEFAULT now());
CREATE INDEX ON hdb_catalog.event_invocation_logs (event_id);
CREATE FUNCTION hdb_catalog.insert_event_log(schema_name text, table_name text, trigger_name text, op text, row_data json) RETURNS text LANGUAGE plpgsql AS $$
DECLARE id text := gen_random_uuid();
BEGIN
  INSERT INTO hdb_catalog.event_log (id, schema_name, table_name, trigger_name, payload) VALUES (id, schema_name, table_name, trigger_name, json_build_object('op', op, 'data', row_data));
  RETURN id;
END $$;
"""
EARLIER = """
DROP TABLE hdb_catalog.event_log, hdb_catalog.event_invocation_logs;
CREATE TABLE hdb_catalog.event_log (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text, schema_name text NOT NULL, table_name text NOT NULL, trigger_name text NOT NULL, payload jsonb NOT NULL,
  delivered boolean NOT NULL DEFAULT false, error boolean NOT NULL DEFAULT false, tries integer NOT NULL DEFAULT 0, created_at timestamptz DEFAULT now(),
  locked timestamptz, next_retry_at timestamptz, archived boolean NOT NULL DEFAULT false, position bigint GENERATED ALWAYS AS IDENTITY, ordering_key text);
CREATE INDEX event_log_open ON hdb_catalog.event_log (position) WHERE NOT delivered AND NOT error AND NOT archived;
CREATE INDEX event_log_over ON hdb_catalog.event_log (created_at) WHERE delivered OR error OR archived;
CREATE TABLE hdb_catalog.event_invocation_logs (
  id text PRIMARY KEY DEFAULT gen_random_uuid()::text, trigger_name text, event_id text, status integer, request json, response json, created_at timestamptz DEFAULT now());
CREATE INDEX event_invocation_logs_by_event ON hdb_catalog.event_invocation_logs (event_id);
"""
# 500 that were delivered, each with a call; open ones; one that was given up; one of no time.
ROWS = """
INSERT INTO hdb_catalog.event_log (id, schema_name, table_name, trigger_name, payload, delivered, created_at)
  SELECT 'delivered ' || n, 'public', 'trip', 'trips', '{}', true, now() - n * interval '1 hour' FROM generate_series(1, 500) n;
INSERT INTO hdb_catalog.event_invocation_logs (event_id, trigger_name, status, created_at) SELECT id, 'trips', 200, created_at FROM hdb_catalog.event_log;
INSERT INTO hdb_catalog.event_log (id, schema_name, table_name, trigger_name, payload, locked, error, created_at) VALUES
  ('open 1', 'public', 'trip', 'trips', '{"op": "INSERT", "data": {"new": {"id": 1}}}', NULL, false, now() - interval '3 hours'),
  ('open 2', 'public', 'trip', 'trips', '{"op": "INSERT", "data": {"new": {"id": 2}}}', now() - interval '1 hour', false, now() - interval '2 hours'),
  ('open 3', 'public', 'trip', 'trips', '{"op": "INSERT", "data": {"new": {"id": 3}}}', NULL, false, NULL),
  ('failed', 'public', 'trip', 'trips', '{}', NULL, true, now() - interval '20 days');
"""
RETURNED_DAY = """
CREATE TABLE hdb_catalog.{name} PARTITION OF hdb_catalog.{log} FOR VALUES FROM ('{first}') TO ('{next}');
"""


class EventsLogTest(EventsTestCase):
    def values(self, text: str) -> list[str]:
        return self.sql(text).split("\n")[:-1]

    def partitions(self, log: str = "event_log") -> list[str]:
        return self.values(f"SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'hdb_catalog.{log}'::regclass ORDER BY 1")

    @staticmethod
    def day(offset: int) -> datetime.date:
        return datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=offset)

    def name(self, offset: int, log: str = "event_log") -> str:
        return f"{log}_{self.day(offset):%Y%m%d}"

    def make_day(self, offset: int) -> None:
        for log in LOGS:
            self.sql(RETURNED_DAY.format(name=self.name(offset, log), log=log, first=self.day(offset), next=self.day(offset + 1)))

    def add(self, offset: int, names: str, state: str = "delivered", count: int = 1) -> None:
        """Events named "name n", each with a call, of noon on that day."""
        self.sql(f"""INSERT INTO hdb_catalog.event_log (id, schema_name, table_name, trigger_name, payload, delivered, error, archived, next_retry_at, created_at)
                       SELECT '{names} ' || n, 'public', 'trip', 'trips', '{{"op": "INSERT"}}', {state == "delivered"}, {state == "failed"}, {state == "archived"},
                              {"now() + interval '1 day'" if state == "open" else "NULL"}, '{self.day(offset)} 12:00+00' FROM generate_series(1, {count}) n;
                     INSERT INTO hdb_catalog.event_invocation_logs (event_id, trigger_name, status, created_at)
                       SELECT id, 'trips', 200, created_at FROM hdb_catalog.event_log WHERE id LIKE '{names} %'""")

    def events(self, log: str = "event_log") -> list[str]:
        column = "id" if log == "event_log" else "event_id"
        return self.values(f"SELECT {column} FROM hdb_catalog.{log} ORDER BY 1")

    def prepared(self, **args: object) -> None:
        """Metadata with a trigger; the program is not running."""
        app = self.serve()
        self.create(app, **args)
        app.stop()

    def test_events_are_in_the_partition_of_their_day(self) -> None:
        app = self.serve()
        self.create(app)
        for log in LOGS:
            self.assertEqual(self.partitions(log), [*(self.name(offset, log) for offset in range(4)), f"{log}_default"])
        self.sql("INSERT INTO trip (name) VALUES ('Rome')")
        self.hook.wait_for(1)
        self.wait_until(lambda: self.open_events() == 0, "delivered")
        for log in LOGS:
            self.assertEqual(self.values(f"SELECT tableoid::regclass FROM hdb_catalog.{log}"), [f"hdb_catalog.{self.name(0, log)}"])
        self.add(2, "of the day after tomorrow")
        self.add(9, "of a day that has no partition")
        self.assertEqual(self.values("SELECT tableoid::regclass FROM hdb_catalog.event_log WHERE id LIKE 'of %' ORDER BY id"), ["hdb_catalog.event_log_default", f"hdb_catalog.{self.name(2)}"])
        before = self.partitions()
        app.stop()
        self.sql(f"DROP TABLE hdb_catalog.{self.name(2)}, hdb_catalog.{self.name(3)}")
        self.begin()
        self.assertEqual(self.partitions(), before, "what is missing is made")

    def test_a_day_whose_rows_are_in_the_default_partition_gets_none(self) -> None:
        self.prepared()
        self.sql(f"DROP TABLE hdb_catalog.{self.name(0)}, hdb_catalog.{self.name(1)}, hdb_catalog.{self.name(2)}, hdb_catalog.{self.name(3)}")
        self.sql("INSERT INTO trip (name) VALUES ('Rome')")
        self.begin()
        self.assertEqual(self.partitions(), [*(self.name(offset) for offset in range(1, 4)), "event_log_default"])
        self.hook.wait_for(1)
        self.wait_until(lambda: self.open_events() == 0, "delivered from there, too")

    def test_days_that_are_over_are_dropped_and_what_failed_stays_longer(self) -> None:
        self.prepared()
        for offset in (-40, -35, -12, -11, -10, -9, -5):
            self.make_day(offset)
        self.add(-40, "failed long ago", "failed")
        self.add(-40, "archived long ago", "archived")
        self.add(-35, "failed long ago, and open", "failed")
        self.add(-35, "forgotten", "open")
        self.add(-12, "of a day with a failure", count=1000)
        self.add(-12, "kept failure", "failed")
        self.add(-11, "of a day with an open one", count=1000)
        self.add(-11, "kept open", "open")
        self.add(-10, "delivered", count=1000)
        self.add(-9, "archived", "archived", count=10)
        self.add(-5, "kept as young", count=2)
        self.add(-60, "of no day", count=6000)
        self.add(-60, "of no day, kept open", "open")
        self.add(-20, "of no day, kept failure", "failed")
        self.add(-29, "of no day, failed long ago", "failed")
        app = self.begin()
        kept = ["forgotten 1", "kept as young 1", "kept as young 2", "kept failure 1", "kept open 1", "of no day, kept failure 1", "of no day, kept open 1"]
        self.wait_until(lambda: self.events() == kept, "the rest is deleted")
        self.wait_until(lambda: self.name(-10) not in self.partitions(), "dropped")
        young = [*(self.name(offset) for offset in range(4)), "event_log_default"]
        self.wait_until(lambda: self.partitions() == [*(self.name(offset) for offset in (-35, -12, -11, -5)), *young], "what is empty is dropped")
        # Calls of four weeks ago go even where the event is still open.
        calls = [name for name in kept if name not in ("forgotten 1", "of no day, kept open 1")]
        self.wait_until(lambda: self.events("event_invocation_logs") == calls, "calls go with their events")
        self.wait_until(lambda: len(self.partitions("event_invocation_logs")) == len(self.partitions()) - 1, "so do their partitions")
        self.assertEqual(self.values("SELECT tableoid::regclass FROM hdb_catalog.event_log WHERE id = 'kept failure 1'"), [f"hdb_catalog.{self.name(-12)}"])
        app.metadata("pg_redeliver_event", {"event_id": "kept failure 1"})
        app.metadata("pg_redeliver_event", {"event_id": "of no day, kept failure 1"})
        self.assertEqual({body["id"] for body in self.hook.wait_for(2)}, {"kept failure 1", "of no day, kept failure 1"})
        found = app.metadata("pg_get_event_by_id", {"event_id": "kept failure 1"})
        self.wait_until(lambda: len(app.metadata("pg_get_event_by_id", {"event_id": "kept failure 1"})["invocations"]) == 2, "both calls are found")
        self.assertEqual(found["event"]["id"], "kept failure 1")
        self.assertNotIn("could not be", app.log())

    def test_both_retentions_are_settings(self) -> None:
        self.prepared()
        for offset in (-3, -2, -1):
            self.make_day(offset)
            self.add(offset, f"delivered {-offset}")
            self.add(offset, f"failed {-offset}", "failed")
        self.begin(HASURA_GRAPHQL_EVENTS_RETENTION="1", HASURA_GRAPHQL_EVENTS_ERROR_RETENTION="47")
        self.wait_until(lambda: self.events() in (["failed 1 1"], ["failed 1 1", "failed 2 1"]), "2 days ago is either, by the time of day")
        for settings, reason in (({"RETENTION": "0"}, "take hours, from 1"), ({"RETENTION": "10", "ERROR_RETENTION": "9"}, "must not be less than"),
                                 ({"ERROR_RETENTION": "week"}, "HASURA_GRAPHQL_EVENTS_ERROR_RETENTION must be a whole number"), ({"RETENTION": "99999999999"}, "ten years")):
            environment = {"HASURA_GRAPHQL_DATABASE_URL": self.url, **{f"HASURA_GRAPHQL_EVENTS_{name}": value for name, value in settings.items()}}
            refused = subprocess.run([self.binary, "serve"], env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True, timeout=60, check=False)
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn(reason, refused.stderr)

    def psql(self, text: str) -> subprocess.Popen:
        process = subprocess.Popen([self.cluster.program("psql"), "-X", "-q", "-d", self.url, "-c", text], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        return process

    def test_a_long_transaction_delays_the_drop_and_nobody_else(self) -> None:
        self.prepared()
        self.make_day(-10)
        self.add(-10, "delivered", count=1000)
        writer = self.psql("BEGIN; INSERT INTO trip (name) VALUES ('slow'); SELECT pg_sleep(4) /* long */; COMMIT")
        self.wait_until(lambda: self.values("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%/* long */%' AND wait_event = 'PgSleep'") == ["1"], "it sleeps")
        app = self.begin()
        self.wait_until(lambda: self.events() == [], "the space is free at once")
        begun = time.monotonic()
        self.sql("INSERT INTO trip (name) VALUES ('quick')")
        self.hook.wait_for(1)
        self.assertLess(time.monotonic() - begun, 2)
        self.assertIsNone(writer.poll())
        self.assertIn(self.name(-10), self.partitions())
        writer.wait()
        app.stop()
        self.begin()
        self.wait_until(lambda: self.name(-10) not in self.partitions(), "dropped next time")

    def test_the_log_of_the_reference_becomes_a_partition(self) -> None:
        self.prepared()
        role = f"writer_{AppTestCase.number}"
        self.sql(f"{REFERENCE}{ROWS} GRANT INSERT, SELECT ON hdb_catalog.event_log TO {role}; GRANT USAGE ON SCHEMA hdb_catalog TO {role}; ANALYZE hdb_catalog.event_log")
        file = self.values("SELECT pg_relation_filenode('hdb_catalog.event_log'), pg_relation_filenode('hdb_catalog.event_invocation_logs')")
        starters = [threading.Thread(target=self.begin) for _ in range(2)]
        for starter in starters:
            starter.start()
        for starter in starters:
            starter.join()
        self.assertEqual(len(self.apps), 3, "both have started")
        told = [body["id"] for body in self.hook.wait_for(3)]
        self.assertEqual(sorted(told), ["open 1", "open 2", "open 3"])
        self.wait_until(lambda: self.open_events() == 0, "delivered")
        self.assertEqual(self.values("SELECT pg_relation_filenode('hdb_catalog.event_log_before'), pg_relation_filenode('hdb_catalog.event_invocation_logs_before')"), file, "nothing is copied")
        for log, count in zip(LOGS, (504, 503)):
            self.assertEqual(self.values(f"SELECT count(*), min(tableoid::regclass::text), max(tableoid::regclass::text) FROM hdb_catalog.{log}"),
                             [f"{count}|hdb_catalog.{log}_before|hdb_catalog.{log}_before"])
            self.assertEqual(self.partitions(log), [self.name(2, log), self.name(3, log), f"{log}_before", f"{log}_default"])
        app = self.apps[-1]
        self.assertEqual([each["http_status"] for each in app.metadata("pg_get_event_by_id", {"event_id": "delivered 7"})["invocations"]], [200])
        app.metadata("pg_redeliver_event", {"event_id": "failed"})
        self.hook.wait_for(4)
        self.sql(f"SET ROLE {role}; SELECT hdb_catalog.insert_event_log('public', 'trip', 'trips', 'INSERT', '{{\"new\": 5}}')")
        self.assertEqual(self.hook.wait_for(5)[-1]["event"]["data"], {"new": 5})
        self.sql("INSERT INTO trip (name) VALUES ('Rome')")
        self.hook.wait_for(6)
        self.wait_until(lambda: self.open_events() == 0, "delivered")
        # What the reference would do, should it come back.
        self.assertEqual(self.values("""
            INSERT INTO hdb_catalog.event_log (id, schema_name, table_name, trigger_name, payload) VALUES ('its own', 'public', 'trip', 'other', '{}');
            UPDATE hdb_catalog.event_log SET locked = now() WHERE id IN (
              SELECT id FROM hdb_catalog.event_log l WHERE l.delivered = 'f' AND l.error = 'f' AND (l.locked IS NULL OR l.locked < now() - interval '30 minute')
                 AND (l.next_retry_at IS NULL OR l.next_retry_at <= now()) AND l.archived = 'f' AND l.trigger_name = 'other'
               ORDER BY locked NULLS FIRST, next_retry_at NULLS FIRST, created_at LIMIT 10 FOR UPDATE SKIP LOCKED) RETURNING id;
            UPDATE hdb_catalog.event_log SET archived = 't' WHERE trigger_name = 'other'"""), ["its own"])
        before = [self.partitions(log) for log in LOGS]
        for each in self.apps:
            each.stop()
        self.begin()
        self.assertEqual([self.partitions(log) for log in LOGS], before, "once is enough")
        self.assertEqual(len(self.events()), 507)

    def test_the_log_of_an_earlier_version_becomes_a_partition_and_keeps_its_order(self) -> None:
        self.prepared(ordering_key="name")
        self.sql(EARLIER + ROWS + "INSERT INTO trip (name, seats) SELECT 'one', n FROM generate_series(1, 5) n")
        self.begin()
        self.sql("INSERT INTO trip (name, seats) SELECT 'one', n FROM generate_series(6, 10) n")
        self.hook.wait_for(13)
        seats = [body["event"]["data"]["new"].get("seats") for _, _, body in self.hook.calls]
        self.assertEqual([each for each in seats if each], list(range(1, 11)))
        self.assertEqual(self.values("SELECT count(*), count(DISTINCT position) FROM hdb_catalog.event_log"), ["514|514"])

    def test_a_start_that_is_killed_halfway_has_changed_nothing(self) -> None:
        self.prepared()
        self.sql(REFERENCE + ROWS + """
            CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); END $$;
            CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION slow()""")
        starting = subprocess.Popen([self.binary, "serve", "--server-port", "0"], env={"PATH": os.environ["PATH"], "HASURA_GRAPHQL_DATABASE_URL": self.url, "HOOK": self.hook.url},
                                    stderr=subprocess.DEVNULL)
        halfway = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
        self.wait_until(lambda: self.values(f"SELECT count(*) {halfway}") == ["1"], "halfway")
        starting.kill()
        starting.wait()
        self.sql(f"SELECT pg_terminate_backend(pid) {halfway}; DROP EVENT TRIGGER slow")
        self.assertEqual(self.values("SELECT relkind FROM pg_class WHERE oid = 'hdb_catalog.event_log'::regclass"), ["r"])
        self.assertEqual(self.values("SELECT count(*) FROM hdb_catalog.event_log"), ["504"])
        self.begin()
        self.hook.wait_for(3)
        self.assertEqual(len(self.events()), 504)

    def test_no_statement_reads_whole_partitions(self) -> None:
        self.prepared(ordering_key="name")
        days = range(-6, 0)
        for offset in days:
            for log in LOGS:
                first = f"CREATE TABLE hdb_catalog.{self.name(offset, log)} (LIKE hdb_catalog.{self.name(0, log)} INCLUDING DEFAULTS INCLUDING INDEXES);"
                self.sql(first + f"ALTER TABLE hdb_catalog.{log} ATTACH PARTITION hdb_catalog.{self.name(offset, log)} FOR VALUES FROM ('{self.day(offset)}') TO ('{self.day(offset + 1)}')")
            self.add(offset, f"day {-offset}", count=5000)
            self.add(offset, f"failed {-offset}", "failed", count=20)
        self.sql("VACUUM ANALYZE hdb_catalog.event_log, hdb_catalog.event_invocation_logs")
        names = ", ".join(f"'{self.name(offset, log)}'" for offset in days for log in LOGS)

        def scans(kind: str) -> int:
            return int(self.values(f"SELECT coalesce(sum({kind}), 0) FROM pg_stat_user_tables WHERE relname IN ({names})")[0])

        whole, by_index = scans("seq_scan"), scans("idx_scan")
        app = self.begin()
        for number in range(20):  # So that prepared statements may get a plan for any values.
            self.sql(f"INSERT INTO trip (name, seats) SELECT 'key ' || n, {number} FROM generate_series(1, 5) n")
            app.metadata("pg_redeliver_event", {"event_id": f"failed 3 {number + 1}"})
            app.metadata("pg_get_event_by_id", {"event_id": f"day 2 {number + 1}"})
            app.metadata("pg_get_event_logs", {"name": "trips", "limit": 5})
        self.hook.wait_for(120)
        self.wait_until(lambda: self.open_events() == 0, "delivered")
        app.stop()  # Then all is counted.
        self.assertGreater(scans("idx_scan"), by_index + 100)
        self.assertEqual(scans("seq_scan"), whole)


if __name__ == "__main__":
    run_tests(EventsLogTest)
