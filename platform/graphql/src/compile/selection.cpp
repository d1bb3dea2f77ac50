#include "compile/selection.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace busflow::graphql::compile {
namespace {

using language::Directive;
using language::Selection;

bool same_arguments(const Selection& a, const Selection& b) {
  if (a.arguments.size() != b.arguments.size()) return false;
  return std::ranges::all_of(a.arguments, [&](const language::Argument& argument) {
    return std::ranges::find(b.arguments, argument) != b.arguments.end();
  });
}

constexpr std::size_t kLongestFragmentChain = 40;

Result<void> check_spreads(const language::Document& document, const std::vector<Selection>& selections,
                           std::vector<std::string>& stack, std::set<std::string>& done) {
  const auto wrong = [](std::string message) {
    return fail(ErrorName::kValidationFailed, std::move(message), "$.selectionSet");
  };
  for (const Selection& selection : selections) {
    BUSFLOW_CHECK(check_spreads(document, selection.selections, stack, done));
    if (selection.kind != Selection::Kind::kFragmentSpread) continue;
    if (std::ranges::find(stack, selection.name) != stack.end()) {
      return wrong(
          fmt::format("the fragment definition(s) {} and {} form a cycle", fmt::join(stack, ", "), selection.name));
    }
    if (done.contains(selection.name)) continue;
    const auto* fragment = document.find_fragment(selection.name);
    if (fragment == nullptr) return wrong(fmt::format("reference to undefined fragment '{}'", selection.name));
    if (stack.size() >= kLongestFragmentChain)
      return wrong(fmt::format("more than {} fragments contain each other", kLongestFragmentChain));
    stack.push_back(selection.name);
    BUSFLOW_CHECK(check_spreads(document, fragment->selections, stack, done));
    stack.pop_back();
    done.insert(selection.name);
  }
  return {};
}

}  // namespace

Result<void> check_fragments(const language::Document& document, const language::Operation& operation) {
  std::vector<std::string> stack;
  std::set<std::string> done;
  return check_spreads(document, operation.selections, stack, done);
}

const language::Argument* CollectedField::find_argument(std::string_view name) const {
  const schema::InputValue* known = definition == nullptr ? nullptr : definition->find_meaning(name);
  if (known == nullptr) return nullptr;
  const auto found = std::ranges::find(selection->arguments, known->name, &language::Argument::name);
  return found == selection->arguments.end() ? nullptr : &*found;
}

FindInput arguments_of(const CollectedField& field) {
  return [&field](std::string_view name) -> std::optional<Input> {
    const auto* argument = field.find_argument(name);
    return argument == nullptr ? std::nullopt : std::optional(Input::literal(argument->value));
  };
}

Result<std::vector<CollectedField>> SelectionCollector::collect(const schema::Type& parent, const SelectionLists& lists,
                                                                const Path& path, std::size_t depth) {
  if (depth > limits_.depth) return path.fail(fmt::format("the query is nested deeper than {} levels", limits_.depth));
  std::vector<CollectedField> fields;
  std::set<std::string> visited;
  const Path inner(path, "selectionSet");
  for (const auto* list : lists) {
    BUSFLOW_CHECK(add(fields, parent, *list, visited, inner));
  }
  for (const CollectedField& field : fields) {
    const Path field_path(inner, field.selection->name);
    BUSFLOW_CHECK(check_field(field, field_path));
  }
  return fields;
}

Result<void> SelectionCollector::add(std::vector<CollectedField>& fields, const schema::Type& parent,
                                     const std::vector<Selection>& selections, std::set<std::string>& visited,
                                     const Path& path) {
  for (const Selection& selection : selections) {
    if (++nodes_ > limits_.nodes) return path.fail(fmt::format("the query selects more than {} fields", limits_.nodes));
    const bool is_spread = selection.kind == Selection::Kind::kFragmentSpread;
    const Path selection_path(path,
                              is_spread || selection.kind == Selection::Kind::kField ? selection.name : parent.name);
    BUSFLOW_TRY(const bool included, is_included(selection.directives, selection_path));
    if (!included) continue;
    if (selection.kind == Selection::Kind::kField) {
      BUSFLOW_CHECK(add_field(fields, parent, selection, path));
    } else if (is_spread) {
      const auto* fragment = document_.find_fragment(selection.name);
      if (fragment == nullptr || !parent.is_a(fragment->type_condition) || !visited.insert(selection.name).second)
        continue;
      BUSFLOW_CHECK(add(fields, parent, fragment->selections, visited, path));
    } else if (selection.type_condition.empty() || parent.is_a(selection.type_condition)) {
      BUSFLOW_CHECK(add(fields, parent, selection.selections, visited, path));
    }
  }
  return {};
}

Result<void> SelectionCollector::check_interface(const schema::Type& type, const SelectionLists& lists,
                                                 const Path& path) const {
  const Path inner(path, "selectionSet");
  for (const auto* list : lists) {
    BUSFLOW_CHECK(check_interface(type, *list, inner));
  }
  return {};
}

