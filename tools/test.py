#!/usr/bin/env python3
"""`make test`: all phases, cheap ones first. Stops at the first that fails, and ends with 'phases: N passed, N failed'.

usage: test.py [--list] [--only NAME[,NAME]] [--from NAME]
"""
import argparse
import contextlib
import dataclasses
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
JOBS = str(os.cpu_count() or 2)
BINARY = "build/dev/apps/api/busflow"
CTL_BINARY = "build/dev/apps/ctl/busflowctl"
GRAPHQL_BINARY = "build/dev/apps/graphql/busflow-graphql"
CTEST = ("ctest", "--output-on-failure", "--no-tests=error", "--parallel", JOBS)


@dataclasses.dataclass(frozen=True)
class Phase:
    name: str
    what: str
    commands: tuple[tuple[str, ...], ...]
    # More than one where a machine that is slow for a moment decides; what failed is shown, and the summary says which one passed.
    attempts: int = 1
    # Work of later phases, done at the lowest priority while this one mostly waits. They do the rest of it, and report.
    beside: tuple[tuple[str, ...], ...] = ()


PHASES = (
    Phase("sizes", "files and folders are small enough", (("tools/check_sizes.py",),)),
    Phase("texts", "no forbidden texts", (("tools/check_texts.py",),)),
    Phase("format", "C++ is laid out by .clang-format", (("tools/check_format.py",),)),
    Phase("boundaries", "modules include only what they declare", (
        ("cmake", "--preset", "dev"), ("tools/boundaries/check_includes.py", "build/dev"))),
    Phase("web", "the web apps: lint, types, build, unit tests", (
        ("npm", "--prefix", "apps/web", "run", "lint"), ("npm", "--prefix", "apps/web", "run", "build"),
        ("npm", "--prefix", "apps/web", "test"), ("npm", "--prefix", "apps/graphql/console", "run", "build"),
        ("npm", "--prefix", "apps/queues", "test"))),
    Phase("build", "everything compiles (preset dev)", (("cmake", "--build", "build/dev"),)),
    Phase("reference", "docs/reference matches the binary", (("tools/reference.py", BINARY, CTL_BINARY, "--check"),)),
    # Those with PostgreSQL or Redis run once, below, where more is seen.
    Phase("suites", "the tools, and suites that need no server (preset dev)", ((*CTEST, "--test-dir", "build/dev", "--label-exclude", "pgtest|redistest"),)),
    Phase("conformance", "busflow-graphql passes the reference's cases that it passed before", (
        ("tests/graphql_app/conformance.py", GRAPHQL_BINARY, "--check"),)),
    Phase("headers", "each public header compiles alone", (
        ("cmake", "--build", "build/dev", "--target", "all_verify_interface_header_sets"),)),
    Phase("e2e", "the whole product, used through Chromium", (
        # Jobs of a killed worker are taken over after seconds instead of half a minute.
        ("env", "BUSFLOW_JOBS_LOCK_MS=1500", "BUSFLOW_JOBS_STALLED_INTERVAL_MS=500",
         "tools/local/busflow-local", "run", "--temporary", "--binary", BINARY, "--respawn", "serve,work", "--exec",
         "tests/e2e/run.sh"),)),
    Phase("cluster", "the production stack on a real Swarm, with containers as hosts", (("tests/cluster/run.sh", "build/dev", "--deploy"),),
          beside=(("cmake", "--preset", "asan"), ("cmake", "--build", "build/asan"), ("tools/check_tidy.py", "build/dev"))),
    # Alone: within how many seconds the Swarm notices what is lost depends on what else the machine does.
    Phase("lost-hosts", "the same with its hosts killed one after the other, and most managers at once", (
        ("env", "CLUSTER_IMAGES_ARE_BUILT=yes", "tests/cluster/run.sh", "build/dev", "--quorum"),), attempts=2),
    Phase("sanitizers", "the C++ suites, with PostgreSQL and Redis, under AddressSanitizer and UndefinedBehaviorSanitizer", (
        ("cmake", "--preset", "asan"), ("cmake", "--build", "build/asan"),
        (*CTEST, "--test-dir", "build/asan", "--label-exclude", "tools"))),
    Phase("leaks", "bad input and a thousand connections against the product under AddressSanitizer, which then stops without a leak", (
        ("tools/local/busflow-local", "run", "--temporary", "--no-web", "--binary", "build/asan/apps/api/busflow", "--exec",
         "node", "--test", "--test-reporter=spec", "tests/e2e/limits.test.mjs"),)),
    Phase("tidy", "clang-tidy has nothing to say", (("tools/check_tidy.py", "build/dev"),)),
)


