#include <platform/backup/manifest.hpp>

#include <fmt/format.h>

#include <platform/backup/dump_name.hpp>
#include <platform/json/json.hpp>
#include <platform/json/reader.hpp>

namespace busflow::backup {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kDigestLength = 64;

json::Array write_roles(const std::vector<RoleState>& roles) {
  json::Array list;
  for (const RoleState& role : roles) {
    json::Array member_of;
    for (const auto& group : role.member_of) member_of.emplace_back(group);
    list.push_back(json::Object{{"name", role.name},
                                {"login", role.login},
                                {"inherit", role.inherit},
                                {"create_role", role.create_role},
                                {"create_database", role.create_database},
                                {"bypass_row_security", role.bypass_row_security},
                                {"replication", role.replication},
                                {"superuser", role.superuser},
                                {"member_of", std::move(member_of)}});
  }
  return list;
}

Result<RoleState> read_role(const json::Value& value, const std::string& path) {
  BUSFLOW_TRY(const auto fields, json::Reader::from(value, path));
  RoleState role;
  BUSFLOW_TRY(role.name, fields.text("name"));
  BUSFLOW_TRY(role.login, fields.boolean("login"));
  BUSFLOW_TRY(role.inherit, fields.boolean("inherit"));
  BUSFLOW_TRY(role.create_role, fields.boolean("create_role"));
  BUSFLOW_TRY(role.create_database, fields.boolean("create_database"));
  BUSFLOW_TRY(role.bypass_row_security, fields.boolean("bypass_row_security"));
  BUSFLOW_TRY(role.replication, fields.boolean("replication"));
  BUSFLOW_TRY(role.superuser, fields.boolean("superuser"));
  const auto* groups = value.get_object().if_contains("member_of");
  if (groups == nullptr || !groups->is_array())
    return fail(ErrorName::kValidationFailed, "is no list", path + ".member_of");
  for (const auto& group : groups->get_array()) {
    if (!group.is_string()) return fail(ErrorName::kValidationFailed, "is no text", path + ".member_of");
    role.member_of.emplace_back(group.get_string());
  }
  return role;
}

Result<TableRows> read_table(const json::Value& value, const std::string& path) {
  BUSFLOW_TRY(const auto fields, json::Reader::from(value, path));
  TableRows table;
  BUSFLOW_TRY(table.schema, fields.text("schema"));
  BUSFLOW_TRY(table.name, fields.text("name"));
  BUSFLOW_TRY(table.rows, fields.integer("rows"));
  return table;
}

Result<SequenceState> read_sequence(const json::Value& value, const std::string& path) {
  BUSFLOW_TRY(const auto fields, json::Reader::from(value, path));
  SequenceState sequence;
  BUSFLOW_TRY(sequence.schema, fields.text("schema"));
  BUSFLOW_TRY(sequence.name, fields.text("name"));
  BUSFLOW_TRY(sequence.last_value, fields.integer("last_value"));
  BUSFLOW_TRY(sequence.is_called, fields.boolean("is_called"));
  return sequence;
}

Result<ExtensionVersion> read_extension(const json::Value& value, const std::string& path) {
  BUSFLOW_TRY(const auto fields, json::Reader::from(value, path));
  ExtensionVersion extension;
  BUSFLOW_TRY(extension.name, fields.text("name"));
  BUSFLOW_TRY(extension.version, fields.text("version"));
  return extension;
}

Result<std::string> read_text(const json::Value& value, const std::string& path) {
  if (!value.is_string()) return fail(ErrorName::kValidationFailed, "is no text", path);
  return std::string(value.get_string());
}

template <class T>
Result<void> read_list(const json::Object& document, std::string_view field, std::vector<T>& into,
                       Result<T> (*read)(const json::Value&, const std::string&)) {
  const std::string path = fmt::format("$.{}", field);
  const auto* list = document.if_contains(field);
  if (list == nullptr || !list->is_array()) return fail(ErrorName::kValidationFailed, "is no list", path);
  std::size_t index = 0;
  for (const auto& value : list->get_array()) {
    BUSFLOW_TRY(auto item, read(value, fmt::format("{}[{}]", path, index++)));
    into.push_back(std::move(item));
  }
  return {};
}

Result<void> read_facts(const json::Reader& fields, Manifest& manifest) {
  BUSFLOW_TRY(const auto version, fields.integer("version"));
  if (version != kVersion)
    return fail(ErrorName::kValidationFailed, fmt::format("is {}, not {}", version, kVersion), "$.version");
  BUSFLOW_TRY(manifest.name, fields.text("name"));
  BUSFLOW_TRY(manifest.class_, fields.text("class"));
  BUSFLOW_TRY(manifest.cadence, fields.text("cadence"));
  BUSFLOW_TRY(manifest.format, fields.text("format"));
  BUSFLOW_TRY(manifest.sha256, fields.text("sha256"));
  BUSFLOW_TRY(const auto bytes, fields.integer("bytes"));
  BUSFLOW_TRY(const auto created, fields.integer("created_ms"));
  BUSFLOW_TRY(manifest.producer, fields.text("producer"));
  BUSFLOW_TRY(manifest.server_version, fields.text("server_version"));
  BUSFLOW_TRY(const auto major, fields.integer("server_major"));
  BUSFLOW_TRY(manifest.dump_version, fields.text("dump_version"));
  BUSFLOW_TRY(manifest.database, fields.text("database"));
  BUSFLOW_TRY(manifest.encoding, fields.text("encoding"));
  BUSFLOW_TRY(manifest.collation, fields.text("collation"));
  BUSFLOW_TRY(const auto database_bytes, fields.integer("database_bytes"));
  BUSFLOW_TRY(manifest.large_objects, fields.integer("large_objects"));
  if (bytes < 0 || database_bytes < 0 || major < 9 || major > 99)
    return fail(ErrorName::kValidationFailed, "has a size or version that cannot be", "$");
  manifest.bytes = static_cast<std::uint64_t>(bytes);
  manifest.database_bytes = static_cast<std::uint64_t>(database_bytes);
  manifest.created = WallTime(std::chrono::milliseconds(created));
  manifest.server_major = static_cast<int>(major);
  return {};
}

Result<Manifest> read(std::string_view text) {
  BUSFLOW_TRY(const auto document, json::parse(text));
  BUSFLOW_TRY(const auto fields, json::Reader::from(document));
  Manifest manifest;
  BUSFLOW_CHECK(read_facts(fields, manifest));
  const auto& object = document.get_object();
  BUSFLOW_CHECK(read_list(object, "schemas", manifest.schemas, read_text));
  BUSFLOW_CHECK(read_list(object, "extensions", manifest.extensions, read_extension));
  BUSFLOW_CHECK(read_list(object, "roles", manifest.roles, read_role));
  BUSFLOW_CHECK(read_list(object, "tables", manifest.tables, read_table));
  BUSFLOW_CHECK(read_list(object, "sequences", manifest.sequences, read_sequence));
  if (!parse_dump_name(manifest.name)) return fail(ErrorName::kValidationFailed, "is no name of a dump", "$.name");
  if (!find_cadence(manifest.cadence)) return fail(ErrorName::kValidationFailed, "is no cadence", "$.cadence");
  if (manifest.format != "custom" && manifest.format != "plain")
    return fail(ErrorName::kValidationFailed, "is neither custom nor plain", "$.format");
  if (manifest.sha256.size() != kDigestLength) return fail(ErrorName::kValidationFailed, "is no SHA-256", "$.sha256");
  return manifest;
}

}  // namespace

