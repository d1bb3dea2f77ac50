#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <platform/graphql/metadata/parts.hpp>
#include <platform/graphql_metadata/problem.hpp>
#include <platform/graphql_metadata/service.hpp>
#include <platform/json/json.hpp>

#include "draft.hpp"
#include "store.hpp"

namespace busflow::graphql_metadata {

/// Reads the `args` of an operation; the errors say what the reference's do.
class Arguments {
 public:
  explicit Arguments(const json::Object& object) : object_(object) {}

  const json::Object& object() const { return object_; }
  /// Null when absent or null.
  const json::Value* find(std::string_view key) const;
  Outcome<const json::Value*> required(std::string_view key) const;
  Outcome<std::string> text(std::string_view key) const;
  std::string text_or(std::string_view key, std::string_view by_default) const;
  bool flag(std::string_view key, bool by_default = false) const;
  std::optional<std::int64_t> integer(std::string_view key) const;
  /// How many rows to give or to leave out, as a parameter: 10,000 at most.
  std::string count(std::string_view key, std::int64_t by_default) const;
  std::string source() const { return text_or("source", "default"); }
  Outcome<graphql::metadata::QualifiedName> name(std::string_view key) const;
  Outcome<graphql::metadata::TableName> table() const { return name("table"); }

  /// A part of the metadata that stands in the fields listed; others belong to the operation.
  template <class T>
  Outcome<T> part(std::initializer_list<std::string_view> fields) const {
    json::Object picked;
    for (const auto field : fields) {
      if (const json::Value* value = find(field)) picked[field] = *value;
    }
    return read<T>(picked);
  }
  /// The same from a whole value.
  template <class T>
  static Outcome<T> read(const json::Value& value, const std::string& step = {}) {
    T result{};
    if (auto done = decode(graphql::metadata::node_of(value), result); !done) {
      return std::unexpected(Problem(done.error()).within(".args" + step));
    }
    return result;
  }

 private:
  const json::Object& object_;
};

/// One operation being carried out.
struct Call {
  std::string_view operation;  ///< Without "pg_".
  int version = 1;
  Arguments args;
  Draft& draft;
  Store& store;
  SourcePools& pools;
  const ServiceOptions& options;
  Surface surface = Surface::kMetadata;

  /// The name under which what is being made would be reported as inconsistent: then that is the operation's error.
  std::string subject{};
  /// New inconsistencies are allowed: the operation is about them.
  bool accepts_inconsistencies = false;
};

using Handler = Outcome<json::Value> (*)(Call&);

struct Operation {
  std::string_view name;
  Handler handler;
};

/// {"message": "success"}
json::Value success();

/// The refusal to take away what others need.
Problem dependency_problem(const std::vector<ObjectId>& dependents);

/// An event trigger and the table it belongs to.
struct TriggerPlace {
  const graphql::metadata::Table* table = nullptr;
  const graphql::metadata::EventTrigger* trigger = nullptr;  ///< Null: there is none of that name.
};
TriggerPlace find_event_trigger(const graphql::metadata::Source& source, const std::string& name);
/// The refusal of what needs it.
Problem no_event_trigger(const std::string& name);

/// By subject; each in the file of that name.
std::span<const Operation> table_operations();
std::span<const Operation> relationship_operations();
std::span<const Operation> permission_operations();
std::span<const Operation> function_operations();
std::span<const Operation> source_operations();
std::span<const Operation> collection_operations();
std::span<const Operation> role_operations();
std::span<const Operation> action_operations();
std::span<const Operation> trigger_operations();
std::span<const Operation> event_log_operations();
std::span<const Operation> schedule_operations();
std::span<const Operation> transform_operations();
std::span<const Operation> document_operations();
std::span<const Operation> sql_operations();
std::span<const Operation> row_operations();

/// Null when there is none. Any spelling: "pg_track_table", "postgres_track_table", "track_table".
const Operation* find_operation(std::string_view type);

}  // namespace busflow::graphql_metadata
