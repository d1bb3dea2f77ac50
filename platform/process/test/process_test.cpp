#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <platform/process/child.hpp>
#include <platform/process/output.hpp>

namespace busflow::process {
namespace {

class ProcessTest : public testing::Test {
 protected:
  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  Context context_{.clock = clock_, .identifiers = identifiers_};
};

TEST_F(ProcessTest, GivesInputAndReturnsOutput) {
  const auto captured = capture(context_, {.program = "cat"}, "two\nlines");
  ASSERT_TRUE(captured) << captured.error().detail;
  EXPECT_EQ(captured->output, "two\nlines");
  EXPECT_TRUE(captured->exit.is_success());
}

TEST_F(ProcessTest, PassesArgumentsWithoutAShell) {
  const auto captured = capture(context_, {.program = "printf", .arguments = {"%s|", "$HOME; `id`", "a b", "'"}});
  ASSERT_TRUE(captured);
  EXPECT_EQ(captured->output, "$HOME; `id`|a b|'|");
}

TEST_F(ProcessTest, ShowsACommandAsItWouldBeTyped) {
  const Command command{.program = "pg_dump", .arguments = {"--dbname", "host=/run/a b", "it's", ""}};
  EXPECT_EQ(command.describe(), R"(pg_dump --dbname 'host=/run/a b' 'it'\''s' '')");
}

TEST_F(ProcessTest, TellsExitCodesAndSignalsApart) {
  const auto failed = capture(context_, {.program = "sh", .arguments = {"-c", "echo reason >&2; exit 3"}});
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->exit.describe(), "exit code 3");
  EXPECT_EQ(last_line(failed->errors), "reason");
  const auto killed = capture(context_, {.program = "sh", .arguments = {"-c", "kill -TERM $$"}});
  ASSERT_TRUE(killed);
  EXPECT_EQ(killed->exit.describe(), "killed by signal 15");
  const auto refused = succeed(context_, {.program = "sh", .arguments = {"-c", "echo reason >&2; exit 3"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, "sh: exit code 3: reason");
}

TEST_F(ProcessTest, SaysThatAProgramIsNotThere) {
  const auto captured = capture(context_, {.program = "no-such-program"});
  ASSERT_FALSE(captured);
  EXPECT_EQ(captured.error().name, ErrorName::kNotFound);
}

TEST_F(ProcessTest, KillsAtTheDeadline) {
  context_.deadline = clock_.steady_now() + std::chrono::milliseconds(200);
  const auto captured = capture(context_, {.program = "sleep", .arguments = {"60"}});
  ASSERT_FALSE(captured);
  EXPECT_EQ(captured.error().name, ErrorName::kDeadlineExceeded);
}

TEST_F(ProcessTest, InheritsOnlyWhatIsNamed) {
  const auto shared = make_secret_file("for the child");
  const auto other = make_secret_file("not for it");
  ASSERT_TRUE(shared && other);
  const Command command{
      .program = "sh",
      .arguments = {"-c", fmt::format("cat <&{}; test ! -e /proc/self/fd/{}", shared->get(), other->get())},
      .inherited = {shared->get()}};
  ASSERT_EQ(lseek(shared->get(), 0, SEEK_SET), 0);
  const auto captured = capture(context_, command);
  ASSERT_TRUE(captured);
  EXPECT_EQ(captured->output, "for the child");
  EXPECT_TRUE(captured->exit.is_success()) << captured->errors;
}

TEST_F(ProcessTest, AddsToTheEnvironment) {
  const auto captured = capture(
      context_,
      {.program = "sh", .arguments = {"-c", "printf %s \"$LC_MESSAGES\""}, .environment = {{"LC_MESSAGES", "C"}}});
  ASSERT_TRUE(captured);
  EXPECT_EQ(captured->output, "C");
}

TEST_F(ProcessTest, HandsOverLinesAsTheyComeAndKeepsTheEnd) {
  std::vector<std::string> lines;
  auto collector = Collector::make(8, [&](std::string_view line) { lines.emplace_back(line); });
  ASSERT_TRUE(collector);
  auto child = Child::start({.program = "printf", .arguments = {"first line\nsecond\nlast"}},
                            {.output = &(*collector)->stream()});
  ASSERT_TRUE(child);
  (*collector)->start();
  (*collector)->finish();
  EXPECT_EQ(lines, (std::vector<std::string>{"first line", "second", "last"}));
  ASSERT_TRUE(child->wait(context_));
}

/// A process that is killed cannot clean up: the kernel has to.
TEST_F(ProcessTest, AChildDiesWithItsParent) {
  auto report = make_pipe();
  ASSERT_TRUE(report);
  const pid_t parent = fork();
  if (parent == 0) {
    const auto child = Child::start({.program = "sleep", .arguments = {"60"}}, {});
    const pid_t pid = child->pid();
    [[maybe_unused]] const ssize_t written = write(report->write_end.get(), &pid, sizeof pid);
    pause();
  }
  pid_t grandchild = 0;
  ASSERT_EQ(read(report->read_end.get(), &grandchild, sizeof grandchild), static_cast<ssize_t>(sizeof grandchild));
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  const std::filesystem::path program = fmt::format("/proc/{}/exe", grandchild);
  const auto until = clock_.steady_now() + std::chrono::seconds(10);
  const auto lives = [&] {
    std::error_code gone;
    return !std::filesystem::read_symlink(program, gone).empty();
  };
  while (lives() && clock_.steady_now() < until) std::this_thread::yield();
  EXPECT_FALSE(lives()) << "the child lives on";
}

}  // namespace
}  // namespace busflow::process
