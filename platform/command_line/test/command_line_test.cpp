#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include <platform/command_line/console.hpp>
#include <platform/command_line/duration.hpp>
#include <platform/command_line/invocation.hpp>
#include <platform/command_line/pages.hpp>
#include <platform/command_line/plan.hpp>
#include <platform/command_line/program.hpp>

namespace busflow::command_line {
namespace {

constexpr OptionInfo kOptions[] = {
    {.name = "size", .kind = OptionKind::kInteger, .value_name = "BYTES", .default_value = "10", .help = "how large"},
    {.name = "every", .kind = OptionKind::kDuration, .value_name = "TIME", .default_value = "10m", .help = "how often"},
    {.name = "colour", .value_name = "COLOUR", .help = "which", .choices = "red|green"},
    {.name = "loud", .kind = OptionKind::kFlag, .help = "shout"},
};
constexpr ArgumentInfo kArguments[] = {{.name = "NAME", .help = "whose", .required = true}};
constexpr Example kExamples[] = {{"tool paint wall --colour red", "paints it"}};
constexpr ExitCode kCodes[] = {{9, "no-paint", "There was no paint."}};
constexpr VerbInfo kPaint{.noun = "paint",
                          .verb = "wall",
                          .summary = "paints a wall",
                          .description = "First.\n\nSecond.",
                          .arguments = kArguments,
                          .options = kOptions,
                          .examples = kExamples,
                          .exit_codes = kCodes,
                          .changes = true};
constexpr VerbInfo kLook{.noun = "look",
                         .verb = "",
                         .summary = "looks",
                         .description = "Looks.",
                         .arguments = {},
                         .options = {},
                         .examples = {},
                         .exit_codes = {}};

class ProgramTest : public testing::Test {
 protected:
  int run(std::vector<const char*> words) {
    words.insert(words.begin(), "tool");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = command_line::run(program_, options_, static_cast<int>(words.size()), words.data());
    output_ = testing::internal::GetCapturedStdout();
    errors_ = testing::internal::GetCapturedStderr();
    return code;
  }

  void SetUp() override { std::filesystem::remove(audit_file_); }

