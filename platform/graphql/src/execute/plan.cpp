#include <platform/graphql/plan.hpp>

#include "compile/plan_parts.hpp"

namespace busflow::graphql {

Plan::Plan(std::unique_ptr<const PlanParts> parts) : parts_(std::move(parts)) {}
Plan::~Plan() = default;

OperationKind Plan::kind() const { return parts_->kind; }
std::string_view Plan::role() const { return parts_->role; }
bool Plan::has_actions() const { return parts_->has_actions; }
const std::string& Plan::live_statement() const { return parts_->live_statement; }

const std::shared_ptr<const postgres::PipelineStatement>& Plan::statement() const {
  static const std::shared_ptr<const postgres::PipelineStatement> none;
  return parts_->has_actions ? none : parts_->statement;
}

std::optional<std::string_view> Plan::constant_data() const {
  const auto& data = parts_->constant_data;
  return data ? std::optional<std::string_view>(*data) : std::nullopt;
}

}  // namespace busflow::graphql
