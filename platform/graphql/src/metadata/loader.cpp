#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "metadata/codec.hpp"
#include "metadata/include.hpp"
#include "metadata/merge.hpp"
#include "metadata/type_definitions.hpp"

namespace busflow::graphql::metadata {
namespace {

constexpr std::string_view kExpected =
    "tables/*.yaml, functions/*.yaml, databases/databases.yaml, or a file of the reference's directory such as "
    "actions.yaml, actions.graphql or cron_triggers.yaml";

/// Files of the directory whose document is what stands under a key of the metadata.
struct KnownFile {
  std::string_view name;
  std::string_view key;
};

constexpr std::array kKnownFiles = {
    KnownFile{"allow_list", "allowlist"},
    KnownFile{"api_limits", "api_limits"},
    KnownFile{"backend_configs", "backend_configs"},
    KnownFile{"cron_triggers", "cron_triggers"},
    KnownFile{"graphql_schema_introspection", "graphql_schema_introspection"},
    KnownFile{"inherited_roles", "inherited_roles"},
    KnownFile{"metrics_config", "metrics_config"},
    KnownFile{"network", "network"},
    KnownFile{"opentelemetry", "opentelemetry"},
    KnownFile{"query_collections", "query_collections"},
    KnownFile{"remote_schemas", "remote_schemas"},
    KnownFile{"rest_endpoints", "rest_endpoints"},
    KnownFile{"databases", "sources"},
};

bool is_yaml(std::string_view path) { return path.ends_with(".yaml") || path.ends_with(".yml"); }

bool is_in_folder(std::string_view path, std::string_view folder) {
  const std::string start = fmt::format("{}/", folder);
  return path.starts_with(start) || path.find("/" + start) != std::string_view::npos;
}

template <class T>
void append(std::vector<T>& target, std::vector<T>&& items) {
  target.insert(target.end(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
}

class Loader {
 public:
  explicit Loader(std::span<const EmbeddedFile> files) : files_(files) {}

  Result<Metadata> load() {
    for (const EmbeddedFile& file : files_) {
      BUSFLOW_CHECK(add(file));
    }
    for (const EmbeddedFile& file : files_) {  // Actions are all known now.
      if (!file.path.ends_with(".graphql")) continue;
      BUSFLOW_CHECK(add_type_definitions(metadata_, file));
    }
    add_own_source();
    BUSFLOW_CHECK(check_names(metadata_));
    BUSFLOW_CHECK(check_signatures(metadata_));
    return std::move(metadata_);
  }

 private:
  Result<void> add(const EmbeddedFile& file) {
    const std::string_view name = base_name(file.path);
    if (is_in_folder(file.path, "databases") && name != "databases.yaml" && name != "databases.yml") {
      return {};  // databases.yaml includes it.
    }
    if (is_yaml(file.path)) {
      if (is_in_folder(file.path, "tables"))
        return add_list(file, [this](const Node& node) { return add_table(node); });
      if (is_in_folder(file.path, "functions"))
        return add_list(file, [this](const Node& node) { return add_function(node); });
      const std::string_view stem = name.substr(0, name.rfind('.'));
      if (stem == "version") return {};
      if (stem == "actions") return add_actions(file);
      for (const KnownFile& known : kKnownFiles) {
        if (known.name == stem) return add_known(file, known.key);
      }
    } else if (name == "actions.graphql") {
      return {};
    }
    return fail(ErrorName::kInvalidMetadata,
                fmt::format("{}: not a file of metadata; expected {}", file.path, kExpected));
  }

  /// One entry, or a list of them.
  template <class Add>
  Result<void> add_list(const EmbeddedFile& file, Add add_one) const {
    BUSFLOW_TRY(const Node document, parse_with_includes(file, files_));
    if (document.kind != Node::Kind::kList) return add_one(document);
    for (const Node& item : document.items) {
      BUSFLOW_CHECK(add_one(item));
    }
    return {};
  }

  Result<void> add_table(const Node& node) {
    BUSFLOW_TRY(Table entry, read_table(node));
    const auto known = std::ranges::find(tables_, entry.name, &Table::name);
    if (known != tables_.end()) return merge(*known, std::move(entry));
    // Merging into an empty table finds names that one entry gives twice.
    Table table;
    table.name = entry.name;
    table.location = entry.location;
    BUSFLOW_CHECK(merge(table, std::move(entry)));
    tables_.push_back(std::move(table));
    return {};
  }

  Result<void> add_function(const Node& node) {
    Function function;
    BUSFLOW_CHECK(decode(node, function));
    if (std::ranges::find(functions_, function.name, &Function::name) != functions_.end())
      return invalid(function.location, fmt::format("the function {} is defined twice", function.name.describe()));
    functions_.push_back(std::move(function));
    return {};
  }

  Result<void> add_actions(const EmbeddedFile& file) {
    BUSFLOW_TRY(const Node document, parse_with_includes(file, files_));
    if (document.kind == Node::Kind::kNull) return {};
    Decoder decoder(document);
    std::vector<Action> actions;
    CustomTypes types;
    decoder.optional("actions", actions);
    decoder.optional("custom_types", types);
    BUSFLOW_CHECK(decoder.finish());
    append(metadata_.actions, std::move(actions));
    append(metadata_.custom_types.scalars, std::move(types.scalars));
    append(metadata_.custom_types.enums, std::move(types.enums));
    append(metadata_.custom_types.input_objects, std::move(types.input_objects));
    append(metadata_.custom_types.objects, std::move(types.objects));
    return check_names(metadata_);
  }

  Result<void> add_known(const EmbeddedFile& file, std::string_view key) {
    BUSFLOW_TRY(Node content, parse_with_includes(file, files_));
    if (content.kind == Node::Kind::kNull || content.is_empty_map()) return {};
    Node document;
    document.kind = Node::Kind::kMap;
    document.location = content.location;
    document.entries.push_back({std::string(key), std::move(content)});
    BUSFLOW_TRY(Metadata part, from_node(document));
    append(metadata_.sources, std::move(part.sources));
    append(metadata_.cron_triggers, std::move(part.cron_triggers));
    append(metadata_.remote_schemas, std::move(part.remote_schemas));
    append(metadata_.query_collections, std::move(part.query_collections));
    append(metadata_.allow_list, std::move(part.allow_list));
    append(metadata_.rest_endpoints, std::move(part.rest_endpoints));
    append(metadata_.inherited_roles, std::move(part.inherited_roles));
    append(metadata_.introspection_disabled_for, std::move(part.introspection_disabled_for));
    BUSFLOW_CHECK(add_limits(std::move(part.api_limits)));
    for (const auto member :
         {&Metadata::network, &Metadata::metrics_config, &Metadata::opentelemetry, &Metadata::backend_configs}) {
      if (part.*member) metadata_.*member = std::move(part.*member);
    }
    return {};
  }

  /// They are about roles, which all packages share: who wins must not depend on the order of the files.
  Result<void> add_limits(std::optional<ApiLimits> limits) {
    if (limits && metadata_.api_limits) {
      return invalid(limits->location, fmt::format("the limits of the API are also in {}; put them into one file",
                                                   metadata_.api_limits->location.describe()));
    }
    if (limits) metadata_.api_limits = std::move(limits);
    return {};
  }

  /// What stands in tables/ and functions/ belongs to the one database of the packages.
  void add_own_source() {
    const bool has_own = !tables_.empty() || !functions_.empty();
    if (!has_own && !metadata_.sources.empty()) return;
    auto found = std::ranges::find(metadata_.sources, "default", &Source::name);
    if (found == metadata_.sources.end()) found = metadata_.sources.insert(found, Source{});
    for (auto& table : tables_) found->tables.push_back(std::make_shared<const Table>(std::move(table)));
    append(found->functions, std::move(functions_));
  }

  std::span<const EmbeddedFile> files_;
  Metadata metadata_;
  std::vector<Table> tables_;
  std::vector<Function> functions_;
};

}  // namespace

Result<Metadata> load(std::span<const EmbeddedFile> files) { return Loader(files).load(); }

}  // namespace busflow::graphql::metadata
