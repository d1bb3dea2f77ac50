#include "compile/row_shape.hpp"

#include <algorithm>

#include "schema/model.hpp"

namespace busflow::graphql::compile {
namespace {

constexpr std::size_t kLongestIdentifier = 63;  // NAMEDATALEN - 1
constexpr std::size_t kMostArgumentPairs = 50;  // FUNC_MAX_ARGS is 100.

Result<void> write_member(SqlText& sql, const Member& member) {
  sql.enter(member.name);
  auto written = member.write(sql);
  sql.leave();
  return written;
}

/// ('{' || '"a":' || coalesce(to_json(…)::text, 'null') || … || '}')::json
Result<void> write_concatenated(SqlText& sql, const std::vector<Member>& members) {
  sql.add("('{'");
  bool is_first = true;
  for (const Member& member : members) {
    sql.add(" || '", is_first ? "" : ",", "\"", member.name, "\":' || coalesce(to_json(");
    is_first = false;
    BUSFLOW_CHECK(write_member(sql, member));
    sql.add(")::text, 'null')");
  }
  sql.add(" || '}')::json");
  return {};
}

}  // namespace

RowShape::RowShape(std::vector<Member> members) : members_(std::move(members)) {
  is_concatenated_ =
      std::ranges::any_of(members_, [](const Member& member) { return member.name.size() > kLongestIdentifier; });
}

Result<void> RowShape::write_columns(SqlText& sql) const {
  if (is_concatenated_) {
    BUSFLOW_CHECK(write_concatenated(sql, members_));
    sql.add(" AS o");
    return {};
  }
  bool is_first = true;
  for (const Member& member : members_) {
    if (!is_first) sql.add(", ");
    is_first = false;
    BUSFLOW_CHECK(write_member(sql, member));
    sql.add(" AS ", schema::quote_identifier(member.name));
  }
  return {};
}

std::string RowShape::object(const std::string& alias) const {
  return is_concatenated_ ? alias + ".o" : "row_to_json(" + alias + ")";
}

Result<void> write_object(SqlText& sql, const std::vector<Member>& members) {
  if (members.size() > kMostArgumentPairs) return write_concatenated(sql, members);
  sql.add("json_build_object(");
  bool is_first = true;
  for (const Member& member : members) {
    sql.add(is_first ? "'" : ", '", member.name, "', ");
    is_first = false;
    BUSFLOW_CHECK(write_member(sql, member));
  }
  sql.add(")");
  return {};
}

}  // namespace busflow::graphql::compile
