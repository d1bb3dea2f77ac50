#include "execute/bind.hpp"

#include <fmt/format.h>

#include "compile/json_literal.hpp"
#include "compile/variables.hpp"

namespace busflow::graphql {
namespace {

using schema::ParameterSource;

const json::Value& null_value() {
  static const json::Value null;
  return null;
}

/// The part of a variable's value that `inside` leads to; null when the way ends before.
const json::Value& descend(const json::Value& value, const std::vector<schema::PathStep>& inside) {
  const json::Value* current = &value;
  for (const auto& step : inside) {
    const json::Value* next = nullptr;
    if (const auto* name = std::get_if<std::string>(&step)) {
      const auto* object = current->if_object();
      next = object == nullptr ? nullptr : object->if_contains(*name);
    } else {
      const auto* array = current->if_array();
      next = array == nullptr ? nullptr : array->if_contains(std::get<std::size_t>(step));
    }
    if (next == nullptr) return null_value();
    current = next;
  }
  return *current;
}

Result<postgres::Parameter> variable_value(const ParameterSource& source, const json::Object& variables) {
  const json::Value* value = variables.if_contains(source.name);
  if (value == nullptr && source.has_default) return source.constant;
  const json::Value& part = value == nullptr ? null_value() : descend(*value, source.inside);
  BUSFLOW_TRY(auto text, compile::coerce(compile::Input::json(part, {}), source.rule));
  if (!source.is_path || !text) return text;
  BUSFLOW_TRY(auto path, compile::json_path_array(*text, source.rule.path));
  return path;
}

}  // namespace

Result<postgres::Parameters> bind_parameters(std::span<const ParameterSource> sources, const json::Object& variables,
                                             const Session& session) {
  postgres::Parameters parameters;
  parameters.reserve(sources.size());
  for (const ParameterSource& source : sources) {
    switch (source.kind) {
      case ParameterSource::Kind::kJoinKeys:
      case ParameterSource::Kind::kConstant:
      case ParameterSource::Kind::kInline: parameters.push_back(source.constant); break;
      case ParameterSource::Kind::kSessionVariable: {
        const auto value = session.variable(source.name);
        if (!value)
          return fail(ErrorName::kMissingSessionVariable, fmt::format("missing session variable: \"{}\"", source.name),
                      "$");
        parameters.emplace_back(std::string(*value));
        break;
      }
      case ParameterSource::Kind::kSession: {
        json::Object all;
        for (const auto& [name, value] : session.variables()) all[name] = value;
        parameters.emplace_back(json::serialize(all));
        break;
      }
      case ParameterSource::Kind::kJsonTemplate: {
        const auto& [literal, definitions] = *source.json_template;
        parameters.emplace_back(json::serialize(compile::fill_literal(literal, [&](const std::string& name) {
          return compile::value_of_variable(name, variables, definitions);
        })));
        break;
      }
      case ParameterSource::Kind::kVariable: {
        BUSFLOW_TRY(auto value, variable_value(source, variables));
        parameters.push_back(std::move(value));
        break;
      }
    }
  }
  return parameters;
}

}  // namespace busflow::graphql
