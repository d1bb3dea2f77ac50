#include "execute/limits.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <platform/json/json.hpp>

#include "compile/measure.hpp"
#include "schema/access.hpp"

namespace busflow::graphql {
namespace {

using metadata::ApiLimits;

/// "node limit of 3 exceeded: 4 nodes", worded as the reference words the one about rates.
Result<void> check(std::optional<std::size_t> most, std::size_t found, std::string_view name, std::string_view unit) {
  if (!most || found <= *most) return {};
  return fail(ErrorName::kValidationFailed, fmt::format("{} limit of {} exceeded: {} {}", name, *most, found, unit),
              "$");
}

}  // namespace

Limits::Limits(const ApiLimits* limits) : limits_(limits) {}

bool Limits::is_limited(std::string_view role) const {
  return limits_ != nullptr && !limits_->disabled && role != schema::kAdminRole;
}

std::optional<std::size_t> Limits::number(std::string_view role, ApiLimits::Number ApiLimits::* of) const {
  if (!is_limited(role)) return std::nullopt;
  const ApiLimits::Number& limit = limits_->*of;
  return limit ? std::optional(static_cast<std::size_t>(limit->of(role).value)) : std::nullopt;
}

Result<void> Limits::check_length(std::string_view role, std::string_view query) const {
  return check(number(role, &ApiLimits::query_length), query.size(), "query length", "bytes");
}

Result<void> Limits::check_size(std::string_view role, const language::Document& document,
                                const language::Operation& operation) const {
  if (!is_limited(role)) return {};
  const auto found = compile::measure(document, operation);
  BUSFLOW_CHECK(check(number(role, &ApiLimits::depth), found.depth, "depth", "levels"));
  BUSFLOW_CHECK(check(number(role, &ApiLimits::nodes), found.nodes, "node", "nodes"));
  return check(number(role, &ApiLimits::aliases), found.aliases, "alias", "aliases");
}

Result<void> Limits::check_batch(std::string_view role, std::size_t operations) const {
  return check(number(role, &ApiLimits::batch), operations, "batch", "operations");
}

std::optional<std::chrono::seconds> Limits::time(std::string_view role) const {
  const auto limit = number(role, &ApiLimits::time);
  return limit ? std::optional(std::chrono::seconds(*limit)) : std::nullopt;
}

const metadata::RateLimit* Limits::rate(std::string_view role) const {
  return is_limited(role) && limits_->rate ? &limits_->rate->of(role) : nullptr;
}

bool Limits::has_rates() const { return limits_ != nullptr && !limits_->disabled && limits_->rate.has_value(); }

std::string rate_subject(const metadata::RateLimit& limit, const Session& session, std::string_view client_address) {
  // As JSON, so that no value can look like several.
  json::Array parts{json::Value(session.role())};
  if (limit.by_address) parts.emplace_back(client_address);
  for (const auto& name : limit.variables) {
    const auto value = session.variable(name);
    parts.emplace_back(value ? json::Value(*value) : json::Value(nullptr));
  }
  return json::serialize(parts);
}

TimeLimit::TimeLimit(std::optional<std::chrono::seconds> limit, Context& context) {
  if (!limit) return;
  const SteadyTime end = std::chrono::steady_clock::now() + *limit;
  if (end >= context.deadline) return;
  context.deadline = end;
  limit_ = limit;
  deadline_ = end;
}

std::optional<std::chrono::milliseconds> TimeLimit::statement_timeout() const {
  using Tenths = std::chrono::duration<std::int64_t, std::deci>;
  if (!limit_) return std::nullopt;
  const auto left = std::chrono::ceil<Tenths>(deadline_ - std::chrono::steady_clock::now());
  return std::max(left, Tenths(1));
}

bool TimeLimit::is_over() const { return limit_ && std::chrono::steady_clock::now() >= deadline_; }

Error TimeLimit::blame(Error error) const {
  if (limit_ && error.name == ErrorName::kDeadlineExceeded)
    error.detail = fmt::format("time limit of {} s exceeded", limit_->count());
  return error;
}

}  // namespace busflow::graphql
