#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compile/condition_sql.hpp"
#include "compile/plan_parts.hpp"
#include "compile/row_shape.hpp"
#include "compile/selection.hpp"
#include "compile/sql_text.hpp"
#include "compile/where.hpp"
#include "paging/node_id.hpp"

namespace busflow::graphql::compile {

/// The name of the parameter that says where a stream is.
inline constexpr std::string_view kStreamCursor = "stream cursor";

/// Writes the subqueries that select fields of tables are. Each is one scalar expression of type json.
///
/// A list:   (SELECT coalesce(json_agg(row_to_json(r1)), '[]') FROM (SELECT … FROM t t0 WHERE … ORDER BY … LIMIT …) r1)
/// An object: (SELECT row_to_json(r1) FROM (SELECT … FROM t t0 WHERE …) r1)
class SelectCompiler {
 public:
  SelectCompiler(const schema::RoleSchema& schema, SelectionCollector& collector, const VariableResolver& variables)
      : schema_(schema), collector_(collector), variables_(variables), where_(variables) {}

  /// `field` means kSelect, kSelectByPk, kSelectAggregate, kRelationship, kConnection or kNode; `parent` is the alias
  /// of the row a relationship starts from.
  Result<void> write(SqlText& sql, const CollectedField& field, const std::string& parent, const Path& path,
                     std::size_t depth);
  /// The rows of `from`, a name or a subquery with the table's columns, all of them: a list, or one object.
  Result<void> write_rows(SqlText& sql, const schema::TableAccess& access, const std::string& from, bool is_single,
                          const SelectionLists& children, const Path& path, std::size_t depth);

  /// The columns of the row with that alias, as one object.
  Result<void> write_row(SqlText& sql, const schema::TableAccess& access, const std::string& alias,
                         const SelectionLists& children, const Path& path, std::size_t depth);

  /// A batch of a stream as a subquery with the columns rows, cursor and follow; see Plan::stream_cursor().
  Result<void> write_stream(SqlText& sql, const CollectedField& field, const Path& path, std::size_t depth);
  /// What is written next becomes the value at that place of the response's data.
  void begin_at(std::vector<std::string> place) { base_ = std::move(place); }
  /// A field of a join: its value at `place`, from where begin_at() said, are the keys until the join is made.
  Result<void> add_join(const CollectedField& field, const std::vector<std::string>& place, const Path& path,
                        std::size_t depth);
  std::vector<PlanJoin> take_joins() { return std::move(joins_); }
  /// The database that a root field reads.
  Result<const schema::Database*> database_of(const CollectedField& field, const Path& path) const;

 private:
  using Expression = std::function<void(SqlText&)>;

  /// What the arguments of a list field ask for.
  struct Arguments {
    schema::Condition where;
    std::vector<const schema::Column*> distinct_on;
    struct Order {
      std::vector<const schema::RelationshipAccess*> through;
      const schema::Column* column = nullptr;
      std::string_view direction{};                            ///< SQL
      const schema::RelationshipAccess* aggregated = nullptr;  ///< By `function` of its rows.
      std::string_view function{};
    };
    std::vector<Order> order_by;
    std::optional<schema::ParameterSource> limit;
    std::optional<schema::ParameterSource> offset;
  };
  /// The rows a subquery is about.
  struct Source {
    const schema::TableAccess* access = nullptr;
    std::string from{};  ///< Instead of the table.
    const schema::Relationship* relationship = nullptr;
    const schema::Join* join = nullptr;          ///< Whose keys are in the column v of the parent.
    const schema::Function* function = nullptr;  ///< Gives the rows.
    GivenArguments given{};
    std::string parent;
    std::vector<std::pair<const schema::Column*, schema::ParameterSource>> key;  ///< Of by_pk.
  };

  /// What the arguments of a connection ask for.
  struct Page {
    bool is_backward = false;
    std::optional<schema::ParameterSource> size;
    std::optional<schema::ParameterSource> cursor;  ///< Of the row before the page, in its direction.
    /// Of a stream: what the first key's value is while there is no cursor.
    std::optional<schema::ParameterSource> initial{};
    std::vector<Arguments::Order> order;  ///< As the request has it; no two rows are equal by it.
  };
  struct PagedRows {
    const Source& source;
    const Arguments& arguments;
    const Page& page;
    const std::string& rows;  ///< The alias.
  };

  Result<void> write_list(SqlText& sql, const Source& source, const Arguments& arguments,
                          const SelectionLists& children, const Path& path, std::size_t depth);
  Result<void> write_single(SqlText& sql, const Source& source, const SelectionLists& children, bool is_unique,
                            const Path& path, std::size_t depth);
  Result<void> write_aggregate(SqlText& sql, const Source& source, const Arguments& arguments,
                               const CollectedField& field, const Path& path, std::size_t depth);
  Result<void> write_keys(SqlText& sql, const CollectedField& field, const std::string& alias, const Path& path,
                          std::size_t depth);
  Result<void> write_joined(PlanJoin& join, const CollectedField& field, const Path& path, std::size_t depth);
  Result<std::vector<Member>> row_members(const schema::TableAccess& access, const SelectionLists& children,
                                          const std::string& alias, const Path& path, std::size_t depth);
  Result<void> write_column(SqlText& sql, const CollectedField& field, const std::string& alias, const Path& path);

