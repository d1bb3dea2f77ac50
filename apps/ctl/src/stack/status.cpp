#include <iostream>

#include <fmt/format.h>

#include <platform/base/pause.hpp>
#include <platform/swarm/deployments.hpp>
#include <platform/swarm/secrets.hpp>
#include <platform/swarm/swarm_lock.hpp>

#include "common.hpp"
#include "verbs.hpp"

namespace busflow::ctl {
namespace {

using command_line::Invocation;

constexpr command_line::OptionInfo kOptions[] = {kStackOption,
                                                 kHostOption,
                                                 {.name = "watch",
                                                  .kind = command_line::OptionKind::kFlag,
                                                  .help = "show it again every two seconds, until Ctrl-C"}};
constexpr command_line::Example kExamples[] = {{"busflowctl stack status", "services, tasks, nodes, deployments"},
                                               {"busflowctl stack status --watch", "during a deployment"},
                                               {"busflowctl stack status --json", "for a program"}};

/// "busflow:1.4.0" of "registry.example/busflow:1.4.0@sha256:…".
std::string short_image(std::string image) {
  image = image.substr(0, image.find('@'));
  const auto slash = image.rfind('/');
  return slash == std::string::npos ? image : image.substr(slash + 1);
}

class Status {
 public:
  explicit Status(Invocation& call) : call_(call), engine_(engine_of(call)), stack_(call.text("stack")) {}

  Result<void> show() {
    BUSFLOW_TRY(const auto nodes, engine_.nodes(call_.context()));
    for (const auto& node : nodes)
      node_names_[swarm::text_at(node, "ID")] = swarm::text_at(node, "Description/Hostname");
    BUSFLOW_CHECK(show_services());
    BUSFLOW_CHECK(show_deployments());
    BUSFLOW_TRY(const auto holder, swarm::SwarmLock::holder(call_.context(), engine_, stack_));
    if (holder) call_.console().say(fmt::format("\nlocked by {}", holder->describe()));
    result_["lock"] = holder ? json::Value(holder->describe()) : json::Value();
    call_.console().result(result_);
    return {};
  }

 private:
  Result<void> show_services() {
    BUSFLOW_TRY(const auto services, engine_.services(call_.context(), stack_));
    if (services.empty()) return fail(ErrorName::kNotFound, fmt::format("there is no stack '{}'", stack_));
    current_ = swarm::current_deployment(services);
    BUSFLOW_TRY(const auto progress, swarm::read_progress(call_.context(), engine_, stack_, {}));
    std::vector<std::vector<std::string>> rows;
    json::Array list;
    for (const auto& one : progress) {
      const auto service = std::ranges::find_if(services, [&](const auto& candidate) {
        return swarm::text_at(candidate, "Spec/Name") == stack_ + "_" + one.name;
      });
      if (service == services.end()) continue;
      const std::string image = short_image(swarm::text_at(*service, "Spec/TaskTemplate/ContainerSpec/Image"));
      const auto* secrets = swarm::value_at(*service, "Spec/TaskTemplate/ContainerSpec/Secrets");
      const auto secret_count = secrets != nullptr && secrets->is_array() ? secrets->get_array().size() : 0;
      const std::string state = swarm::describe_state(one);
      const std::string places = places_of(one);
      rows.push_back({one.name, image, fmt::format("{}/{}", one.running, one.wanted), state, places,
                      std::to_string(secret_count)});
      list.push_back(json::Object{{"service", one.name},
                                  {"image", image},
                                  {"running", one.running},
                                  {"wanted", one.wanted},
                                  {"state", state},
                                  {"nodes", places},
                                  {"secrets", secret_count},
                                  {"reason", one.reason}});
    }
    call_.console().table({"SERVICE", "IMAGE", "TASKS", "STATE", "NODES", "SECRETS"}, rows);
    for (const auto& one : progress) {
      if (!one.reason.empty()) call_.console().say(fmt::format("{}: {}", one.name, one.reason));
    }
    result_["services"] = std::move(list);
    return {};
  }

  /// The names of the nodes where its tasks run.
  std::string places_of(const swarm::ServiceProgress& service) {
    std::string places;
    for (const auto& node : service.nodes) places += fmt::format("{}{}", places.empty() ? "" : " ", node_names_[node]);
    return places;
  }

  Result<void> show_deployments() {
    BUSFLOW_TRY(const auto kept, swarm::list_deployments(call_.context(), engine_, stack_));
    std::vector<std::vector<std::string>> rows;
    json::Array list;
    for (const auto& deployment : kept) {
      rows.push_back({deployment.id, deployment.version, deployment.owner, deployment.id == current_ ? "present" : ""});
      list.push_back(json::Object{{"id", deployment.id},
                                  {"version", deployment.version},
                                  {"owner", deployment.owner},
                                  {"present", deployment.id == current_}});
    }
    call_.console().say("");
    call_.console().table({"DEPLOYMENT", "VERSION", "BY", ""}, rows);
    result_["deployments"] = std::move(list);
    return {};
  }

  Invocation& call_;
  swarm::Engine engine_;
  std::string stack_;
  std::string current_;
  std::map<std::string, std::string> node_names_;
  json::Object result_;
};

Result<int> run(Invocation& call) {
  if (!call.flag("watch")) {
    BUSFLOW_CHECK(Status(call).show());
    return 0;
  }
  if (call.console().options().json)
    return fail(ErrorName::kBadRequest, "--watch is for people: it goes without --json");
  do {
    std::cout << "\033[H\033[2J" << std::flush;  // Home, and clear.
    if (const auto shown = Status(call).show(); !shown) call.console().warn(shown.error().message());
  } while (pause(call.context().cancellation, std::chrono::seconds(2)));
  return 0;
}

}  // namespace

command_line::Verb stack_status_verb() {
  static const command_line::VerbInfo info{
      .noun = "stack",
      .verb = "status",
      .summary = "show services, tasks, nodes, deployments and who is at work",
      .description = "A service that failed is shown with what its health check answered and what it last wrote.",
      .arguments = {},
      .options = kOptions,
      .examples = kExamples,
      .exit_codes = {}};
  return {&info, run};
}

}  // namespace busflow::ctl
