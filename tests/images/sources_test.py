#!/usr/bin/env python3
"""docker/compile/sources.py chooses what an app is built from: enough to build it, and nothing of what it does not use.

usage: sources_test.py MODULES_JSON"""
import hashlib
import pathlib
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
MODULES = ""
NO_COMPILER = [f"-DCMAKE_{program}=true" for program in ("CXX_COMPILER_LAUNCHER", "AR", "RANLIB", "CXX_LINK_EXECUTABLE")]


def choose(app: str, target: pathlib.Path, modules: str | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([str(REPOSITORY / "docker/compile/sources.py"), app, str(target), "--modules", modules or MODULES], capture_output=True, text=True, check=False)


def digest(folder: pathlib.Path) -> str:
    """Of names and content, as Docker compares what it copies."""
    all_files = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        all_files.update(file.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return all_files.hexdigest()


class Sources(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="busflow-sources-")))

    def build(self, target: pathlib.Path, app: str) -> subprocess.CompletedProcess:
        """All but compiling and linking; Ninja wants every source to be there. That nothing includes a header of a module it does not name is what the
        boundary checks are for."""
        configured = subprocess.run(["cmake", "--preset", "release", "-DBUSFLOW_TESTS=OFF", *NO_COMPILER], cwd=target, capture_output=True, text=True, check=False)
        if configured.returncode != 0:
            return configured
        return subprocess.run(["cmake", "--build", str(target / "build/release"), "--target", f"apps_{app}"], capture_output=True, text=True, check=False)

    def test_an_app_can_be_built_from_them(self) -> None:
        for app, program in (("api", "busflow"), ("ctl", "busflowctl"), ("graphql", "busflow-graphql")):
            with self.subTest(app=app):
                done = choose(app, self.folder / app)
                self.assertEqual(done.returncode, 0, done.stderr)
                built = self.build(self.folder / app, app)
                self.assertEqual(built.returncode, 0, built.stdout[-2000:] + built.stderr[-2000:])
                self.assertIn(f"apps/{app}/{program}", built.stdout)

    def test_it_would_be_seen_that_one_is_missing(self) -> None:
        self.assertEqual(choose("ctl", self.folder / "ctl").returncode, 0)
        (self.folder / "ctl/platform/swarm/src/engine.cpp").unlink()
        self.assertNotEqual(self.build(self.folder / "ctl", "ctl").returncode, 0)

    def test_nothing_else_is_there(self) -> None:
        self.assertEqual(choose("ctl", self.folder / "ctl").returncode, 0)
        self.assertEqual([path.name for path in (self.folder / "ctl/apps").iterdir()], ["ctl"])
        self.assertFalse((self.folder / "ctl/packages").exists())
        self.assertFalse((self.folder / "ctl/platform/graphql").exists())
        self.assertTrue((self.folder / "ctl/platform/swarm/src").exists())
        self.assertFalse((self.folder / "ctl/platform/swarm/test").exists())
        self.assertFalse((self.folder / "ctl/tests").exists())

    def test_the_same_sources_are_the_same_content(self) -> None:
        for name in ("one", "two"):
            self.assertEqual(choose("ctl", self.folder / name).returncode, 0)
        self.assertEqual(digest(self.folder / "one"), digest(self.folder / "two"))
        (self.folder / "two/platform/swarm/src/engine.cpp").write_text("// another\n")
        self.assertNotEqual(digest(self.folder / "one"), digest(self.folder / "two"))

    def test_what_cannot_be_chosen_is_said(self) -> None:
        self.assertIn("there is no app 'nothing'\n  -> one of: api, ctl, graphql", choose("nothing", self.folder / "x").stderr)
        self.assertIn("cmake --preset release", choose("ctl", self.folder / "x", "/no/such/modules.json").stderr)
        self.assertFalse((self.folder / "x").exists())


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    MODULES = sys.argv.pop(1)
    unittest.main(verbosity=2)
