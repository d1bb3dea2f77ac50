#include "schema/operators.hpp"

#include <algorithm>
#include <array>

namespace busflow::graphql::schema {
namespace {

using enum Operator::Operand;
using enum Operator::Family;

constexpr std::array kOperators = {
    Operator{"_eq", "=", kSame, kCommon},
    Operator{"_neq", "<>", kSame, kCommon},
    Operator{"_gt", ">", kSame, kCommon},
    Operator{"_gte", ">=", kSame, kCommon},
    Operator{"_lt", "<", kSame, kCommon},
    Operator{"_lte", "<=", kSame, kCommon},
    Operator{"_in", "= ANY", kList, kCommon},
    Operator{"_nin", "<> ALL", kList, kCommon},
    Operator{"_is_null", "IS NULL", kBoolean, kCommon},
    Operator{"_like", "LIKE", kSame, kTextual},
    Operator{"_nlike", "NOT LIKE", kSame, kTextual},
    Operator{"_ilike", "ILIKE", kSame, kTextual},
    Operator{"_nilike", "NOT ILIKE", kSame, kTextual},
    Operator{"_similar", "SIMILAR TO", kSame, kTextual},
    Operator{"_nsimilar", "NOT SIMILAR TO", kSame, kTextual},
    Operator{"_regex", "~", kSame, kTextual},
    Operator{"_iregex", "~*", kSame, kTextual},
    Operator{"_nregex", "!~", kSame, kTextual},
    Operator{"_niregex", "!~*", kSame, kTextual},
    Operator{"_contains", "@>", kSame, kJsonb},
    Operator{"_contained_in", "<@", kSame, kJsonb},
    Operator{"_has_key", "?", kText, kJsonb},
    Operator{"_has_keys_any", "?|", kTexts, kJsonb},
    Operator{"_has_keys_all", "?&", kTexts, kJsonb},
    Operator{"_contains", "@>", kSame, kArray},
    Operator{"_contained_in", "<@", kSame, kArray},
    Operator{"_ancestor", "@>", kSame, kLabelTree},
    Operator{"_ancestor_any", "@> ANY", kList, kLabelTree},
    Operator{"_descendant", "<@", kSame, kLabelTree},
    Operator{"_descendant_any", "<@ ANY", kList, kLabelTree},
    Operator{"_matches", "~", kSame, kLabelTree, "lquery"},
    Operator{"_matches_any", "~ ANY", kList, kLabelTree, "lquery"},
    Operator{"_matches_fulltext", "@", kSame, kLabelTree, "ltxtquery"},
    Operator{"_ceq", "=", kColumn, kCommon},
    Operator{"_cne", "<>", kColumn, kCommon},
    Operator{"_cneq", "<>", kColumn, kCommon},
    Operator{"_cgt", ">", kColumn, kCommon},
    Operator{"_cgte", ">=", kColumn, kCommon},
    Operator{"_clt", "<", kColumn, kCommon},
    Operator{"_clte", "<=", kColumn, kCommon},
};

bool is_text_like(const ColumnType& type) {
  return type.kind == ScalarKind::kText || type.graphql_name == "citext" || type.graphql_name == "bpchar" ||
         type.graphql_name == "name";
}

}  // namespace

std::span<const Operator> all_operators() { return kOperators; }

std::string Operator::sql_type(const ColumnType& column, bool cast) const {
  std::string type = takes_text() || cast ? "text" : column.sql_type();
  // The extension's types stand in one schema: "public"."ltree" becomes "public"."lquery".
  if (!pattern_type.empty() && !cast) type = type.substr(0, type.rfind('.') + 1) + quote_identifier(pattern_type);
  return takes_list() ? type + "[]" : type;
}

TypeReference Operator::reference(const ColumnType& column, bool cast) const {
  if (takes_text() || cast) return TypeReference("String");
  return pattern_type.empty() ? column.reference() : TypeReference(std::string(pattern_type));
}

bool applies_to(const Operator& candidate, const ColumnType& type) {
  constexpr std::string_view kOfEnums[] = {"_eq", "_neq", "_in", "_nin", "_is_null"};
  if (type.kind == ScalarKind::kEnum && candidate.operand != kColumn)
    return std::ranges::find(kOfEnums, candidate.name) != std::end(kOfEnums);
  switch (candidate.family) {
    case kCommon: return true;
    case kTextual: return !type.is_array && is_text_like(type);
    case kJsonb: return !type.is_array && type.graphql_name == "jsonb";
    case kArray: return type.is_array;
    case kLabelTree: return !type.is_array && type.graphql_name == "ltree";
  }
  return false;
}

const Operator* find_operator(const ColumnType& type, std::string_view name) {
  if (name.empty()) return nullptr;
  for (const Operator& candidate : kOperators) {
    const bool same_name = candidate.name.substr(1) == name.substr(1) && (name[0] == '_' || name[0] == '$');
    if (same_name && applies_to(candidate, type)) return &candidate;
  }
  return nullptr;
}

}  // namespace busflow::graphql::schema