  /// Whether a WHERE was written.
  bool write_from(SqlText& sql, const Source& source, const Arguments& arguments, const std::string& alias) const;
  void write_distinct(SqlText& sql, const Arguments& arguments, const std::string& alias) const;
  void write_order(SqlText& sql, const Arguments& arguments, const std::string& alias) const;
  void write_order_key(SqlText& sql, const Arguments::Order& order, std::size_t step, const std::string& alias) const;
  void write_limit(SqlText& sql, const Arguments& arguments, std::optional<std::int64_t> permitted) const;

  Result<Arguments> read_arguments(const schema::TableAccess& access, const CollectedField& field,
                                   const Path& path) const;
  Result<void> read_order(const schema::TableAccess& access, const Input& input,
                          std::vector<const schema::RelationshipAccess*> through, const Path& path,
                          std::vector<Arguments::Order>& orders) const;
  Result<void> read_aggregate_order(const Input& given, Arguments::Order order, const Path& path,
                                    std::vector<Arguments::Order>& orders) const;
  Result<void> read_distinct(const schema::TableAccess& access, const Input& input, const Path& path,
                             Arguments& arguments) const;
  Result<std::optional<schema::ParameterSource>> read_count(const CollectedField& field, std::string_view name,
                                                            schema::ScalarKind kind, const Path& path) const;
  Result<GivenArguments> read_function_arguments(const schema::Function& function, const CollectedField& field,
                                                 const Path& path) const;
  Result<Source> by_pk_source(const CollectedField& field, const Path& path) const;

  Result<void> write_aggregate_fields(SqlText& sql, const Source& source, const Arguments& arguments,
                                      const CollectedField& field, const Path& path, std::size_t depth);
  Result<std::vector<Member>> aggregate_members(const schema::TableAccess& access, const CollectedField& field,
                                                const Path& path, std::size_t depth, const std::string& rows,
                                                const std::string& values, std::vector<Expression>& expressions);
  Result<Expression> count_expression(const schema::TableAccess& access, const CollectedField& field, const Path& path,
                                      const std::string& rows) const;

  Result<NodeId> node_of(const CollectedField& field, const Path& path) const;
  Result<void> write_node(SqlText& sql, const CollectedField& field, const Path& path, std::size_t depth);
  Result<Page> read_page(const CollectedField& field, const Arguments& arguments, const schema::TableAccess& access,
                         const Path& path) const;
  /// An argument of a connection; null ones, also out of variables, count as absent.
  const language::Argument* find_given(const CollectedField& field, std::string_view name) const;
  Result<std::optional<schema::ParameterSource>> read_cursor(const Page& page, const CollectedField& field,
                                                             const Path& args) const;
  Result<void> write_connection(SqlText& sql, const Source& source, const CollectedField& field, const Path& path,
                                std::size_t depth);
  Result<Page> read_stream(const CollectedField& field, const Path& args) const;
  Result<void> read_stream_cursor(const schema::TableAccess& access, const Input& cursor, const Path& path,
                                  Page& page) const;
  void write_cursor(SqlText& sql, const Page& page, const std::string& alias) const;
  void write_place(SqlText& sql, const Page& page, const std::string& alias) const;
  void write_split(SqlText& sql, const Page& page, const std::string& alias) const;
  static bool write_page_size(SqlText& sql, const Page& page, std::optional<std::int64_t> permitted);
  void write_page_rows(SqlText& sql, const Source& source, const Arguments& arguments, const Page& page,
                       const std::string& alias) const;
  Result<void> write_edge(SqlText& sql, const Source& source, const Page& page, const std::string& alias,
                          const CollectedField& edges, const Path& path, std::size_t depth);
  void write_edges(SqlText& sql, const Source& source, const Page& page, const std::string& rows,
                   const std::string& column) const;
  static void write_of_page(SqlText& sql, const Source& source, const Page& page, const std::string& rows);
  Result<void> write_page_info(SqlText& sql, const PagedRows& paged, const CollectedField& field, const Path& path,
                               std::size_t depth);
  static void write_has_more(SqlText& sql, const Source& source, const Page& page, const std::string& rows);
  void write_has_before(SqlText& sql, const Source& source, const Arguments& arguments, const Page& page) const;

  const schema::RoleSchema& schema_;
  SelectionCollector& collector_;
  const VariableResolver& variables_;
  WhereCompiler where_;
  std::vector<std::string> base_;
  std::vector<PlanJoin> joins_;
};

}  // namespace busflow::graphql::compile
