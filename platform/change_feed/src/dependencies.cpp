#include <platform/change_feed/dependencies.hpp>

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include <platform/json/json.hpp>
#include <platform/postgres/array_literal.hpp>

namespace busflow::change_feed {
namespace {

/// SQL's names for the clock that are no function calls.
constexpr std::array<std::string_view, 5> kClockWords = {"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP",
                                                         "LOCALTIME", "LOCALTIMESTAMP"};
/// Built-in functions whose result changes while no table does.
constexpr std::array<std::string_view, 12> kRestless = {
    "now",     "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday",
    "age",     "random",          "random_normal",       "gen_random_uuid",       "nextval",
    "currval", "lastval"};

bool is_word(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_' || letter == '$';
}

/// Behind the quote that closes what begins at `at`.
std::size_t skip_quoted(std::string_view text, std::size_t at) {
  const char quote = text[at++];
  while (at < text.size()) {
    if (text[at++] != quote) continue;
    if (at >= text.size() || text[at] != quote) break;
    ++at;
  }
  return at;
}

/// Finds `name(` outside string constants, and the words for the clock.
void read_expression(std::string_view text, Dependencies& dependencies) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '\'') {
      at = skip_quoted(text, at);
      continue;
    }
    std::string name;
    if (text[at] == '"') {
      const auto end = skip_quoted(text, at);
      name = text.substr(at + 1, end - at - 2);
      at = end;
    } else if (is_word(text[at])) {
      const auto begin = at;
      while (at < text.size() && is_word(text[at])) ++at;
      name = text.substr(begin, at - begin);
      if (std::ranges::find(kClockWords, name) != kClockWords.end()) dependencies.reads_clock = true;
    } else {
      ++at;
      continue;
    }
    if (at < text.size() && text[at] == '(') dependencies.functions.insert(std::move(name));
  }
}

std::string text_of(const json::Object& node, std::string_view key) {
  const auto* value = node.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

void read_node(const json::Value& value, Dependencies& dependencies) {
  if (const auto* array = value.if_array()) {
    for (const auto& element : *array) read_node(element, dependencies);
  } else if (const auto* text = value.if_string()) {
    read_expression({text->data(), text->size()}, dependencies);
  } else if (const auto* object = value.if_object()) {
    if (object->contains("Relation Name")) {
      dependencies.tables.insert({text_of(*object, "Schema"), text_of(*object, "Relation Name")});
    }
    if (object->contains("Function Name")) dependencies.functions.insert(text_of(*object, "Function Name"));
    for (const auto& [key, member] : *object) read_node(member, dependencies);
  }
}

}  // namespace

const std::string_view kUnseenSources =
    "SELECT 'the function ' || p.proname FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = "
    "p.pronamespace WHERE p.proname = ANY ($1::text[]) AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND "
    "p.provolatile <> 'i' "
    "UNION ALL "
    "SELECT 'the relation ' || r.schema || '.' || r.name FROM unnest($2::text[], $3::text[]) AS r(schema, name) WHERE "
    "NOT "
    "EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE "
    "n.nspname "
    "= r.schema AND c.relname = r.name AND c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND n.nspname NOT IN "
    "('pg_catalog', 'information_schema')) "
    "LIMIT 1";

std::string explain(std::string_view statement) { return fmt::format("EXPLAIN (VERBOSE, FORMAT JSON) {}", statement); }

Result<Dependencies> read_explained(std::string_view plan) {
  BUSFLOW_TRY(const auto document, json::parse(plan));
  Dependencies dependencies;
  read_node(document, dependencies);
  for (const auto restless : kRestless) {
    if (dependencies.functions.contains(std::string(restless))) dependencies.reads_clock = true;
  }
  return dependencies;
}

postgres::Parameters unseen_sources_parameters(const Dependencies& dependencies) {
  postgres::ArrayLiteral functions;
  postgres::ArrayLiteral schemas;
  postgres::ArrayLiteral names;
  for (const auto& function : dependencies.functions) functions.add(function);
  for (const auto& table : dependencies.tables) {
    schemas.add(table.schema);
    names.add(table.name);
  }
  return {std::move(functions).finish(), std::move(schemas).finish(), std::move(names).finish()};
}

}  // namespace busflow::change_feed
