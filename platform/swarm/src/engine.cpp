#include <platform/swarm/engine.hpp>

#include <algorithm>

#include <platform/process/output.hpp>

namespace busflow::swarm {
namespace {

std::vector<std::string> non_empty_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end != 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

bool is_unreachable(std::string_view errors) {
  for (const std::string_view sign : {"Cannot connect to the Docker daemon", "error during connect",
                                      "connection refused", "failed to connect to the docker API"}) {
    if (errors.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

process::Command Engine::command(const std::vector<std::string>& arguments) const {
  process::Command command{.program = program_};
  if (!host_.empty()) command.arguments = {"--host", host_};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  return command;
}

Result<std::string> Engine::run(const Context& context, const std::vector<std::string>& arguments,
                                std::string_view input) const {
  BUSFLOW_TRY(auto captured, process::capture(context, command(arguments), input));
  if (captured.exit.is_success()) return std::move(captured.output);
  const std::string reason = process::last_line(captured.errors);
  return fail(is_unreachable(captured.errors) ? ErrorName::kUpstreamUnavailable : ErrorName::kUpstreamInvalid,
              "docker " + arguments.front() + ": " + (reason.empty() ? captured.exit.describe() : reason));
}

Result<std::vector<std::string>> Engine::lines(const Context& context,
                                               const std::vector<std::string>& arguments) const {
  BUSFLOW_TRY(const auto output, run(context, arguments));
  return non_empty_lines(output);
}

Result<json::Array> Engine::inspect(const Context& context, const std::string& kind,
                                    const std::vector<std::string>& ids) const {
  if (ids.empty()) return json::Array();
  std::vector<std::string> arguments{"inspect", "--type", kind};
  // Docker's generic inspect has no type for configs and nodes have their own as well.
  if (kind != "task" && kind != "container" && kind != "image") arguments = {kind, "inspect"};
  arguments.insert(arguments.end(), ids.begin(), ids.end());
  BUSFLOW_TRY(const auto captured, process::capture(context, command(arguments)));
  BUSFLOW_TRY(const auto value, json::parse(captured.output.empty() ? "[]" : captured.output));
  const bool only_gone = captured.errors.find("no such") != std::string::npos ||
                         captured.errors.find("not found") != std::string::npos ||
                         captured.errors.find("No such") != std::string::npos;
  if (!value.is_array() || (!captured.exit.is_success() && !only_gone))
    return fail(is_unreachable(captured.errors) ? ErrorName::kUpstreamUnavailable : ErrorName::kUpstreamInvalid,
                "docker " + kind + " inspect: " + process::last_line(captured.errors));
  return value.get_array();
}

Result<json::Array> Engine::labelled(const Context& context, const std::string& kind, const std::string& label) const {
  BUSFLOW_TRY(const auto ids, lines(context, {kind, "ls", "--quiet", "--filter", "label=" + label}));
  return inspect(context, kind, ids);
}

Result<json::Array> Engine::services(const Context& context, const std::string& stack) const {
  return labelled(context, "service", "com.docker.stack.namespace=" + stack);
}

Result<json::Array> Engine::tasks(const Context& context, const std::string& service) const {
  BUSFLOW_TRY(const auto ids, lines(context, {"service", "ps", "--quiet", "--no-trunc", service}));
  BUSFLOW_TRY(auto tasks, inspect(context, "task", ids));
  std::ranges::sort(tasks, [](const json::Value& a, const json::Value& b) {
    return text_at(a, "CreatedAt") > text_at(b, "CreatedAt");
  });
  return tasks;
}

Result<json::Array> Engine::nodes(const Context& context) const {
  BUSFLOW_TRY(const auto ids, lines(context, {"node", "ls", "--quiet"}));
  return inspect(context, "node", ids);
}

Context cleaning_up(const Context& context) {
  return {.clock = context.clock,
          .identifiers = context.identifiers,
          .deadline = context.clock.steady_now() + std::chrono::seconds(10)};
}

const json::Value* value_at(const json::Value& value, std::string_view path) {
  const json::Value* at = &value;
  while (!path.empty()) {
    const auto* object = at->if_object();
    if (object == nullptr) return nullptr;
    const auto slash = path.find('/');
    at = object->if_contains(path.substr(0, slash));
    if (at == nullptr || slash == std::string_view::npos) return at;
    path.remove_prefix(slash + 1);
  }
  return at;
}

std::string text_at(const json::Value& value, std::string_view path) {
  const auto* found = value_at(value, path);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string short_name(const json::Value& service, std::string_view stack) {
  std::string name = text_at(service, "Spec/Name");
  if (name.starts_with(std::string(stack) + "_")) name.erase(0, stack.size() + 1);
  return name;
}

std::int64_t number_at(const json::Value& value, std::string_view path) {
  const auto* found = value_at(value, path);
  return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

}  // namespace busflow::swarm
