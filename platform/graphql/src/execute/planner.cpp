#include "execute/planner.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compile/operation.hpp"
#include "language/parser.hpp"
#include "metadata/node_reader.hpp"

namespace busflow::graphql {
namespace {

constexpr std::size_t kCacheBytes = std::size_t{64} << 20;
constexpr std::size_t kLongestShape = 8192;

constexpr std::size_t kParameterBytes = 400;

std::size_t size_of(const PlanParts& plan) {
  std::size_t bytes = plan.live_statement.size() + (plan.constant_data ? plan.constant_data->size() : 0) + 1024;
  const auto add = [&](const auto& part) { bytes += part.sql.size() * 2 + part.parameters.size() * kParameterBytes; };
  for (const PlanStatement& each : plan.statements) add(each);
  for (const PlanJoin& join : plan.joins) add(join.statement);
  for_each_step(plan.fields, add);
  return bytes;
}

bool has_structural(const std::vector<compile::VariableInfo>& variables) {
  for (const auto& variable : variables) {
    if (variable.decides_statement()) return true;
  }
  return false;
}

}  // namespace

Planner::Planner(const EngineOptions& options) : options_(options), cache_(options.plan_cache_entries, kCacheBytes) {}

Result<std::unique_ptr<Planner>> Planner::create(std::shared_ptr<const metadata::Metadata> metadata,
                                                 const Catalogs& catalogs, const EngineOptions& options) {
  std::unique_ptr<Planner> planner(new Planner(options));
  planner->metadata_ = std::move(metadata);
  const auto& limits = planner->metadata_->api_limits;
  planner->limits_ = Limits(limits ? &*limits : nullptr);
  for (const auto& source : planner->metadata_->sources) {
    const auto has_any = [](const auto& table) { return !table->event_triggers.empty(); };
    if (std::ranges::any_of(source.tables, has_any)) planner->sources_with_event_triggers_.insert(source.name);
  }
  BUSFLOW_TRY(planner->model_,
              schema::Model::build(
                  *planner->metadata_, catalogs,
                  {.gives_large_numbers_as_text = options.gives_large_numbers_as_text,
                   .naming_convention = options.allows_naming_conventions ? options.default_naming_convention : ""}));
  BUSFLOW_TRY(planner->actions_, schema::ActionCatalog::build(*planner->metadata_, planner->model_));
  BUSFLOW_CHECK(planner->check_action_types());
  BUSFLOW_CHECK(planner->check_tables());
  BUSFLOW_CHECK(planner->list_roles());
  return planner;
}

Result<void> Planner::check_action_types() const {
  if (actions_.actions.empty()) return {};
  BUSFLOW_TRY(const auto tables_only, schema::build_role_schema(model_, {}, schema::kAdminRole));
  for (const auto& action : actions_.actions) {
    for (const auto& [name, type] : actions_.types) {
      const schema::Type* taken = tables_only->find(name);
      if (taken == nullptr ||
          (taken->kind == schema::Type::Kind::kScalar && type.kind == language::TypeDefinition::Kind::kScalar))
        continue;
      return metadata::invalid(
          action.location, fmt::format("the type '{}' of actions is also a type of a tracked table; rename it", name));
    }
  }
  return {};
}

Result<void> Planner::check_tables() const {
  std::set<const metadata::Table*> good;
  if (options_.checked_before != nullptr) {
    for (const auto& source : options_.checked_before->sources) {
      for (const auto& table : source.tables) good.insert(table.get());
    }
  }
  for (const auto& table : model_.tables()) {
    if (good.contains(table->source)) continue;
    BUSFLOW_CHECK(schema::check_permissions(model_, *table));
    BUSFLOW_CHECK(schema::check_write_permissions(model_, *table));
  }
  return {};
}

Result<void> Planner::list_roles() {
  roles_[std::string(schema::kAdminRole)] = std::make_unique<Role>();
  const auto add = [](Roles& roles, const std::string& name) {
    auto& role = roles[name];
    if (role == nullptr) role = std::make_unique<Role>();
  };
  const auto add_writers = [&](const auto& permissions) {
    for (const auto& permission : permissions) {
      add(roles_, permission.role);
      if (permission.backend_only) add(backend_roles_, permission.role);
    }
  };
  for (const auto& table : model_.tables()) {
    for (const auto& permission : table->source->select_permissions) add(roles_, permission.role);
    add_writers(table->source->insert_permissions);
    add_writers(table->source->update_permissions);
    add_writers(table->source->delete_permissions);
  }
  for (const auto& action : actions_.actions) {
    for (const auto& name : action.roles) add(roles_, name);
  }
  for (const auto& inherited : model_.inherited_roles()) {
    add(roles_, inherited.name);
    const auto roles = metadata::lineage(model_.inherited_roles(), inherited.name);
    const auto is_backend = [&](std::string_view role) { return backend_roles_.contains(role); };
    if (std::ranges::any_of(roles, is_backend)) add(backend_roles_, inherited.name);
  }
  BUSFLOW_TRY(nobody_, schema::build_role_schema(model_, actions_, ""));
  return {};
}

const schema::RoleSchema& Planner::role_schema(std::string_view role, SchemaKind kind, bool is_backend) const {
  const bool sees_more = is_backend && backend_roles_.contains(role);
  const Roles& roles = sees_more ? backend_roles_ : roles_;
  const auto found = roles.find(role);
  if (found == roles.end()) return *nobody_;
  Role::Slot& known = found->second->by_kind[static_cast<std::size_t>(kind)];
  std::call_once(known.once, [&] {
    auto built = schema::build_role_schema(model_, actions_, role,
                                           {.is_backend = sees_more,
                                            .infers_function_permissions = options_.infers_function_permissions,
                                            .is_relay = kind == SchemaKind::kRelay});
    if (built) {
      const auto& closed = metadata_->introspection_disabled_for;
      (*built)->allows_introspection = std::ranges::find(closed, role) == closed.end();
      known.schema = std::move(*built);
    } else if (options_.on_fault) {
      options_.on_fault(fmt::format("the schema of role '{}': {}", role, built.error().message()));
    }
  });
  return known.schema == nullptr ? *nobody_ : *known.schema;
}

bool Planner::has_event_triggers(const std::string& source) const {
  return sources_with_event_triggers_.contains(source);
}

const schema::RoleSchema& Planner::schema_for(const RequestView& request, const Session& session) const {
  return role_schema(session.role(), request.schema, session.is_backend());
}

/// What stands for the role in the cache when the request is about another schema than the role's usual; else nothing.
std::string Planner::cache_role(const RequestView& request, const Session& session) const {
  std::string text;
  if (request.schema == SchemaKind::kRelay) text = " by Relay";
  if (!backend_roles_.empty() && session.is_backend() && backend_roles_.contains(session.role())) text += " as backend";
  return text.empty() ? text : session.role() + text;
}

Result<std::shared_ptr<const Plan>> Planner::plan(const RequestView& request, const Session& session) {
  if (options_.screen) {
    BUSFLOW_CHECK(options_.screen(session, request.query));
  }
  const std::string other_key = cache_role(request, session);
  CacheKey key{other_key.empty() ? session.role() : other_key, request.operation_name, request.query, {}};
  auto entry = cache_.find(key);
  if (entry != nullptr && entry->plan == nullptr) {
    const std::string shape = compile::shape_of(entry->variables, *request.variables, schema_for(request, session));
    key.shape = shape;
    entry = cache_.find(key);
  }
  if (entry == nullptr) return compile(request, session);
  BUSFLOW_CHECK(compile::check_variables(entry->plan->parts().variables, *request.variables));
  return entry->plan;
}

Result<std::shared_ptr<const Plan>> Planner::compile(const RequestView& request, const Session& session) {
  if (request.query.size() > options_.max_query_bytes) {
    return fail(ErrorName::kValidationFailed,
                fmt::format("the query is longer than {} bytes", options_.max_query_bytes), "$.query");
  }
  BUSFLOW_CHECK(limits_.check_length(session.role(), request.query));
  BUSFLOW_TRY(const language::Document document, language::parse_document(request.query));
  BUSFLOW_TRY(const language::Operation* operation, compile::choose_operation(document, request.operation_name));
  BUSFLOW_CHECK(compile::check_fragments(document, *operation));
  BUSFLOW_CHECK(limits_.check_size(session.role(), document, *operation));
  const schema::RoleSchema& schema = schema_for(request, session);
  BUSFLOW_TRY(auto variables, compile::describe_variables(document, *operation, schema, actions_));
  BUSFLOW_CHECK(compile::check_variables(variables, *request.variables));
  const compile::SelectionLimits limits{options_.max_depth, options_.max_nodes};
  BUSFLOW_TRY(auto parts,
              compile::compile_operation(schema, document, *operation, variables, *request.variables, limits));
  parts->role = session.role();
  parts->time_limit = limits_.time(session.role());
  for (PlanStatement& each : parts->statements) each.statement = statement(each.sql, each.many_sql);
  for (PlanJoin& join : parts->joins) join.statement.statement = statement(join.statement.sql);
  for_each_step(parts->fields, [this](PlanStep& step) { step.statement = statement(step.sql); });
  const std::size_t bytes = size_of(*parts);
  auto plan = std::make_shared<const Plan>(std::move(parts));

  const std::string other_key = cache_role(request, session);
  CacheKey key{other_key.empty() ? session.role() : other_key, request.operation_name, request.query, {}};
  if (has_structural(variables)) {
    const std::string shape = compile::shape_of(variables, *request.variables, schema);
    if (shape.size() > kLongestShape) return plan;
    cache_.insert(key, std::make_shared<const CacheEntry>(CacheEntry{nullptr, std::move(variables)}), 0);
    key.shape = shape;
    cache_.insert(key, std::make_shared<const CacheEntry>(CacheEntry{plan, {}}), bytes);
  } else {
    cache_.insert(key, std::make_shared<const CacheEntry>(CacheEntry{plan, {}}), bytes);
  }
  return plan;
}

std::shared_ptr<const postgres::PipelineStatement> Planner::statement(const std::string& text,
                                                                      const std::string& many) {
  const std::lock_guard lock(statements_mutex_);
  if (const auto found = statements_.find(text); found != statements_.end()) {
    if (auto alive = found->second.lock()) return alive;
  }
  if (statements_.size() > options_.plan_cache_entries * 2)
    std::erase_if(statements_, [](const auto& entry) { return entry.second.expired(); });
  const auto make = [](const std::string& sql, std::shared_ptr<const postgres::PipelineStatement> for_many) {
    return std::make_shared<const postgres::PipelineStatement>(
        postgres::PipelineStatement{postgres::next_pipeline_statement_id(), sql, std::move(for_many)});
  };
  auto made = make(text, many.empty() ? nullptr : make(many, nullptr));
  statements_[text] = made;
  return made;
}

}  // namespace busflow::graphql
