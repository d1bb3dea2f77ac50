#include <platform/graphql/plan.hpp>

#include "compile/plan_parts.hpp"

namespace busflow::graphql {

Plan::Plan(std::unique_ptr<const PlanParts> parts) : parts_(std::move(parts)) {}
Plan::~Plan() = default;

OperationKind Plan::kind() const { return parts_->kind; }
std::string_view Plan::role() const { return parts_->role; }
std::optional<std::chrono::seconds> Plan::time_limit() const { return parts_->time_limit; }
const std::string& Plan::live_statement() const { return parts_->live_statement; }

std::optional<std::size_t> Plan::stream_cursor() const { return parts_->stream_cursor; }

std::shared_ptr<const postgres::PipelineStatement> Plan::statement() const {
  return parts_->is_in_parts || parts_->statements.empty() ? nullptr : parts_->statements.front().statement;
}

const std::string& Plan::source() const {
  static const std::string kNone;
  return parts_->statements.empty() ? kNone : parts_->statements.front().source;
}

bool Plan::watches_actions() const { return parts_->kind == OperationKind::kSubscription && parts_->has_actions; }

std::optional<std::string_view> Plan::constant_data() const {
  const auto& data = parts_->constant_data;
  return data ? std::optional<std::string_view>(*data) : std::nullopt;
}

}  // namespace busflow::graphql
