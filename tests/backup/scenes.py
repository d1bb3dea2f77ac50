"""Buckets as a test wants to find them: dumps that were really made, put there under any name, whole or damaged."""
import copy
import datetime
import hashlib
import json
import pathlib
import re
import shutil
import unittest

from environment import REPOSITORY, Environment

REFERENCE = (REPOSITORY / "docs/reference/busflowctl.md").read_text()
EXIT_CODES = {name: int(code) for code, name in re.findall(r"^\| (\d+) \| `([a-z-]+)` \|", REFERENCE, re.MULTILINE)}


def name_at(hours_ago: float) -> str:
    time = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=hours_ago)
    return time.strftime("pg_dump_%Y%m%d_%H%M.dump")


class Made:
    """A dump that busflowctl made, and its manifest."""

    def __init__(self, data: bytes, manifest: dict) -> None:
        self.data, self.manifest = data, manifest

    @classmethod
    def create(cls, environment: Environment, database: str, *arguments: str, **settings: str) -> "Made":
        """Makes it and takes it out of the bucket."""
        shutil.rmtree(environment.store.bucket / "regular", ignore_errors=True)
        done = environment.run("backup", "create", "--json", "--quiet", *arguments, database=database, **settings)
        if done.returncode != 0:
            raise RuntimeError(f"create failed: {done.stdout} {done.stderr}")
        name = json.loads(done.stdout)["result"]["name"]
        made = cls((environment.store.bucket / "regular" / name).read_bytes(), environment.store.manifest(name))
        shutil.rmtree(environment.store.bucket / "regular")
        return made


class SceneCase(unittest.TestCase):
    """Each test begins with an empty bucket. `environment` and `made` are set by the suite's setUpModule."""

    environment: Environment

    def setUp(self) -> None:
        for folder in ("regular", "pre-cutover", "partial", "locks"):
            shutil.rmtree(self.environment.store.bucket / folder, ignore_errors=True)
        (self.environment.store.bucket / "verified-latest.json").unlink(missing_ok=True)

    def put(self, made: Made, hours_ago: float = 0, *, name: str | None = None, data: bytes | None = None, recommit: bool = False, commit: bool = True,
            folder: str = "regular", **manifest: object) -> str:
        """Into the bucket. `data` replaces the bytes after the manifest was written; with `recommit` before, so that the manifest knows them."""
        name = name or name_at(hours_ago)
        stored = made.data if data is None else data
        facts = copy.deepcopy(made.manifest) | {"name": name} | manifest
        if recommit:
            facts |= {"bytes": len(stored), "sha256": hashlib.sha256(stored).hexdigest()}
        place: pathlib.Path = self.environment.store.bucket / folder
        place.mkdir(exist_ok=True)
        (place / name).write_bytes(stored)
        if commit:
            (place / f"{name}.manifest.json").write_text(json.dumps(facts))
        return name

    def verified(self, *arguments: str, **settings: str) -> dict:
        """Verifies without failure; the report."""
        done = self.environment.verify(*arguments, **settings)
        self.assertEqual(done.returncode, 0, f"{done.stdout}\n{done.stderr}")
        return json.loads(done.stdout)["result"]

    def refused(self, problem: str, *arguments: str, **settings: str) -> str:
        """Verifies; the first failure must be this problem, with the exit code that the reference gives. Its detail."""
        done = self.environment.verify(*arguments, **settings)
        self.assertTrue(done.stdout, f"ended with {done.returncode}: {done.stderr}")
        report = json.loads(done.stdout)["result"]
        failed = [check for check in report.get("checks", []) if check["status"] == "FAILED"]
        self.assertTrue(failed, f"nothing failed: {done.stdout}\n{done.stderr}")
        self.assertEqual(failed[0]["problem"], problem, f"{done.stdout}\n{done.stderr}")
        self.assertEqual(done.returncode, EXIT_CODES[problem], done.stdout)
        self.assertFalse((self.environment.store.bucket / "verified-latest.json").exists(), "the pointer moved though it is not proven")
        return failed[0]["detail"]

    def warnings(self, report: dict) -> list[str]:
        return [f"{check['check']}: {check['detail']}" for check in report["checks"] if check["status"] == "warning"]