Result<void> SelectionCollector::check_interface(const schema::Type& type, const std::vector<Selection>& selections,
                                                 const Path& path) const {
  for (const Selection& selection : selections) {
    if (selection.kind == Selection::Kind::kField) {
      if (selection.name == "__typename" || type.find_field(selection.name) != nullptr) continue;
      return Path(path, selection.name)
          .fail(fmt::format("field '{}' not found in type: '{}'", selection.name, type.name));
    }
    const auto* fragment =
        selection.kind == Selection::Kind::kFragmentSpread ? document_.find_fragment(selection.name) : nullptr;
    const std::string& condition = fragment != nullptr ? fragment->type_condition : selection.type_condition;
    if (!condition.empty() && condition != type.name) continue;
    BUSFLOW_CHECK(check_interface(type, fragment != nullptr ? fragment->selections : selection.selections, path));
  }
  return {};
}

Result<void> SelectionCollector::add_field(std::vector<CollectedField>& fields, const schema::Type& parent,
                                           const Selection& selection, const Path& path) {
  const Path field_path(path, selection.name);
  const auto known = std::ranges::find(fields, selection.response_name(), &CollectedField::response_name);
  if (known != fields.end()) {
    if (known->selection->name != selection.name) {
      return path.fail(fmt::format("selection of both '{}' and '{}' specify the same response name, '{}'",
                                   known->selection->name, selection.name, selection.response_name()));
    }
    if (!same_arguments(*known->selection, selection)) {
      return path.fail(fmt::format("inconsistent arguments between multiple selections of field '{}'", selection.name));
    }
    known->children.push_back(&selection.selections);
    return {};
  }
  CollectedField field;
  field.response_name = selection.response_name();
  field.selection = &selection;
  field.children.push_back(&selection.selections);
  if (selection.name != "__typename") {
    field.definition = parent.find_field(selection.name);
    if (field.definition == nullptr)
      return field_path.fail(fmt::format("field '{}' not found in type: '{}'", selection.name, parent.name));
  }
  fields.push_back(std::move(field));
  return {};
}

Result<void> SelectionCollector::check_field(const CollectedField& field, const Path& path) const {
  const auto has_children = [](const auto* list) { return !list->empty(); };
  const bool selects = std::ranges::any_of(field.children, has_children);
  if (field.definition == nullptr) {
    if (selects) return path.fail("unexpected subselection set for non-object field");
    if (!field.selection->arguments.empty())
      return path.fail(fmt::format("'__typename' has no argument named '{}'", field.selection->arguments.front().name));
    return {};
  }
  const schema::Field& definition = *field.definition;
  for (const auto& argument : field.selection->arguments) {
    if (definition.find_argument(argument.name) == nullptr)
      return path.fail(fmt::format("'{}' has no argument named '{}'", definition.name, argument.name));
  }
  const Path arguments(path, "args");
  for (const auto& argument : definition.arguments) {
    const bool is_given = std::ranges::find(field.selection->arguments, argument.name, &language::Argument::name) !=
                          field.selection->arguments.end();
    if (!argument.type.is_non_null() || argument.default_value || is_given) continue;
    return Path(arguments, argument.name).fail(fmt::format("missing required field '{}'", argument.name));
  }
  const schema::Type* type = schema_.find(definition.type.name());
  const bool is_leaf = type == nullptr || type->is_leaf();
  if (is_leaf && selects) return path.fail("unexpected subselection set for non-object field");
  if (!is_leaf && !selects) return path.fail(fmt::format("missing selection set for '{}'", definition.type.name()));
  return {};
}

Result<bool> SelectionCollector::is_included(const std::vector<Directive>& directives, const Path& path) const {
  bool included = true;
  const Path directives_path(path, "directives");
  for (const Directive& directive : directives) {
    const Path directive_path(directives_path, directive.name);
    if (directive.name != "skip" && directive.name != "include")
      return path.fail(fmt::format("directive '{}' is not defined in the schema", directive.name));
    const auto condition = std::ranges::find(directive.arguments, "if", &language::Argument::name);
    for (const auto& argument : directive.arguments) {
      if (argument.name != "if")
        return directive_path.fail(fmt::format("'{}' has no argument named '{}'", directive.name, argument.name));
    }
    const Path if_path(directive_path, "if");
    if (condition == directive.arguments.end()) return if_path.fail("missing required field 'if'");
    BUSFLOW_TRY(const auto value, variables_.resolve(Input::literal(condition->value),
                                                     TypeReference("Boolean").non_null(), false, if_path));
    if (!value || value->is_null()) return if_path.fail("unexpected null value for type 'Boolean'");
    if (value->kind() != Input::Kind::kBoolean) return mismatch(*value, "a boolean", "Boolean", if_path.to_string());
    included = included && value->boolean() == (directive.name == "include");
  }
  return included;
}

}  // namespace busflow::graphql::compile
