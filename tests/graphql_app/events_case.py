"""What tests of event triggers have in common: tables, a webhook, and programs that call it."""
import sys
import time

sys.dont_write_bytecode = True
from instance import App, AppTestCase  # noqa: E402
from webhook import Webhook  # noqa: E402

TABLES = """
CREATE TABLE trip (id serial PRIMARY KEY, name text, seats int, price numeric(20, 4), extra json);
CREATE SCHEMA "Odd Schema"; CREATE TABLE "Odd Schema"."it's" (id int PRIMARY KEY, "a b" text);
CREATE ROLE writer_{number} LOGIN; GRANT INSERT ON trip TO writer_{number}; GRANT USAGE ON SEQUENCE trip_id_seq TO writer_{number};
"""


class EventsTestCase(AppTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cluster.sql(self.database, TABLES.format(number=AppTestCase.number))
        self.hook = Webhook()
        self.addCleanup(self.hook.stop)

    def begin(self, **settings: str) -> App:
        return self.start(HOOK=self.hook.url, HOOK_KEY="from the environment", HASURA_GRAPHQL_EVENTS_FETCH_INTERVAL="50", **settings)

    def serve(self, **settings: str) -> App:
        app = self.begin(**settings)
        app.metadata("pg_track_table", {"table": "trip"})
        return app

    def create(self, app: App, name: str = "trips", table: object = "trip", **args: object) -> None:
        app.metadata("pg_create_event_trigger", {"name": name, "table": table, "webhook": "{{HOOK}}/" + name, "insert": {"columns": "*"}, "update": {"columns": "*"},
                                                 "delete": {"columns": "*"}, **args})

    def wait_until(self, condition, what: str, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.05)

    def sql(self, text: str) -> str:
        return self.cluster.sql(self.database, text)

    def open_events(self) -> int:
        return int(self.sql("SELECT count(*) FROM hdb_catalog.event_log WHERE NOT delivered AND NOT error AND NOT archived").strip().splitlines()[-1])
