#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "product_fixture.hpp"

/// Made from the schema itself, so that a table that is tracked tomorrow is tested tomorrow: whatever a role can ask
/// for, it sees no row of another tenant; also when the filters of the metadata were forgotten, or the policies of the
/// database.
namespace busflow::isolation {
namespace {

constexpr auto kFields =
    "{ __schema { queryType { fields { name args { name type { kind } } type { kind name ofType { kind name ofType { "
    "kind "
    "name ofType { name } } } } } } types { name fields { name args { name } type { kind name ofType { kind name "
    "ofType { "
    "kind name ofType { kind name } } } } } } } }";

struct Finding {
  std::string role;
  std::string query;
  std::size_t rows = 0;
};

/// The name inside the wrappers of a type.
std::string named(const json::Value& type) {
  const json::Value* inner = type.get_object().if_contains("ofType");
  return inner == nullptr || inner->is_null() ? std::string(type.at("name").get_string()) : named(*inner);
}

bool is_list(const json::Value& type) {
  const json::Value* kind = type.get_object().if_contains("kind");
  if (kind != nullptr && kind->get_string() == "LIST") return true;
  const json::Value* inner = type.get_object().if_contains("ofType");
  return inner != nullptr && !inner->is_null() && is_list(*inner);
}

class TenantIsolation : public ProductTest {
 protected:
  /// How many rows each question that the role's schema allows is answered with, whosever they are.
  std::vector<Finding> ask_everything(const graphql::Engine& engine) {
    std::vector<Finding> findings;
    for (const auto& role : roles()) {
      const json::Value schema = ask(engine, role, kFields).at("data").at("__schema");
      for (const auto& field : schema.at("queryType").at("fields").get_array())
        ask_field(engine, role, schema, field, findings);
    }
    return findings;
  }

  /// The questions with more rows than tenant b has.
  static std::vector<std::string> foreign(const std::vector<Finding>& findings) {
    std::vector<std::string> seen;
    for (const auto& finding : findings) {
      if (finding.rows > 1) seen.push_back(finding.role + ": " + finding.query);
    }
    return seen;
  }

 private:
  static const json::Value* find_type(const json::Value& schema, const std::string& name) {
    for (const auto& type : schema.at("types").get_array()) {
      if (std::string_view(type.at("name").get_string()) == name) return &type;
    }
    return nullptr;
  }

  /// Every field of the type that is a value, and those of related rows.
  static std::string selection(const json::Value& schema, const std::string& type, bool with_related) {
    std::string fields;
    for (const auto& field : find_type(schema, type)->at("fields").get_array()) {
      const std::string name(field.at("name").get_string());
      const json::Value* of = find_type(schema, named(field.at("type")));
      const bool is_object = of != nullptr && of->at("fields").is_array();
      if (!is_object) {
        fields += " " + name;
      } else if (with_related && !name.ends_with("_aggregate")) {
        fields += " " + name + " {" + selection(schema, named(field.at("type")), false) + " }";
      }
    }
    return fields;
  }

  void ask_field(const graphql::Engine& engine, const std::string& role, const json::Value& schema,
                 const json::Value& field, std::vector<Finding>& findings) {
    const std::string name(field.at("name").get_string());
    const std::string type = named(field.at("type"));
    if (!field.at("args").is_array() || name.starts_with("no_queries")) return;
    std::string query;
    if (type.ends_with("_aggregate")) {
      query = fmt::format("{{ {} {{ aggregate {{ count }} }} }}", name);
    } else if (is_list(field.at("type"))) {
      query = fmt::format("{{ {} {{{} }} }}", name, selection(schema, type, true));
    } else {
      query = fmt::format("{{ {}({}) {{{} }} }}", name, foreign_key(field), selection(schema, type, true));
    }
    const json::Value answer = ask(engine, role, query);
    const json::Object& whole = answer.get_object();
    ASSERT_TRUE(whole.contains("data")) << role << ": " << query << "\n" << json::serialize(answer);
    const json::Value& value = whole.at("data").at(name);
    std::size_t rows = 0;
    if (value.is_array()) {
      rows = value.get_array().size();
      for (const auto& row : value.get_array()) rows += related_rows(row);
    }
    if (value.is_object() && type.ends_with("_aggregate"))
      rows = static_cast<std::size_t>(value.at("aggregate").at("count").as_int64());
    if (value.is_object() && !type.ends_with("_aggregate")) rows = 2;  // The row that was asked for is tenant a's.
    findings.push_back({role, query, rows});
  }

  /// All that a row refers to is tenant a's.
  static std::size_t related_rows(const json::Value& row) {
    return static_cast<std::size_t>(std::ranges::count_if(row.get_object(), [](const auto& member) {
      const json::Value& value = member.value();
      return value.is_object() || (value.is_array() && !value.get_array().empty());
    }));
  }

  /// Arguments that name tenant a's row: its values were made of the columns' names.
  std::string foreign_key(const json::Value& field) {
    std::string arguments;
    for (const auto& argument : field.at("args").get_array()) {
      const std::string column(argument.at("name").get_string());
      const bool is_operator = std::string_view(field.at("name").get_string()).starts_with("backoffice_operators");
      const std::string value = is_operator ? tenant("a") : key_of(column);
      arguments += fmt::format("{}{}: \"{}\"", arguments.empty() ? "" : ", ", column, value);
    }
    return arguments;
  }
};

TEST_F(TenantIsolation, NobodySeesAnotherTenantsRows) {
  const auto engine = make_engine(true);
  const auto findings = ask_everything(*engine);
  EXPECT_GE(findings.size(), tables().size() * 2) << "some roles see some tables, in several ways";
  EXPECT_EQ(foreign(findings), std::vector<std::string>());
  const auto sees = [](const Finding& finding) { return finding.rows > 0; };
  EXPECT_GT(std::ranges::count_if(findings, sees), 5) << "their own rows are there";
}

TEST_F(TenantIsolation, ThePoliciesAloneKeepTenantsApart) {
  const auto engine = make_engine(false);
  EXPECT_EQ(foreign(ask_everything(*engine)), std::vector<std::string>());
}

TEST_F(TenantIsolation, TheFiltersAloneKeepTenantsApart) {
  disable_policies();
  const auto engine = make_engine(true);
  EXPECT_EQ(foreign(ask_everything(*engine)), std::vector<std::string>());
}

/// Shows that the tests above would notice: without both locks, every question gives the other tenant's rows, too.
TEST_F(TenantIsolation, WithoutBothLocksEverythingIsSeen) {
  disable_policies();
  const auto engine = make_engine(false);
  const auto findings = ask_everything(*engine);
  EXPECT_EQ(foreign(findings).size(), findings.size());
  const auto is_related = [](const Finding& finding) { return finding.rows > 2; };
  EXPECT_GT(std::ranges::count_if(findings, is_related), 5) << "related rows are looked at, too";
}

}  // namespace
}  // namespace busflow::isolation