std::string write_manifest(const Manifest& manifest) {
  json::Array schemas;
  for (const auto& schema : manifest.schemas) schemas.emplace_back(schema);
  json::Array extensions;
  for (const auto& [name, version] : manifest.extensions)
    extensions.push_back(json::Object{{"name", name}, {"version", version}});
  json::Array tables;
  for (const auto& [schema, name, rows] : manifest.tables)
    tables.push_back(json::Object{{"schema", schema}, {"name", name}, {"rows", rows}});
  json::Array sequences;
  for (const auto& [schema, name, last_value, is_called] : manifest.sequences)
    sequences.push_back(
        json::Object{{"schema", schema}, {"name", name}, {"last_value", last_value}, {"is_called", is_called}});
  return json::serialize(json::Object{{"version", kVersion},
                                      {"name", manifest.name},
                                      {"class", manifest.class_},
                                      {"cadence", manifest.cadence},
                                      {"format", manifest.format},
                                      {"sha256", manifest.sha256},
                                      {"bytes", manifest.bytes},
                                      {"created", to_rfc3339(manifest.created)},
                                      {"created_ms", manifest.created.time_since_epoch().count()},
                                      {"producer", manifest.producer},
                                      {"server_version", manifest.server_version},
                                      {"server_major", manifest.server_major},
                                      {"dump_version", manifest.dump_version},
                                      {"database", manifest.database},
                                      {"encoding", manifest.encoding},
                                      {"collation", manifest.collation},
                                      {"database_bytes", manifest.database_bytes},
                                      {"large_objects", manifest.large_objects},
                                      {"schemas", std::move(schemas)},
                                      {"extensions", std::move(extensions)},
                                      {"roles", write_roles(manifest.roles)},
                                      {"tables", std::move(tables)},
                                      {"sequences", std::move(sequences)}});
}

Outcome<Manifest> read_manifest(std::string_view text) {
  auto manifest = read(text);
  if (!manifest) {
    const Error& error = manifest.error();
    return found(Problem::kBadManifest,
                 error.path.empty() ? std::string(error.message()) : fmt::format("{} {}", error.path, error.message()));
  }
  return std::move(*manifest);
}

}  // namespace busflow::backup
