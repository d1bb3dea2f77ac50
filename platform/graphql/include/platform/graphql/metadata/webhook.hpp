#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <platform/graphql/metadata/node.hpp>

/// What event triggers, cron triggers, actions and remote schemas share.
namespace busflow::graphql::metadata {

/// A header of outgoing requests: a text, or the name of an environment variable that holds it.
struct Header {
  std::string name;
  std::optional<std::string> value;
  std::optional<std::string> value_from_env;

  friend bool operator==(const Header&, const Header&) = default;
};

struct RetryPolicy {
  std::int64_t num_retries = 0;
  std::int64_t interval_sec = 10;
  std::int64_t timeout_sec = 60;
  std::optional<std::int64_t> tolerance_seconds;  ///< Of cron triggers and one-off events: 21600 by default.

  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

}  // namespace busflow::graphql::metadata
