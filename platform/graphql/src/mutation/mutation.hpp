#pragma once

#include <vector>

#include "compile/plan_parts.hpp"
#include "compile/select.hpp"
#include "mutation/insert.hpp"
#include "mutation/update.hpp"

namespace busflow::graphql::compile {

/// Compiles root fields that write tables.
class MutationCompiler {
 public:
  MutationCompiler(const schema::RoleSchema& schema, SelectionCollector& collector, SelectCompiler& selects,
                   const VariableResolver& variables)
      : schema_(schema),
        collector_(collector),
        selects_(selects),
        variables_(variables),
        where_(variables),
        inserts_(variables, where_) {}

  /// The statements of the field, in order. `path` is that of the field.
  Result<std::vector<PlanStep>> compile(const CollectedField& field, const Path& path);

 private:
  /// How a field answers: with the rows of these parts.
  struct Answer {
    const CollectedField* field = nullptr;
    const schema::Table* table = nullptr;
    std::vector<std::string> parts;
    bool is_single = false;
    std::string error_path;
    bool sees_after = true;  ///< Related rows are shown as they are after the mutation.
  };

  Result<std::vector<PlanStep>> call(const CollectedField& field, const Path& path);
  Result<std::vector<PlanStep>> insert(const CollectedField& field, const Path& path);
  Result<std::vector<PlanStep>> update(const CollectedField& field, const Path& path);
  Result<std::vector<PlanStep>> update_many(const CollectedField& field, const Path& path);
  Result<std::vector<PlanStep>> update_once(const CollectedField& field, const FindInput& find,
                                            const schema::Condition& where, const Path& arguments, const Path& path);
  Result<std::vector<PlanStep>> remove(const CollectedField& field, const Path& path);
  Result<std::vector<PlanStep>> finish(WriteStatement statement, const Answer& answer, const Path& path);

  Result<schema::Condition> read_where(const schema::TableAccess& access, const std::optional<Input>& given,
                                       const Path& arguments) const;
  Result<schema::Condition> read_key(const schema::Table& table, const FindInput& find, const Path& path) const;
  Result<void> write_response(SqlText& sql, const Answer& answer, const std::string& affected, const Path& path);
  Result<bool> selects_related(const Answer& answer, const Path& path);

  const schema::RoleSchema& schema_;
  SelectionCollector& collector_;
  SelectCompiler& selects_;
  const VariableResolver& variables_;
  WhereCompiler where_;
  InsertCompiler inserts_;
};

}  // namespace busflow::graphql::compile
