#pragma once

#include <string>
#include <string_view>

#include <platform/graphql/metadata/source.hpp>

namespace busflow::graphql::schema {

/// How the names of a source are written in the schema: its naming convention, and what its customization puts around
/// root fields and types (hasura.io/docs/2.0/schema/postgres/naming-convention). By "graphql-default" fields and
/// arguments are camelCase, types PascalCase and enum values UPPER_CASE; names that somebody chose stay as they are.
class Naming {
 public:
  /// What the names of a table or function are made of.
  struct Base {
    std::string text;
    bool is_chosen = false;
  };

  Naming() = default;
  /// `by_default`: the convention where the customization has none; empty: no other than "hasura-default" is allowed.
  Naming(const metadata::Customization& customization, std::string_view by_default);

  /// A type that belongs to the source: "author" and "_bool_exp" give author_bool_exp or AuthorBoolExp.
  std::string type(const Base& base, std::string_view after = {}) const;
  /// A type that sources of one convention share: "order_by" gives order_by or OrderBy.
  std::string shared_type(std::string_view name) const;
  /// "insert_", "author" and "_one" give insert_author_one or insertAuthorOne.
  std::string root_field(std::string_view before, const Base& base, std::string_view after) const;
  /// Of a column, an argument, an operator: "order_by" gives order_by or orderBy, "_is_null" _isNull.
  std::string field(std::string_view name) const;
  std::string enum_value(std::string_view name) const;

  /// The other way round: what field() or enum_value() makes of it is the given; empty when there is no such name.
  std::string field_of(std::string_view given) const;
  std::string enum_value_of(std::string_view given) const;

  /// The field that all root fields stand in; empty: none.
  const std::string& root_namespace() const { return customization_.root_namespace; }

 private:
  metadata::Customization customization_;
  bool is_camel_ = false;
};

}  // namespace busflow::graphql::schema
