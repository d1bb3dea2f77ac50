"""Every way a dump or its store can be wrong is found, with its own exit code, and the good ones raise no alarm.

usage: sabotage_test.py BUSFLOWCTL
"""
import json
import shutil
import subprocess
import sys
import unittest

from environment import NEWER_POSTGRES, REPOSITORY, Environment
from gate import Gate
from scenes import EXIT_CODES, Made, SceneCase
from cluster import Postgres

CUSTOM: Made
PLAIN: Made
UNCOMPRESSED: Made


def setUpModule() -> None:
    global CUSTOM, PLAIN, UNCOMPRESSED
    environment = SceneCase.environment = Environment(sys.argv[1]).__enter__()
    unittest.addModuleCleanup(environment.__exit__, None, None, None)
    environment.load("sample", "sample.sql")
    CUSTOM = Made.create(environment, "sample")
    PLAIN = Made.create(environment, "sample", "--format", "plain")
    UNCOMPRESSED = Made.create(environment, "sample", "--compress", "0")


def flip(data: bytes, position: float) -> bytes:
    at = int(len(data) * position)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def cut(data: bytes, percent: int) -> bytes:
    return data[:len(data) * (100 - percent) // 100]


class Good(SceneCase):
    def test_custom(self) -> None:
        name = self.put(CUSTOM)
        report = self.verified()
        self.assertEqual(report["verdict"], "verified")
        self.assertEqual(self.warnings(report), [])
        pointer = json.loads((self.environment.store.bucket / "verified-latest.json").read_text())
        self.assertEqual((pointer["name"], pointer["sha256"]), (name, CUSTOM.manifest["sha256"]))

    def test_uncompressed(self) -> None:
        self.put(UNCOMPRESSED)
        self.verified()

    def test_plain_text_warns_only(self) -> None:
        self.put(PLAIN)
        self.assertTrue(any("plain text" in warning for warning in self.warnings(self.verified())))

    def test_a_named_dump_may_be_old(self) -> None:
        old = self.put(CUSTOM, 500)
        self.put(CUSTOM, 1)
        report = self.verified(old)
        self.assertEqual(report["dump"], old)

    def test_old_objects_of_other_names_warn_only(self) -> None:
        folder = self.environment.store.bucket / "regular"
        folder.mkdir()
        (folder / "notes.txt").write_text("x")
        subprocess.run(["touch", "-d", "3 days ago", folder / "notes.txt"], check=True)
        self.put(CUSTOM)
        self.assertIn("notes.txt", " ".join(self.warnings(self.verified())))

    def test_read_only_folder_of_the_pointer_warns_only(self) -> None:
        """As with a key that may only read: the dump is proven all the same."""
        self.put(CUSTOM)
        (self.environment.store.bucket / "verified-latest.json").mkdir()
        try:
            self.assertIn("pointer", " ".join(self.warnings(self.verified())))
        finally:
            (self.environment.store.bucket / "verified-latest.json").rmdir()

    def test_summary_and_junit(self) -> None:
        self.put(CUSTOM)
        summary, junit = self.environment.folder / "summary.md", self.environment.folder / "junit.xml"
        self.verified("--junit", str(junit), GITHUB_STEP_SUMMARY=str(summary))
        self.assertIn("## Backup verification: verified", summary.read_text())
        self.assertIn('failures="0"', junit.read_text())


class Contents(SceneCase):
    """Databases that are wrong, in dumps that are right."""

    def dump_of(self, name: str, sql: str, script: str = "sample.sql") -> Made:
        self.environment.load(name, script)
        self.environment.postgres.sql(name, sql)
        return Made.create(self.environment, name)

    def configured(self, **files: str) -> str:
        folder = self.environment.folder / f"config-{self.id().rsplit('.', 1)[1]}"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(REPOSITORY / "config/backup-verify", folder)
        for name, text in files.items():
            (folder / f"{name.replace('_', '-')}.yaml").write_text(text)
        return str(folder)

    def test_missing_schema(self) -> None:
        self.put(self.dump_of("no_schema", "DROP SCHEMA communications CASCADE; SELECT lo_unlink(oid) FROM pg_largeobject_metadata"))
        self.assertIn("communications", self.refused("missing-schema"))

    def test_empty_schema(self) -> None:
        self.put(self.dump_of("empty_schema", "DROP TABLE communications.messages"))
        self.assertIn("communications", self.refused("empty-schema"))

    def test_orphans_and_their_allow_list(self) -> None:
        self.put(self.dump_of("orphans", "UPDATE operations.service_legs SET vehicle_id = 9000 + vehicle_id WHERE vehicle_id <= 2"))
        self.assertIn("operations.service_legs.vehicle_id has 4 without backoffice.vehicles.id (0 allowed)", self.refused("orphans"))
        entry = ("references:\n  - parent: backoffice.vehicles.id\n    child: operations.service_legs.vehicle_id\n    max_orphans: {}\n"
                 "    owner: operations\n    expires: {}\n")
        allowed = self.configured(soft_fk_allowlist=entry.format(4, "2099-01-01"))
        self.verified(BUSFLOW_BACKUP_VERIFY_FOLDER=allowed)
        (self.environment.store.bucket / "verified-latest.json").unlink()
        self.assertIn("(3 allowed)", self.refused("orphans", BUSFLOW_BACKUP_VERIFY_FOLDER=self.configured(soft_fk_allowlist=entry.format(3, "2099-01-01"))))
        self.assertIn("owner operations", self.refused("expired-allowance", BUSFLOW_BACKUP_VERIFY_FOLDER=self.configured(
            soft_fk_allowlist=entry.format(4, "2020-01-01"))))
        self.assertIn(":4: unknown key 'max_orphan'", self.refused("bad-allow-list", BUSFLOW_BACKUP_VERIFY_FOLDER=self.configured(
            soft_fk_allowlist=entry.format(4, "2099-01-01").replace("max_orphans", "max_orphan"))))

    def test_constraint_that_was_never_validated(self) -> None:
        made = self.dump_of("unvalidated", """
            ALTER TABLE identity.accounts ADD CONSTRAINT of_operator FOREIGN KEY (operator) REFERENCES backoffice.operators NOT VALID;""")
        self.put(made)
        self.assertIn("of_operator", " ".join(self.warnings(self.verified())))
        (self.environment.store.bucket / "verified-latest.json").unlink()
        self.put(self.dump_of("unvalidated_orphans", """
            INSERT INTO identity.accounts (operator, email) VALUES (777, 'nobody@example.org');
            ALTER TABLE identity.accounts ADD CONSTRAINT of_operator FOREIGN KEY (operator) REFERENCES backoffice.operators NOT VALID;"""))
        self.assertIn("identity.accounts.operator has 1", self.refused("orphans"))

    def test_sequence_behind(self) -> None:
        self.put(self.dump_of("behind", "SELECT setval('backoffice.vehicles_id_seq', 7)"))
        self.assertIn("backoffice.vehicles_id_seq is at 7", self.refused("sequence-behind"))

    def test_application_query(self) -> None:
        self.put(self.dump_of("no_operators", "TRUNCATE backoffice.operators CASCADE; UPDATE commerce.tickets SET vehicle_id = NULL; "
                                              "UPDATE operations.service_legs SET vehicle_id = NULL; REFRESH MATERIALIZED VIEW commerce.sales"))
        self.assertIn("gives 0, not at least 1", self.refused("application-query"))

    def test_index_that_does_not_fit_its_table(self) -> None:
        """Its function says it always gives the same for the same, and does not."""
        self.put(self.dump_of("lying_index", """
            CREATE FUNCTION backoffice.lies(text) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN random(); END';
            CREATE INDEX ON backoffice.vehicles (backoffice.lies(plate));"""))
        self.refused("damaged-index")
        self.verified("--skip-index-check")

    def test_role_that_was_renamed(self) -> None:
        made = self.dump_of("renamed", "GRANT SELECT ON backoffice.operators TO sample_reader")
        # The grants still name it, the list of roles no longer does.
        self.put(made, roles=[role for role in made.manifest["roles"] if role["name"] != "sample_reader"])
        self.assertIn('role "sample_reader" does not exist', " ".join(self.warnings(self.verified())))

    def test_extension_that_is_kept_by_the_server(self) -> None:
        """A comment on an extension that is not here, as managed servers' dumps have: nothing of the data needs it."""
        text = PLAIN.data.replace(b"\nCREATE SCHEMA backoffice;", b"\nCREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA pg_catalog;\n\nCREATE SCHEMA backoffice;", 1)
        self.put(PLAIN, data=text, recommit=True, extensions=[*PLAIN.manifest["extensions"], {"name": "pg_cron", "version": "1.6"}])
        self.assertIn("pg_cron", " ".join(self.warnings(self.verified())))

    def test_extension_that_belongs_to_somebody_else(self) -> None:
        """What a managed server says to the comment that every dump has on its extensions."""
        text = PLAIN.data.replace(b"\nCREATE SCHEMA backoffice;", b"\nSET ROLE sample_reader;\nCOMMENT ON EXTENSION plpgsql IS 'x';\n"
                                  b"CREATE EXTENSION pg_stat_statements SCHEMA public;\nRESET ROLE;\nCREATE SCHEMA backoffice;", 1)
        self.put(PLAIN, data=text, recommit=True)
        self.assertIn("permission denied to create extension", self.refused("restore-errors"), "one that is not on the list")
        self.put(PLAIN, data=text.replace(b"CREATE EXTENSION pg_stat_statements SCHEMA public;\n", b""), recommit=True)
        self.assertIn("must be owner of extension plpgsql", " ".join(self.warnings(self.verified())))

    def test_rows_that_are_missing(self) -> None:
        tables = [table | {"rows": table["rows"] + (table["name"] == "vehicles")} for table in CUSTOM.manifest["tables"]]
        self.put(CUSTOM, tables=tables)
        self.assertIn("backoffice.vehicles has 500 rows, its source had 501", self.refused("rows-differ"))

    def test_plain_text_is_not_obeyed(self) -> None:
        """psql's own commands in a dump would run programs here."""
        mark = self.environment.folder / "was-obeyed"
        self.put(PLAIN, data=PLAIN.data.replace(b"\nCREATE SCHEMA backoffice;", f"\n\\! touch {mark}\nCREATE SCHEMA backoffice;".encode(), 1), recommit=True)
        self.assertIn("backslash commands are restricted", self.refused("restore-errors"))
        self.assertFalse(mark.exists())


class Objects(SceneCase):
    """Objects that are wrong."""

    def test_zero_bytes(self) -> None:
        self.put(CUSTOM, data=b"")
        self.refused("empty-dump")

    def test_html_error_page(self) -> None:
        self.put(CUSTOM, data=b"<html><body><h1>502 Bad Gateway</h1></body></html>" * 50, recommit=True)
        self.assertIn("HTML", self.refused("not-a-dump"))

    def test_wrong_name(self) -> None:
        self.put(CUSTOM, name="backup.dump")
        self.assertIn("backup.dump", self.refused("wrong-name"))

    def test_wrong_name_today_beside_a_good_one_of_yesterday(self) -> None:
        self.put(CUSTOM, 20)
        self.put(CUSTOM, name="pg_dump_latest.dump")
        self.assertIn("pg_dump_latest.dump", self.refused("wrong-name"))

    def test_impossible_date(self) -> None:
        self.put(CUSTOM, name="pg_dump_20260230_0200.dump")
        self.refused("impossible-date")

    def test_cut_in_the_store(self) -> None:
        for percent in (1, 20, 50):
            with self.subTest(percent=percent):
                self.put(CUSTOM, data=cut(CUSTOM.data, percent))
                self.refused("length-differs")

    def test_cut_before_it_was_committed(self) -> None:
        for percent in (1, 20, 50):
            with self.subTest(percent=percent):
                self.put(CUSTOM, data=cut(CUSTOM.data, percent), recommit=True)
                self.refused("damaged-dump")

    def test_flipped_byte(self) -> None:
        for made in (CUSTOM, UNCOMPRESSED, PLAIN):
            for position in (0.3, 0.7, 0.999):
                with self.subTest(format=made.manifest["format"], position=position):
                    self.put(made, data=flip(made.data, position))
                    self.refused("checksum-differs")

    def test_newer_format(self) -> None:
        self.put(CUSTOM, data=CUSTOM.data[:6] + bytes([99]) + CUSTOM.data[7:], recommit=True)
        self.assertIn("1.99", self.refused("newer-format"))

    def test_version_that_is_not_installed(self) -> None:
        self.put(CUSTOM, server_major=42, server_version="42.0")
        self.assertIn("PostgreSQL 42 is needed", self.refused("no-server"))

    def test_stale(self) -> None:
        self.put(CUSTOM, 27)
        self.refused("stale")
        self.put(CUSTOM, 26.9, cadence="weekly")
        self.verified()

    def test_from_the_future(self) -> None:
        self.put(CUSTOM, -3)
        self.refused("from-the-future")

    def test_sizes_out_of_the_band(self) -> None:
        for days in range(1, 7):
            self.put(CUSTOM, 24 * days, data=b"x" * len(CUSTOM.data) * 2, recommit=True)
        self.put(CUSTOM)
        self.assertIn("0.50 of the usual", self.refused("too-small"))
        for days in range(1, 7):
            self.put(CUSTOM, 24 * days, data=b"x" * (len(CUSTOM.data) // 3), recommit=True)
        self.assertIn("3.00 of the usual", self.refused("too-large"))
        self.verified("--max-percent", "400")

    def test_over_the_ceiling(self) -> None:
        self.put(CUSTOM)
        self.assertIn("self-hosted runner", self.refused("over-ceiling", "--ceiling", "100000"))

    def test_bad_manifest(self) -> None:
        self.put(CUSTOM, cadence="yearly")
        self.assertIn("$.cadence", self.refused("bad-manifest"))

    def test_uncommitted(self) -> None:
        self.put(CUSTOM, commit=False)
        self.refused("uncommitted")

    def test_empty_bucket(self) -> None:
        self.refused("no-dump")


class Stores(SceneCase):
    """Stores that are wrong. A short window keeps the waiting short."""

    def setUp(self) -> None:
        super().setUp()
        self.put(CUSTOM)

    def test_unreachable(self) -> None:
        self.refused("source-unreachable", "--unreachable-window", "1s", BUSFLOW_MINIO_INSWARM_ENDPOINT="https://localhost:1")

    def test_unreachable_for_a_while(self) -> None:
        self.environment.store.stop()
        with subprocess.Popen(self.environment.command("backup", "verify", "--work-directory", str(self.environment.work), "--retry-interval", "200ms"),
                              env={"PATH": "/usr/bin:/bin", **self.environment.settings("sample")}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            for line in running.stderr:
                if "trying again" in line:
                    break
            self.environment.store.start()
            output, errors = running.communicate(timeout=120)
        self.assertEqual(running.returncode, 0, output + errors)

    def test_falls_back_and_says_so(self) -> None:
        off_site = {name.replace("MINIO_INSWARM", "HETZNER_S3"): value for name, value in self.environment.store.settings("minio_inswarm").items()}
        detail = self.degraded(BUSFLOW_BACKUP_SOURCE="hetzner-s3", **(off_site | {"BUSFLOW_HETZNER_S3_ENDPOINT": "https://localhost:1"}))
        self.assertIn("minio-inswarm was used in place of hetzner-s3", detail)

    def degraded(self, **settings: str) -> str:
        done = self.environment.verify("--unreachable-window", "1s", **settings)
        report = json.loads(done.stdout)["result"]
        self.assertEqual((report["verdict"], done.returncode), ("degraded", EXIT_CODES["degraded"]), done.stdout + done.stderr)
        return report["checks"][-1]["detail"]

    def test_slow(self) -> None:
        with Gate(self.environment.store.port, bytes_per_second=20_000) as gate:
            self.refused("source-too-slow", "--deadline", "5s", "--unreachable-window", "1s", BUSFLOW_MINIO_INSWARM_ENDPOINT=f"https://localhost:{gate.port}")

    def test_cut_in_mid_stream(self) -> None:
        self.put(UNCOMPRESSED)
        with Gate(self.environment.store.port, cut_after=len(UNCOMPRESSED.data) // 20) as gate:
            self.refused("source-broke", "--idle-timeout", "5s", BUSFLOW_MINIO_INSWARM_ENDPOINT=f"https://localhost:{gate.port}")
            self.assertGreater(gate.cuts, 1, "it is tried again before it is given up")

    def test_wrong_credentials(self) -> None:
        wrong = self.environment.folder / "wrong"
        wrong.write_text("not-the-key\n")
        done = self.environment.verify(BUSFLOW_MINIO_INSWARM_SECRET_KEY_FILE=str(wrong))
        self.assertEqual(done.returncode, EXIT_CODES["source-refused"], done.stdout)
        self.assertNotIn("not-the-key", done.stdout + done.stderr)

    def test_certificate_that_nobody_vouches_for(self) -> None:
        settings = self.environment.store.settings("minio_inswarm")
        self.refused("source-untrusted", "--unreachable-window", "1s", BUSFLOW_MINIO_INSWARM_CA_FILE="", BUSFLOW_MINIO_INSWARM_ENDPOINT=settings["BUSFLOW_MINIO_INSWARM_ENDPOINT"],
                     RCLONE_NO_CHECK_CERTIFICATE="true")

    def test_plain_http(self) -> None:
        self.refused("source-not-encrypted", BUSFLOW_MINIO_INSWARM_ENDPOINT=f"http://localhost:{self.environment.store.port}")

    def test_no_bucket(self) -> None:
        self.refused("no-bucket", BUSFLOW_MINIO_INSWARM_BUCKET="nowhere")

    def test_source_that_is_not_set(self) -> None:
        done = self.environment.verify(BUSFLOW_BACKUP_SOURCE="")
        self.assertEqual(done.returncode, 6, "an empty variable of a workflow must not mean one of the two")

    def test_disk_that_is_too_small(self) -> None:
        self.put(CUSTOM, database_bytes=10**15)
        self.assertIn("the restored database needs", self.refused("disk-full"))


class DiskFull(SceneCase):
    def test_fills_up_on_the_way(self) -> None:
        """A manifest that promises less than comes."""
        self.environment.load("large", "sample.sql")
        self.environment.postgres.sql("large", "CREATE TABLE operations.padding AS SELECT n, repeat('x', 900) AS text FROM generate_series(1, 150000) n")
        self.put(Made.create(self.environment, "large"), database_bytes=1)
        disk = self.environment.folder / "small-disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=130m,mode=777", "tmpfs", disk], check=True)
        try:
            self.assertRegex(self.refused("disk-full", "--work-directory", str(disk)), "No space left on device|could not extend file")
        finally:
            subprocess.run(["umount", disk], check=True)


class NewerPostgres(SceneCase):
    """PostgreSQL 18, which has pgvector here, beside the system's."""

    def test_vectors_come_back(self) -> None:
        newer = Postgres(NEWER_POSTGRES, preload="")
        newer.start()
        try:
            self.environment.load("sample", "sample.sql", cluster=newer)
            newer.sql("sample", "CREATE EXTENSION vector; CREATE TABLE commerce.embeddings (id bigserial PRIMARY KEY, of vector(3));"
                                "INSERT INTO commerce.embeddings (of) SELECT array[n, n / 2, 1]::vector FROM generate_series(1, 300) n;"
                                "CREATE INDEX ON commerce.embeddings USING hnsw (of vector_l2_ops)")
            made = Made.create(self.environment, "sample", "--postgres-bin", str(NEWER_POSTGRES), BUSFLOW_DATABASE_HOST=str(newer.folder))
        finally:
            newer.stop()
        self.put(made)
        self.assertIn("PostgreSQL 18 is needed", self.refused("no-server"))
        report = self.verified("--postgres-bin", str(NEWER_POSTGRES))
        self.assertEqual(self.warnings(report), [])
        self.restored_with_vectors()

    def restored_with_vectors(self) -> None:
        target = Postgres(NEWER_POSTGRES, preload="")
        target.start()
        try:
            done = self.environment.run("backup", "restore", "--quiet", "--postgres-bin", str(NEWER_POSTGRES), "--target",
                                        f"postgresql://postgres@/restored?host={target.folder}")
            self.assertEqual(done.returncode, 0, done.stderr)
            nearest = "SELECT id FROM commerce.embeddings ORDER BY of <-> '[10,5,1]' LIMIT 1"
            self.assertEqual(target.sql("restored", f"SET enable_seqscan = off; {nearest}").strip(), "10")
        finally:
            target.stop()


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)
