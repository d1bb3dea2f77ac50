#!/usr/bin/env python3
"""Breaks every boundary once, each in a throw-away miniature of the repository, and requires the refusal.

A rule that is never seen to refuse may have stopped working; this is how we would notice. The untouched miniature must
pass every step, so that a refusal comes from the broken rule and nothing else. Ends with 'N passed, N failed'.
usage: negative_controls.py [WORD]     only the controls whose name contains WORD
"""
import concurrent.futures
import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True

import controls  # noqa: E402
from miniature import Miniature  # noqa: E402

STEPS = {  # what runs for a control: the step that must refuse, after those that must accept
    "configure": ("configure",),
    "compile": ("configure", "compile"),
    "headers": ("configure", "compile", "headers"),
    "includes": ("configure", "includes"),
}


def positive_control(directory: pathlib.Path) -> tuple[bool, Miniature]:
    tree = Miniature(directory)
    for step in ("configure", "compile", "headers", "includes"):
        accepted, output = getattr(tree, step)()
        if not accepted:
            print(f"WRONG  the untouched miniature is refused by {step}:\n{output}")
            return False, tree
    print("ok     the untouched miniature passes")
    return True, tree


def negative_control(control: controls.Control, directory: pathlib.Path, detected: pathlib.Path) -> tuple[bool, str]:
    tree = Miniature(directory, detected)
    control.break_it(tree)
    for step in STEPS[control.refused_by]:
        accepted, output = getattr(tree, step)()
        if not accepted:
            # CMake breaks long messages over lines.
            if step == control.refused_by and " ".join(control.saying.split()) in " ".join(output.split()):
                return True, f"ok     {control.name}: refused by {step}"
            return False, f"WRONG  {control.name}: refused by {step}, but not as expected ({control.saying}):\n{output[-3000:]}"
    return False, f"WRONG  {control.name}: was not refused by {control.refused_by}"


def main() -> int:
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    chosen = [control for control in controls.ALL if word in control.name]
    with tempfile.TemporaryDirectory(prefix="busflow-boundaries-") as name:
        place = pathlib.Path(name)
        good, tree = positive_control(place / "positive")
        results = [good]
        if good:
            with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
                for passed, text in pool.map(
                        lambda pair: negative_control(pair[1], place / str(pair[0]), tree.detected()), enumerate(chosen)):
                    print(text, flush=True)
                    results.append(passed)
    failed = results.count(False)
    print(f"{results.count(True)} passed, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