  std::filesystem::path audit_file_ = testing::TempDir() + "audit_" + std::to_string(getpid()) + ".jsonl";
  std::string said_;
  Program program_{.name = "tool",
                   .version = "1",
                   .summary = "A tool.",
                   .notes = "Notes.",
                   .exit_codes = kCodes,
                   .verbs = {{&kPaint,
                              [this](Invocation& call) -> Result<int> {
                                said_ = call.argument("NAME") + call.text("colour") + (call.flag("loud") ? "!" : "") +
                                        std::to_string(call.integer("size") + call.duration("every").count());
                                if (call.argument("NAME") == "none") return fail(ErrorName::kNotFound, "no such wall");
                                call.console().result({{"painted", true}});
                                return call.argument("NAME") == "dry" ? 9 : 0;
                              }},
                             {&kLook, [](Invocation&) -> Result<int> { return 0; }}}};
  ProgramOptions options_{
      .audit_file = [this](const std::string&) -> Result<std::filesystem::path> { return audit_file_; }};
  std::string output_;
  std::string errors_;
};

TEST_F(ProgramTest, GivesTheVerbItsValuesAndDefaults) {
  EXPECT_EQ(run({"paint", "wall", "north", "--colour", "red", "--loud", "--size", "5"}), 0);
  EXPECT_EQ(said_, "northred!600005");
  EXPECT_EQ(run({"paint", "wall", "dry"}), 9);
  EXPECT_EQ(said_, "dry600010");
}

TEST_F(ProgramTest, RefusesWhatIsWrongAndSaysWhere) {
  EXPECT_EQ(run({"paint", "wall", "north", "--colour", "blue"}), error_info(ErrorName::kBadRequest).exit_code);
  EXPECT_NE(errors_.find("'blue' is none of red|green"), std::string::npos) << errors_;
  EXPECT_NE(errors_.find("tool paint wall --help"), std::string::npos) << errors_;
  EXPECT_NE(run({"paint", "wall", "north", "--every", "soon"}), 0);
  EXPECT_NE(errors_.find("'soon' is not a duration"), std::string::npos) << errors_;
  EXPECT_NE(run({"paint", "wall", "north", "--size", "-1"}), 0);
  EXPECT_NE(run({"paint", "wall"}), 0);
  EXPECT_NE(errors_.find("NAME"), std::string::npos) << errors_;
  EXPECT_NE(run({"paint", "fence"}), 0);
  EXPECT_NE(run({"look", "--dry-run"}), 0) << "a verb that changes nothing has no --dry-run";
}

TEST_F(ProgramTest, ShowsHelpForEachLevel) {
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_NE(output_.find("paint wall NAME"), std::string::npos) << output_;
  EXPECT_EQ(run({"paint", "--help"}), 0);
  EXPECT_NE(output_.find("paints a wall"), std::string::npos) << output_;
  EXPECT_EQ(run({"paint", "wall", "--help"}), 0);
  for (const auto* part :
       {"--every TIME", "how often [10m]", "(red|green)", "--dry-run", "tool paint wall --colour red", "9 no-paint"})
    EXPECT_NE(output_.find(part), std::string::npos) << part << " is not in\n" << output_;
  EXPECT_NE(run({}), 0) << "no verb is no success";
}

TEST_F(ProgramTest, AnswersInJson) {
  EXPECT_EQ(run({"paint", "wall", "north", "--json"}), 0);
  EXPECT_EQ(output_, "{\"ok\":true,\"exit_code\":0,\"result\":{\"painted\":true}}\n");
  EXPECT_EQ(run({"paint", "wall", "none", "--json"}), error_info(ErrorName::kNotFound).exit_code);
  EXPECT_NE(output_.find(R"("detail":"no such wall")"), std::string::npos) << output_;
}

TEST_F(ProgramTest, WritesDownWhoChangedWhat) {
  run({"paint", "wall", "dry"});
  std::ifstream file(audit_file_);
  std::string begun;
  std::string ended;
  std::getline(file, begun);
  std::getline(file, ended);
  EXPECT_NE(begun.find(R"("verb":"tool paint wall")"), std::string::npos) << begun;
  EXPECT_NE(begun.find(R"("NAME":"dry")"), std::string::npos) << begun;
  EXPECT_NE(ended.find(R"("event":"ended","exit_code":9)"), std::string::npos) << ended;
  EXPECT_EQ(run({"look"}), 0);
  run({"paint", "wall", "north", "--dry-run"});
  EXPECT_FALSE(std::getline(file, ended)) << "looking and dry runs leave no line";
  std::filesystem::remove(audit_file_);
}

TEST_F(ProgramTest, DoesNothingThatItCannotWriteDown) {
  audit_file_ = "/proc/nowhere/audit.jsonl";
  said_.clear();
  EXPECT_NE(run({"paint", "wall", "north"}), 0);
  EXPECT_EQ(said_, "");
}

TEST_F(ProgramTest, MakesPagesFromTheTable) {
  EXPECT_EQ(manual_page_name(program_, kPaint), "tool-paint-wall.1");
  EXPECT_NE(manual_page(program_, kPaint).find(".TP\n.B \\-\\-every TIME\n"), std::string::npos)
      << manual_page(program_, kPaint);
  EXPECT_NE(reference_page(program_).find("| `--colour COLOUR` | which (red\\|green) |"), std::string::npos)
      << reference_page(program_);
  for (const auto* shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(program_, shell);
    ASSERT_TRUE(script);
    EXPECT_NE(script->find("colour"), std::string::npos) << *script;
  }
  EXPECT_FALSE(completion_script(program_, "cmd"));
}

TEST(Duration, ReadsAndShows) {
  EXPECT_EQ(parse_duration("26h"), std::chrono::hours(26));
  EXPECT_EQ(parse_duration("500ms"), std::chrono::milliseconds(500));
  for (const auto* wrong : {"", "10", "h", "-5m", "5 m", "1w", "999999999999999d"})
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
  EXPECT_EQ(show_duration(std::chrono::milliseconds(1234)), "1.2 s");
  EXPECT_EQ(show_duration(std::chrono::seconds(185)), "3 min 05 s");
  EXPECT_EQ(show_bytes(999), "999 bytes");
  EXPECT_EQ(show_bytes(1'500'000), "1.5 MB");
  EXPECT_EQ(show_bytes(999'999), "1.0 MB");
}

class ConsoleTest : public testing::Test {
 protected:
  std::ostringstream output_;
  std::ostringstream notes_;
  ManualClock clock_{WallTime{}};
};

TEST_F(ConsoleTest, APlanStopsAtTheStepThatFails) {
  Console console(output_, notes_, clock_, {});
  Plan plan;
  std::string done;
  plan.add("one", [&]() -> Result<void> { return done += "1", Result<void>(); });
  plan.add("two", [&]() -> Result<void> { return fail(ErrorName::kConflict, "no"); });
  plan.add("three", [&]() -> Result<void> { return done += "3", Result<void>(); });
  plan.print(console);
  EXPECT_EQ(output_.str(), "1. one\n2. two\n3. three\n");
  EXPECT_EQ(done, "") << "printing does nothing";
  EXPECT_FALSE(plan.run(console));
  EXPECT_EQ(done, "1");
  EXPECT_NE(notes_.str().find("[2/3] two …\n  failed after"), std::string::npos) << notes_.str();
}

TEST_F(ConsoleTest, ProgressIsRedrawnOnATerminalOnly) {
  for (const bool terminal : {true, false}) {
    notes_.str("");
    Console console(output_, notes_, clock_, {.terminal = terminal});
    console.begin_step(1, 1, "copy");
    clock_.advance(std::chrono::seconds(20));
    console.progress(500'000'000, 1'000'000'000);
    EXPECT_NE(notes_.str().find("500.0 MB of 1.0 GB (50 %), 25.0 MB/s, 20 s left"), std::string::npos) << notes_.str();
    EXPECT_EQ(notes_.str().find('\r') != std::string::npos, terminal);
  }
}

TEST_F(ConsoleTest, AlignsColumnsByLettersNotBytes) {
  Console console(output_, notes_, clock_, {});
  console.table({"name", "size"}, {{"Größe", "1"}, {"x", "2"}});
  EXPECT_EQ(output_.str(), "name   size\nGröße  1\nx      2\n");
}

}  // namespace
}  // namespace busflow::command_line
