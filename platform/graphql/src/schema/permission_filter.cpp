
#include <fmt/format.h>

#include <platform/base/text.hpp>
#include <platform/postgres/array_literal.hpp>

#include "metadata/node_reader.hpp"
#include "schema/condition.hpp"

namespace busflow::graphql::schema {
namespace {

using metadata::invalid;
using metadata::Node;

bool is_session_variable(const Node& node) {
  return node.kind == Node::Kind::kText && lower_case(node.text).starts_with("x-hasura-");
}

bool is_key(std::string_view key, std::string_view word) {
  return key.size() == word.size() + 1 && (key[0] == '_' || key[0] == '$') && key.substr(1) == word;
}

class FilterCompiler {
 public:
  FilterCompiler(const Model& model, const Table& root) : model_(model), root_(root) {}

  Result<Condition> expression(const Table& table, const Node& node) {
    if (node.kind != Node::Kind::kMap) return invalid(node.location, "a boolean expression must be a map");
    Condition all;
    for (const auto& [key, value] : node.entries) {
      BUSFLOW_TRY(Condition part, entry(table, node, key, value));
      all.children.push_back(std::move(part));
    }
    if (all.children.size() == 1) return std::move(all.children.front());
    return all;
  }

 private:
  Result<Condition> entry(const Table& table, const Node& parent, const std::string& key, const Node& value) {
    if (is_key(key, "and")) return list(table, value, Condition::Kind::kAnd);
    if (is_key(key, "or")) return list(table, value, Condition::Kind::kOr);
    if (is_key(key, "not")) return wrap(Condition::Kind::kNot, expression(table, value));
    if (is_key(key, "exists")) return exists(value);
    if (const Column* column = table.find_value(key)) return comparisons(table, *column, {}, value);
    if (const Relationship* relationship = table.find_any_relationship(key)) {
      BUSFLOW_TRY(Condition related, wrap(Condition::Kind::kRelated, expression(*relationship->target, value)));
      related.relationship = relationship;
      return related;
    }
    const auto& location = value.location.line > 0 ? value.location : parent.location;
    return invalid(location, fmt::format("{} has no column or relationship '{}'", table.name.describe(), key));
  }

  static Result<Condition> wrap(Condition::Kind kind, Result<Condition> child) {
    if (!child) return child;
    Condition condition;
    condition.kind = kind;
    condition.children.push_back(std::move(*child));
    return condition;
  }

  Result<Condition> list(const Table& table, const Node& value, Condition::Kind kind) {
    if (value.kind != Node::Kind::kList) return invalid(value.location, "_and and _or take a list");
    Condition condition;
    condition.kind = kind;
    for (const Node& item : value.items) {
      BUSFLOW_TRY(Condition child, expression(table, item));
      condition.children.push_back(std::move(child));
    }
    return condition;
  }

  Result<Condition> exists(const Node& value) {
    const Node* name = value.find("_table");
    const Node* where = value.find("_where");
    if (name == nullptr || where == nullptr) return invalid(value.location, "_exists takes {_table, _where}");
    BUSFLOW_TRY(const auto table_name, metadata::table_name(*name));
    const Table* table = model_.find(*root_.database, table_name);
    if (table == nullptr)
      return invalid(name->location, fmt::format("the table {} is not tracked", table_name.describe()));
    BUSFLOW_TRY(Condition condition, wrap(Condition::Kind::kExists, expression(*table, *where)));
    condition.table = table;
    return condition;
  }

  Result<Condition> comparisons(const Table& table, const Column& column, const std::string& cast, const Node& value) {
    static const ColumnType text_type = column_type("text", "pg_catalog", false);
    const ColumnType& type = cast.empty() ? column.type : text_type;
    if (value.kind != Node::Kind::kMap) return comparison(table, column, cast, *find_operator(type, "_eq"), value);
    Condition all;
    for (const auto& [key, operand] : value.entries) {
      if (is_key(key, "cast") && cast.empty()) {
        const Node* as_text = operand.find("String");
        if (as_text == nullptr) return invalid(operand.location, "_cast takes {String: {…}}");
        BUSFLOW_TRY(Condition casted, comparisons(table, column, "text", *as_text));
        all.children.push_back(std::move(casted));
        continue;
      }
      const Operator* found = find_operator(type, is_key(key, "ne") ? "_neq" : std::string_view(key));
      if (found == nullptr)
        return invalid(operand.location,
                       fmt::format("column '{}' ({}) has no operator '{}'", column.name, type.sql_type(), key));
      BUSFLOW_TRY(Condition part, comparison(table, column, cast, *found, operand));
      all.children.push_back(std::move(part));
    }
    if (all.children.size() == 1) return std::move(all.children.front());
    return all;
  }

  Result<Condition> comparison(const Table& table, const Column& column, const std::string& cast, const Operator& op,
                               const Node& value) {
    Condition condition;
    condition.kind = Condition::Kind::kCompare;
    condition.column = &column;
    condition.cast = cast;
    condition.comparison = &op;
    if (op.operand == Operator::Operand::kBoolean) {
      if (value.kind != Node::Kind::kBoolean) return invalid(value.location, "_is_null takes true or false");
      condition.kind = value.text == "true" ? Condition::Kind::kIsNull : Condition::Kind::kIsNotNull;
      return condition;
    }
    if (op.operand == Operator::Operand::kColumn) return column_comparison(table, std::move(condition), value);
    const bool is_list = op.takes_list();
    ParameterSource source;
    source.sql_type = op.sql_type(column.type, !cast.empty());
    if (is_session_variable(value)) {
      source.kind = ParameterSource::Kind::kSessionVariable;
      source.name = lower_case(value.text);
    } else {
      source.kind = ParameterSource::Kind::kInline;
      BUSFLOW_TRY(source.constant, is_list ? list_text(value) : plain_text(value));
    }
    condition.values.push_back(std::move(source));
    return condition;
  }

  Result<Condition> column_comparison(const Table& table, Condition condition, const Node& value) const {
    std::string name = value.text;
    if (value.kind == Node::Kind::kList && value.items.size() == 2 && value.items[0].text == "$") {
      condition.is_other_of_root = true;
      name = value.items[1].text;
    }
    condition.kind = Condition::Kind::kCompareColumn;
    const Table& other = condition.is_other_of_root ? root_ : table;
    condition.other_column = other.find_column(name);
    if (condition.other_column == nullptr)
      return invalid(value.location, fmt::format("{} has no column '{}'", other.name.describe(), name));
    return condition;
  }

  static Result<std::string> plain_text(const Node& value) {
    if (value.kind == Node::Kind::kNull)
      return invalid(value.location, "a null is no value to compare with; use _is_null");
    return metadata::scalar_text(value, "a value");
  }

  static Result<std::string> list_text(const Node& value) {
    if (value.kind != Node::Kind::kList)
      return invalid(value.location, "this operator takes a list, or a session variable with an array");
    postgres::ArrayLiteral array;
    for (const Node& item : value.items) {
      if (is_session_variable(item))
        return invalid(item.location, "session variables inside a list are not served; use one that holds an array");
      BUSFLOW_TRY(const std::string text, plain_text(item));
      array.add(text);
    }
    return std::move(array).finish();
  }

  const Model& model_;
  const Table& root_;
};

}  // namespace

Result<Condition> compile_filter(const Model& model, const Table& table, const metadata::Node& filter) {
  return FilterCompiler(model, table).expression(table, filter);
}

}  // namespace busflow::graphql::schema
