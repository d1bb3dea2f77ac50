#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <platform/backup/problem.hpp>
#include <platform/base/clock.hpp>
#include <platform/json/json.hpp>

namespace busflow::backup {

enum class CheckStatus : std::uint8_t { kPassed, kWarning, kFailed };

struct Check {
  std::string name;  ///< "rows", "soft references": short, stable.
  CheckStatus status = CheckStatus::kPassed;
  std::optional<Problem> problem{};
  std::string detail{};
  std::chrono::milliseconds took{};

  Problem cause() const { return problem.value_or(Problem::kOther); }
};

/// What a verification looked at and what it found. Its exit code is that of the first check that failed.
class Report {
 public:
  std::string source;  ///< "hetzner-s3".
  std::string dump;    ///< "pg_dump_20260501_0200.dump".
  WallTime begun{};
  std::chrono::milliseconds took{};

  void pass(std::string name, std::string detail = {}) { add({.name = std::move(name), .detail = std::move(detail)}); }
  void warn(std::string name, Problem problem, std::string detail) {
    add({.name = std::move(name), .status = CheckStatus::kWarning, .problem = problem, .detail = std::move(detail)});
  }
  void fail(std::string name, const Failure& failure) {
    add({.name = std::move(name),
         .status = CheckStatus::kFailed,
         .problem = failure.problem,
         .detail = failure.detail});
  }
  void add(Check check) { checks_.push_back(std::move(check)); }

  const std::vector<Check>& checks() const { return checks_; }
  /// The first failure, if there is one.
  const Check* failure() const;
  /// "verified", "degraded" or "failed".
  std::string verdict() const;
  int exit_code() const;

  json::Object json() const;
  /// For $GITHUB_STEP_SUMMARY.
  std::string markdown() const;
  /// The format that CI servers show: https://github.com/testmoapp/junitxml
  std::string junit() const;

 private:
  std::vector<Check> checks_;
};

std::string status_name(CheckStatus status);

}  // namespace busflow::backup
