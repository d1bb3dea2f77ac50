#pragma once

#include <optional>
#include <string>
#include <vector>

#include <platform/graphql/metadata/permission.hpp>
#include <platform/graphql/metadata/webhook.hpp>

namespace busflow::graphql::metadata {

struct TriggerOperation {
  ColumnList columns;                 ///< Whose change counts, for updates.
  std::optional<ColumnList> payload;  ///< What is sent; absent: everything.

  friend bool operator==(const TriggerOperation&, const TriggerOperation&) = default;
};

struct EventTrigger {
  std::string name;
  bool enable_manual = false;
  std::optional<TriggerOperation> insert;
  std::optional<TriggerOperation> update;
  std::optional<TriggerOperation> delete_;
  RetryPolicy retry;
  std::optional<std::string> webhook;  ///< May hold {{VARIABLES}}; "internal:…" is a C++ function of the process.
  std::optional<std::string> webhook_from_env;
  std::vector<Header> headers;
  std::optional<Node> request_transform;
  std::optional<Node> response_transform;
  std::optional<Node> cleanup_config;
  std::optional<bool> trigger_on_replication;
  /// Ours: a column by whose value events are delivered one after the other.
  std::optional<std::string> ordering_key;
  SourceLocation location;

  bool is_internal() const { return webhook && webhook->starts_with("internal:"); }
};

struct CronTrigger {
  std::string name;
  std::string webhook;  ///< A URL, may hold {{VARIABLES}}.
  std::optional<std::string> webhook_from_env;
  std::string schedule;  ///< Five fields, or six with seconds first.
  std::optional<Node> payload;
  std::optional<RetryPolicy> retry;
  std::vector<Header> headers;
  bool include_in_metadata = true;
  std::optional<std::string> comment;
  std::optional<Node> request_transform;
  std::optional<Node> response_transform;
  std::optional<std::string> timezone;  ///< Ours: an IANA name; absent: UTC.
  std::optional<std::string> overlap;   ///< Ours: "skip" or "queue" when the last run is not over.
  SourceLocation location;
};

}  // namespace busflow::graphql::metadata
