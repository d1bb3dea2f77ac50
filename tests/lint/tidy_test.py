#!/usr/bin/env python3
"""Proves that .clang-tidy refuses the coroutine mistakes of docs/adr/0002-asynchrony.md, and accepts the right way."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

PRELUDE = """
#include <coroutine>
#include <expected>
#include <mutex>
#include <string>
#include <utility>

struct Task {
  struct promise_type {
    Task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};
std::expected<int, int> attempt();
void keep(std::string);
"""

MISTAKES = {
    "cppcoreguidelines-avoid-capturing-lambda-coroutines":
        "void run(int n) { auto task = [n]() -> Task { (void)n; co_return; }; task(); }",
    "cppcoreguidelines-avoid-reference-coroutine-parameters":
        "Task run(const std::string& name) { (void)name; co_return; }",
    "cppcoreguidelines-no-suspend-with-lock":
        "Task run(std::mutex* mutex) { std::lock_guard<std::mutex> lock(*mutex); co_await std::suspend_always{}; }",
    "misc-coroutine-hostile-raii":  # sees the short form as well, which the check above misses
        "Task run(std::mutex* mutex) { std::lock_guard lock(*mutex); co_await std::suspend_always{}; }",
    "bugprone-use-after-move":
        "std::size_t run(std::string name) { keep(std::move(name)); return name.size(); }",
    "bugprone-unused-return-value":
        "void run() { attempt(); }",
}
RIGHT = """
void run(int n) { auto task = [](int value) -> Task { (void)value; co_return; }; task(n); }
Task named(std::string name) { (void)name; co_return; }
Task locked(std::mutex* mutex) { { std::lock_guard lock(*mutex); } co_await std::suspend_always{}; }
bool checked() { return attempt().has_value(); }
"""


class TidyTest(unittest.TestCase):
    def tidy(self, code: str) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as directory:
            source = pathlib.Path(directory) / "sample.cpp"
            source.write_text(PRELUDE + code)
            done = subprocess.run(["clang-tidy-19", "--quiet", f"--config-file={REPOSITORY / '.clang-tidy'}", str(source), "--",
                                   "-std=c++23"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            return done.returncode, done.stdout

    def test_each_mistake_is_an_error(self):
        for check, code in MISTAKES.items():
            with self.subTest(check):
                status, output = self.tidy(code)
                self.assertNotEqual(status, 0, output)
                self.assertIn(f"[{check},-warnings-as-errors]", output)

    def test_the_right_way_passes(self):
        status, output = self.tidy(RIGHT)
        self.assertEqual(status, 0, output)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
