#include "metadata/codec.hpp"

namespace busflow::graphql::metadata {

std::unexpected<Error> invalid(const SourceLocation& location, std::string_view what) {
  const std::string place = location.describe();
  return fail(ErrorName::kInvalidMetadata, place.empty() ? std::string(what) : fmt::format("{}: {}", place, what), "$");
}

Error within(Error error, std::string_view step) {
  const std::string_view rest = error.path.starts_with('$') ? std::string_view(error.path).substr(1) : "";
  error.path = fmt::format("${}{}", step, rest);
  return error;
}

Result<std::string> scalar_text(const Node& node, std::string_view what) {
  if (node.kind == Node::Kind::kList || node.kind == Node::Kind::kMap || node.kind == Node::Kind::kNull)
    return invalid(node.location, fmt::format("{} must be text", what));
  return node.text;
}

Result<TableName> table_name(const Node& node) {
  TableName name;
  BUSFLOW_CHECK(decode(node, name));
  return name;
}

Result<void> Decoder::finish() {
  if (error_) return std::unexpected(std::move(*error_));
  for (const auto& [key, value] : node_.entries) {
    if (std::ranges::find(known_, key) != known_.end()) continue;
    const SourceLocation& location = value.location.line > 0 ? value.location : node_.location;
    return std::unexpected(within(invalid(location, fmt::format("unknown key '{}'", key)).error(), "." + key));
  }
  return {};
}

Result<void> decode(const Node& node, std::string& value) {
  if (node.kind == Node::Kind::kList || node.kind == Node::Kind::kMap || node.kind == Node::Kind::kNull)
    return invalid(node.location, "expected text");
  value = node.text;
  return {};
}

Result<void> decode(const Node& node, bool& value) {
  if (node.kind != Node::Kind::kBoolean) return invalid(node.location, "expected true or false");
  value = node.text == "true";
  return {};
}

Result<void> decode(const Node& node, std::int64_t& value) {
  const char* const end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, value);
  if (node.kind != Node::Kind::kInteger || error != std::errc() || stop != end)
    return invalid(node.location, "expected a whole number");
  return {};
}

Result<void> decode(const Node& node, QualifiedName& value) {
  if (node.kind != Node::Kind::kMap) {
    value.schema = "public";
    return decode(node, value.name);
  }
  Decoder decoder(node);
  decoder.required("name", value.name);
  decoder.optional("schema", value.schema);
  return decoder.finish();
}

json::Value encode(const QualifiedName& value) { return json::Object{{"schema", value.schema}, {"name", value.name}}; }

bool ColumnList::contains(std::string_view column) const {
  return all || std::ranges::find(names, column) != names.end();
}

Result<void> decode(const Node& node, ColumnList& value) {
  value = {};
  value.all = node.kind == Node::Kind::kText && node.text == "*";
  return value.all ? Result<void>{} : decode(node, value.names);
}

json::Value encode(const ColumnList& value) { return value.all ? json::Value("*") : encode(value.names); }

Result<void> decode(const Node& node, CustomRootField& value) {
  if (node.kind == Node::Kind::kNull) return {};
  if (node.kind != Node::Kind::kMap) return decode(node, value.name);
  Decoder decoder(node);
  decoder.optional("name", value.name);
  decoder.optional("comment", value.comment);
  return decoder.finish();
}

json::Value encode(const CustomRootField& value) {
  if (!value.comment) return json::Value(value.name);
  json::Object object;
  if (!value.name.empty()) object["name"] = value.name;
  object["comment"] = *value.comment;
  return object;
}

}  // namespace busflow::graphql::metadata
