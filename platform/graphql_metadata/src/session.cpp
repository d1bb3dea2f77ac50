#include "session.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace busflow::graphql_metadata {
namespace {

using graphql::metadata::Inconsistency;

std::string_view kind_name(const json::Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null: return "Null";
    case boost::json::kind::bool_: return "Boolean";
    case boost::json::kind::string: return "String";
    case boost::json::kind::array: return "Array";
    case boost::json::kind::object: return "Object";
    default: return "Number";
  }
}

json::Value shown(const Inconsistency& problem) {
  if (problem.type == "conflict")
    return json::Object{{"reason", problem.reason}, {"type", problem.type}, {"conflicts", problem.definition}};
  return json::Object{
      {"definition", problem.definition}, {"reason", problem.reason}, {"name", problem.name}, {"type", problem.type}};
}

}  // namespace

Outcome<json::Value> Session::run_at(const json::Value& request, const std::string& step) {
  if (!request.is_object()) {
    return refuse("parse-failed",
                  fmt::format("parsing Object failed, expected Object, but encountered {}", kind_name(request)),
                  "$" + step);
  }
  const json::Object& object = request.get_object();
  const Arguments fields(object);
  const json::Value* type = fields.find("type");
  if (type == nullptr || !type->is_string()) return refuse("parse-failed", "key \"type\" not found", "$" + step);
  const std::string name(type->get_string());
  if (const auto expected = fields.integer("resource_version");
      expected && *expected != draft_.base().resource_version) {
    return refuse("conflict",
                  fmt::format("metadata resource version referenced ({}) did not match current version ({})", *expected,
                              draft_.base().resource_version),
                  "$", nullptr, std::uint16_t{409});
  }
  static const json::Value kNoArguments = json::Object{};
  const json::Value* args = fields.find("args");
  if (args == nullptr) args = &kNoArguments;
  if (name == "bulk" || name == "concurrent_bulk" || name == "bulk_atomic" || name == "bulk_keep_going")
    return run_bulk(*args, step, name == "bulk_keep_going");
  const Operation* operation = find_operation(name);
  if (operation == nullptr)
    return refuse("parse-failed", fmt::format("unknown operation \"{}\"", name), "$" + step + ".type");
  Outcome<json::Value> answer = json::Value();
  if (args->is_object()) {
    answer = run_one(*operation, object, args->get_object());
  } else if (args->is_string()) {  // A name alone.
    answer = run_one(*operation, object, json::Object{{"name", *args}});
  } else {
    answer = refuse("parse-failed", fmt::format("expected Object, but encountered {}", kind_name(*args)));
  }
  if (answer || step.empty()) return answer;
  return std::unexpected(answer.error().within(step));
}

Outcome<json::Value> Session::run_bulk(const json::Value& requests, const std::string& step, bool keeps_going) {
  if (!requests.is_array())
    return refuse("parse-failed", fmt::format("expected Array, but encountered {}", kind_name(requests)),
                  "$" + step + ".args");
  json::Array answers;
  for (std::size_t i = 0; i < requests.get_array().size(); ++i) {
    auto answer = run_at(requests.get_array()[i], fmt::format("{}.args[{}]", step, i));
    if (answer) {
      answers.push_back(std::move(*answer));
    } else if (keeps_going) {
      answers.push_back(json::parse(answer.error().to_json()).value());
    } else {
      return answer;
    }
  }
  return answers;
}

Outcome<json::Value> Session::run_one(const Operation& operation, const json::Object& request,
                                      const json::Object& args) {
  Call call{.operation = operation.name,
            .version = static_cast<int>(Arguments(request).integer("version").value_or(1)),
            .args = Arguments(args),
            .draft = draft_,
            .store = store_,
            .pools = pools_,
            .options = options_,
            .surface = surface_};
  const auto before = draft_.metadata();
  auto answer = operation.handler(call);
  if (answer && draft_.needs_engine()) {
    if (auto settled = settle(call); !settled) answer = std::unexpected(settled.error());
  }
  if (!answer) draft_.metadata() = before;
  return answer;
}

/// A change may not make anything inconsistent that was not so before.
Outcome<void> Session::settle(Call& call) {
  const auto fresh = draft_.new_inconsistencies();
  if (fresh.empty() || call.accepts_inconsistencies) return {};
  const auto is_own = [&](const Inconsistency& problem) {
    return problem.name == call.subject || (problem.type == "conflict" && call.subject.starts_with("rest_endpoint"));
  };
  const auto own = std::ranges::find_if(fresh, is_own);
  if (own != fresh.end()) return refuse("invalid-configuration", own->reason, "$.args", json::Array{shown(*own)});
  json::Array list;
  for (const auto& problem : fresh) list.push_back(shown(problem));
  return refuse("unexpected", "cannot continue due to new inconsistent metadata", "$.args", std::move(list));
}

}  // namespace busflow::graphql_metadata
