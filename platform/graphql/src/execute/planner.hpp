#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>

#include <platform/base/session.hpp>
#include <platform/graphql/engine.hpp>
#include <platform/graphql/metadata.hpp>

#include "execute/limits.hpp"
#include "execute/plan_cache.hpp"
#include "execute/request_view.hpp"
#include "schema/role_schema.hpp"

namespace busflow::graphql {

/// From a request to a plan, through the cache. Thread-safe.
class Planner {
 public:
  static Result<std::unique_ptr<Planner>> create(std::shared_ptr<const metadata::Metadata> metadata,
                                                 const Catalogs& catalogs, const EngineOptions& options);

  /// Also checks the request's variables as far as every request must.
  Result<std::shared_ptr<const Plan>> plan(const RequestView& request, const Session& session);

  const schema::ActionCatalog& actions() const { return actions_; }
  const Limits& limits() const { return limits_; }
  /// Whether the source has event triggers.
  bool has_event_triggers(const std::string& source) const;
  /// With `is_backend` also the mutations that are for backends only.
  const schema::RoleSchema& role_schema(std::string_view role, SchemaKind kind = SchemaKind::kStandard,
                                        bool is_backend = false) const;

 private:
  explicit Planner(const EngineOptions& options);

  /// A role's schemas, each made when it is first asked for: a program with many tables and roles starts quickly, and a
  /// change costs only those who are there.
  struct Role {
    struct Slot {
      std::once_flag once;
      std::unique_ptr<schema::RoleSchema> schema;  ///< Null when it cannot be made: a fault, which was reported.
    };
    std::array<Slot, 2> by_kind;
  };
  using Roles = std::map<std::string, std::unique_ptr<Role>, std::less<>>;

  Result<void> check_action_types() const;
  Result<void> check_tables() const;
  Result<void> list_roles();
  const schema::RoleSchema& schema_for(const RequestView& request, const Session& session) const;
  std::string cache_role(const RequestView& request, const Session& session) const;
  Result<std::shared_ptr<const Plan>> compile(const RequestView& request, const Session& session);
  /// Statements of equal text are one, so that requests which differ only in literals share what is prepared.
  std::shared_ptr<const postgres::PipelineStatement> statement(const std::string& text, const std::string& many = {});

  const EngineOptions options_;
  std::shared_ptr<const metadata::Metadata> metadata_;
  Limits limits_;  ///< Those of the metadata.
  std::set<std::string> sources_with_event_triggers_;
  schema::Model model_;
  schema::ActionCatalog actions_;
  Roles roles_;
  Roles backend_roles_;  ///< Those with mutations for backends only, as backends see them.
  std::unique_ptr<schema::RoleSchema> nobody_;
  PlanCache cache_;
  std::mutex statements_mutex_;
  std::unordered_map<std::string, std::weak_ptr<const postgres::PipelineStatement>> statements_;
};

}  // namespace busflow::graphql
