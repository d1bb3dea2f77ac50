#include <algorithm>

#include <fmt/format.h>

#include "compile/column_value.hpp"
#include "compile/select.hpp"

namespace busflow::graphql::compile {
namespace {

using Origin = schema::FunctionArgument::Origin;

/// What is left out must have a default; what comes after it must have a name.
Result<void> check_gaps(const schema::Function& function, const GivenArguments& given, const Path& path) {
  bool has_gap = false;
  for (const auto& argument : function.arguments) {
    if (argument.origin != Origin::kRequest) continue;
    const bool is_given = std::ranges::find(given, &argument, &GivenArguments::value_type::first) != given.end();
    if (!is_given && !argument.has_default)
      return path.fail("Non default arguments cannot be omitted", ErrorName::kNotSupported);
    if (is_given && has_gap && !argument.is_named)
      return path.fail("Only last set of positional arguments can be omitted", ErrorName::kNotSupported);
    has_gap = has_gap || !is_given;
  }
  return {};
}

}  // namespace

/// The fields of `args: {…}`.
Result<GivenArguments> SelectCompiler::read_function_arguments(const schema::Function& function,
                                                               const CollectedField& field, const Path& path) const {
  const Path args(path, "args");
  const Path input_path(args, "args");
  const std::string& type = function.arguments_type;
  std::optional<Input> input;
  if (const auto* given = field.find_argument("args")) {
    BUSFLOW_TRY(input, variables_.resolve(Input::literal(given->value), TypeReference(type), false, input_path));
    if (input && input->is_null()) input.reset();
    if (input && input->kind() != Input::Kind::kObject)
      return mismatch(*input, "an object", type, input_path.to_string());
  }
  GivenArguments given;
  for (std::size_t i = 0; input && i < input->field_count(); ++i) {
    const std::string_view name = input->field_name(i);
    const Path name_path(input_path, name);
    const auto argument = std::ranges::find(function.arguments, name, &schema::FunctionArgument::name);
    if (argument == function.arguments.end() || argument->origin != Origin::kRequest)
      return name_path.fail(fmt::format("field '{}' not found in type: '{}'", name, type));
    BUSFLOW_TRY(auto value,
                written_parameter(variables_, input->field(i), WrittenValue::of(argument->type), name_path));
    if (value) given.emplace_back(&*argument, std::move(*value));
  }
  BUSFLOW_CHECK(check_gaps(function, given, input_path));
  return given;
}

}  // namespace busflow::graphql::compile