NOT_HERE = 77  # A command's exit code where the machine cannot do what it needs; it has said what that is.


@contextlib.contextmanager
def beside(phase: Phase):
    """The phase's work for later ones; stopped when the phase is over."""
    if not phase.beside:
        yield
        return
    script = " && ".join(shlex.join(command) for command in phase.beside)
    print(f"beside it, at the lowest priority: {script}", flush=True)
    with subprocess.Popen(["nice", "-n", "19", "sh", "-c", script], cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, start_new_session=True) as work:
        try:
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(work.pid, signal.SIGTERM)
                while True:  # Until all of it is gone: the next phase builds in the same folders.
                    work.poll()
                    os.killpg(work.pid, 0)
                    time.sleep(0.1)


def run(phase: Phase) -> str:
    """passed, FAILED, or NOT RUN where the machine cannot."""
    outcome = attempt(phase)
    for number in range(2, phase.attempts + 1):
        if outcome != "FAILED":
            break
        print(f"{phase.name} FAILED; attempt {number} of {phase.attempts}", flush=True)
        outcome = attempt(phase)
        if outcome == "passed":
            return f"passed at attempt {number}"
    return outcome


def attempt(phase: Phase) -> str:
    for command in phase.commands:
        print(f"$ {' '.join(command)}", flush=True)
        try:
            code = subprocess.run(command, cwd=REPOSITORY, check=False, stdin=subprocess.DEVNULL).returncode
            if code != 0:
                return "NOT RUN" if code == NOT_HERE else "FAILED"
        except OSError as problem:
            print(f"error: {problem}: run `make install`", file=sys.stderr)
            return "FAILED"
    return "passed"


def choose(options: argparse.Namespace) -> list[Phase]:
    names = [phase.name for phase in PHASES]
    asked = [name for name in (options.only or options.start or "").split(",") if name]
    if unknown := set(asked) - set(names):
        raise SystemExit(f"unknown phase {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if options.only:
        return [phase for phase in PHASES if phase.name in asked]
    return list(PHASES[names.index(options.start):] if options.start else PHASES)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="list the phases")
    parser.add_argument("--only", metavar="NAME[,NAME]", help="run only these")
    parser.add_argument("--from", dest="start", metavar="NAME", help="begin with this one")
    options = parser.parse_args()
    if options.list:
        for phase in PHASES:
            print(f"{phase.name:<12} {phase.what}")
        return 0

    chosen = choose(options)
    results: list[tuple[Phase, str, float]] = []
    for number, phase in enumerate(chosen, 1):
        print(f"\n=== [{number}/{len(chosen)}] {phase.name}: {phase.what}", flush=True)
        begun = time.monotonic()
        with beside(phase):
            outcome = run(phase)
        results.append((phase, outcome, time.monotonic() - begun))
        if results[-1][1] == "FAILED":
            break

    print()
    for phase, end, seconds in results:
        print(f"{end:<7} {seconds:7.1f} s  {phase.name}: {phase.what}")
    for phase in chosen[len(results):]:
        print(f"not run            {phase.name}: {phase.what}")
    ends = [end for _, end, _ in results]
    failed = ends.count("FAILED")
    if failed:
        print(f"again from here: tools/test.py --from {results[-1][0].name}")
    not_here = f", {ends.count('NOT RUN')} not run: this machine cannot, see above" if "NOT RUN" in ends else ""
    print(f"phases: {sum(end.startswith('passed') for end in ends)} passed, {failed} failed{not_here}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
