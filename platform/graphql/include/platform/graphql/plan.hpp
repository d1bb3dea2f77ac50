#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <platform/postgres/pipeline.hpp>

namespace busflow::graphql {

enum class OperationKind : std::uint8_t { kQuery, kMutation, kSubscription };

struct PlanParts;

/// An operation, checked and compiled for one role: immutable, shared by all requests of the same text.
///
/// A plan either has a statement, which yields one row with one column, the JSON text of the whole data object; or
/// constant_data(), when everything asked for is known from the schema; or parts, such as actions and the statements of
/// several databases, which only Engine::execute() can run and put together.
class Plan {
 public:
  explicit Plan(std::unique_ptr<const PlanParts> parts);
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  OperationKind kind() const;
  std::string_view role() const;
  /// How long one run of it may take, by the role's `time_limit`. Engine::execute() sees to it; whoever runs the
  /// statement itself has to.
  std::optional<std::chrono::seconds> time_limit() const;
  /// Null for plans without a database field, and for those in parts.
  std::shared_ptr<const postgres::PipelineStatement> statement() const;
  /// Whose database statement() is for.
  const std::string& source() const;
  /// Whether it is a subscription that watches asynchronous actions: Engine::execute() tells their state.
  bool watches_actions() const;
  /// The data object, when no statement is needed.
  std::optional<std::string_view> constant_data() const;
  /// For many parameter sets at once: $1 uuid[] (result ids), $2 json[] (an array each, the i-th element being
  /// BoundQuery parameter i as JSON text or null). Yields rows (result_id, result); result is null when there is
  /// nothing. Made for subscriptions only. Members must share the tenant, because row-level security sees one tenant
  /// per statement. Equal text: same cohort.
  const std::string& live_statement() const;
  /// Of a streaming subscription: which of the parameters says where the stream is, null at first. The live statement's
  /// rows then have two columns more: the cursor after the rows of the result, null when there is no row; and why it
  /// should be run again although nothing changes: "full", there may be more; "held", a row waits for a transaction
  /// that began before its own; else null.
  std::optional<std::size_t> stream_cursor() const;

  const PlanParts& parts() const { return *parts_; }

 private:
  std::unique_ptr<const PlanParts> parts_;
};

/// A plan's statement with this request's values.
struct BoundQuery {
  std::shared_ptr<const postgres::PipelineStatement> statement;
  postgres::Parameters parameters;  ///< As text, cast by the statement.
  std::string tenant_id;            ///< For row-level security; empty: no rows.
};

}  // namespace busflow::graphql
