#include <platform/swarm/rollout.hpp>

#include <algorithm>
#include <map>
#include <ranges>
#include <set>

#include <fmt/format.h>

#include <platform/base/pause.hpp>

namespace busflow::swarm {
namespace {

using State = ServiceProgress::State;

/// How many failed tasks are asked for what their health checks said; the Swarm keeps five of each by default.
constexpr int kTasksAsked = 5;

/// By service, the ids of the tasks of its present specification that were seen to fail: the Swarm forgets all but a
/// few of each.
using FailedTasks = std::map<std::string, std::set<std::string>>;

/// Whether a task is of the service's present specification. Only what stack files set is compared: the engine writes
/// the rest of a task's specification differently from the service's.
bool is_current(const json::Value& task, const json::Value& service) {
  const auto part = [](const json::Value& value, const std::string& path) {
    const auto* found = value_at(value, path);
    return found == nullptr ? json::Value() : *found;
  };
  for (const auto* key :
       {"Image", "Command", "Args", "Env", "Secrets", "Configs", "Healthcheck", "Mounts", "User", "Sysctls"}) {
    const auto path = fmt::format("ContainerSpec/{}", key);
    if (part(task, "Spec/" + path) != part(service, "Spec/TaskTemplate/" + path)) return false;
  }
  return part(task, "Spec/ForceUpdate") == part(service, "Spec/TaskTemplate/ForceUpdate");
}

class Look {
 public:
  Look(const Context& context, const Engine& engine, const RolloutOptions& options, FailedTasks& failed)
      : context_(context), engine_(engine), options_(options), failed_(failed) {}

  Result<ServiceProgress> at(const json::Value& service, const std::string& name) {
    ServiceProgress progress;
    progress.name = name;
    BUSFLOW_TRY(tasks_, engine_.tasks(context_, text_at(service, "Spec/Name")));
    const std::string& update = progress.update = text_at(service, "UpdateStatus/State");
    if (is_job(service)) return job(service, std::move(progress));
    count(service, progress);
    if (update == "paused" || update == "rollback_paused" || update == "rollback_completed") {
      progress.state = State::kFailed;
      progress.rolled_back = update == "rollback_completed";
      const auto failed = failed_tasks(progress.rolled_back ? nullptr : &service);
      progress.reason = explain(failed, text_at(service, "UpdateStatus/Message"));
    } else if (update == "updating" || update == "rollback_started") {
      progress.state = State::kUnderWay;
    } else if (progress.running >= progress.wanted) {
      progress.state = State::kDone;
    } else if (update.empty() && failures(service) >= options_.failed_tasks) {
      progress.state = State::kFailed;
      progress.reason = explain(failed_tasks(&service), "its tasks end again and again");
    }
    return progress;
  }

 private:
  /// Of a service that stays, one that completed has ended too: it was stopped because it was not healthy.
  static bool has_failed(const json::Value& task) {
    const std::string state = text_at(task, "Status/State");
    return state == "failed" || state == "rejected" || state == "complete";
  }

  void count(const json::Value& service, ServiceProgress& progress) const {
    for (const auto& task : tasks_) {
      if (text_at(task, "DesiredState") != "running") continue;
      if (text_at(task, "Status/State") == "running") {
        progress.nodes.push_back(text_at(task, "NodeID"));
        if (is_current(task, service)) ++progress.running;
      }
      if (value_at(service, "Spec/Mode/Global") != nullptr) ++progress.wanted;
    }
    if (value_at(service, "Spec/Mode/Replicated") != nullptr)
      progress.wanted = number_at(service, "Spec/Mode/Replicated/Replicas");
    // A service that runs everywhere has no task yet right after it was made.
    else if (tasks_.empty())
      progress.wanted = 1;
  }

  ServiceProgress job(const json::Value& service, ServiceProgress progress) {
    progress.wanted = number_at(service, "Spec/Mode/Replicated/Replicas");
    const auto newest =
        std::ranges::find_if(tasks_, [&](const json::Value& task) { return is_current(task, service); });
    if (progress.wanted == 0) {
      progress.state = State::kDone;
    } else if (newest != tasks_.end() && text_at(*newest, "Status/State") == "complete") {
      progress.state = State::kDone;
      progress.running = progress.wanted;
    } else if (newest != tasks_.end() &&
               failures(service) > number_at(service, "Spec/TaskTemplate/RestartPolicy/MaxAttempts")) {
      progress.state = State::kFailed;
      progress.reason = explain(failed_tasks(&service), "it failed");
    }
    return progress;
  }

  int failures(const json::Value& service) const {
    auto& failed = failed_[text_at(service, "Spec/Name")];
    for (const auto& task : tasks_) {
      if (has_failed(task) && is_current(task, service)) failed.insert(text_at(task, "ID"));
    }
    return static_cast<int>(failed.size());
  }

  /// Of the service's present specification, or of any other; newest first, but those that say why before the rest,
  /// which were stopped when the Swarm gave up.
  std::vector<const json::Value*> failed_tasks(const json::Value* service) const {
    std::vector<const json::Value*> found;
    std::vector<const json::Value*> silent;
    for (const auto& task : tasks_) {
      if (!has_failed(task) || (service != nullptr && !is_current(task, *service))) continue;
      (text_at(task, "Status/Err").empty() ? silent : found).push_back(&task);
    }
    found.insert(found.end(), silent.begin(), silent.end());
    return found;
  }

  std::string explain(const std::vector<const json::Value*>& failed, std::string what) {
    if (failed.empty()) return what;
    if (const auto error = text_at(*failed.front(), "Status/Err"); !error.empty()) what += "; " + error;
    if (const auto answer = health_answer_of(failed); !answer.empty()) what += "\n    health check: " + answer;
    const auto id = text_at(*failed.front(), "ID");
    if (const auto logs = engine_.lines(context_, {"service", "logs", "--raw", "--tail", "10", id}); logs) {
      for (const auto& line : *logs) what += "\n    | " + line;
    }
    return what;
  }

  /// What the health check last said in the first of the tasks where it came to say something. Only their own node's
  /// engine knows: of a container elsewhere, how to ask there.
  std::string health_answer_of(const std::vector<const json::Value*>& tasks) {
    std::string elsewhere;
    for (const auto* task : tasks | std::views::take(kTasksAsked)) {
      const auto container = text_at(*task, "Status/ContainerStatus/ContainerID");
      if (container.empty()) continue;
      const auto found = engine_.inspect(context_, "container", {container});
      if (!found || found->empty()) {
        if (elsewhere.empty()) elsewhere = how_to_ask(text_at(*task, "NodeID"), container);
        continue;
      }
      if (auto answer = health_answer(found->front()); !answer.empty()) return answer;
    }
    return elsewhere;
  }

  std::string how_to_ask(const std::string& node, const std::string& container) {
    const auto found = engine_.inspect(context_, "node", {node});
    const auto name = found && !found->empty() ? text_at(found->front(), "Description/Hostname") : node;
    return fmt::format("on {}: docker inspect --format '{{{{json .State.Health}}}}' {}", name, container.substr(0, 12));
  }

  const Context& context_;
  const Engine& engine_;
  const RolloutOptions& options_;
  FailedTasks& failed_;
  json::Array tasks_;
};

std::string under_way(const std::vector<ServiceProgress>& services) {
  std::string text;
  for (const auto& service : services) {
    if (service.state == State::kUnderWay)
      text += fmt::format("{}{} {}/{}", text.empty() ? "" : ", ", service.name, service.running, service.wanted);
  }
  return text;
}

}  // namespace

std::string health_answer(const json::Value& container) {
  const auto* log = value_at(container, "State/Health/Log");
  if (log == nullptr || !log->is_array()) return {};
  for (const auto& entry : log->get_array() | std::views::reverse) {
    std::string text = text_at(entry, "Output");
    while (text.ends_with('\n')) text.pop_back();
    if (!text.empty() && !text.starts_with("OCI runtime exec failed")) return text;
  }
  return {};
}

std::string describe_state(const ServiceProgress& service) {
  if (service.rolled_back) return "went back";
  if (service.state == State::kFailed) return "failed";
  if (service.state == State::kDone) return "ready";
  return service.update.empty() || service.update == "completed" ? "under way" : service.update;
}

bool is_job(std::string_view restart_condition, std::string_view phase) {
  return restart_condition == "none" || phase == "migration" || phase == "seed";
}

bool is_job(const json::Value& service) {
  return is_job(text_at(service, "Spec/TaskTemplate/RestartPolicy/Condition"),
                text_at(service, "Spec/Labels/busflow.phase"));
}

namespace {

Result<std::vector<ServiceProgress>> look(const Context& context, const Engine& engine, const std::string& stack,
                                          const RolloutOptions& options, FailedTasks& failed) {
  BUSFLOW_TRY(const auto services, engine.services(context, stack));
  std::vector<ServiceProgress> all;
  for (const auto& service : services) {
    const std::string name = short_name(service, stack);
    if (!options.services.empty() && std::ranges::find(options.services, name) == options.services.end()) continue;
    BUSFLOW_TRY(auto progress, Look(context, engine, options, failed).at(service, name));
    all.push_back(std::move(progress));
  }
  std::ranges::sort(all, {}, &ServiceProgress::name);
  return all;
}

}  // namespace

Result<std::vector<ServiceProgress>> read_progress(const Context& context, const Engine& engine,
                                                   const std::string& stack, const RolloutOptions& options) {
  FailedTasks failed;
  return look(context, engine, stack, options, failed);
}

Result<std::vector<ServiceProgress>> wait_for_rollout(
    const Context& context, const Engine& engine, const std::string& stack, const RolloutOptions& options,
    const std::function<void(const std::vector<ServiceProgress>&)>& tell) {
  const auto end = context.clock.steady_now() + options.deadline;
  std::vector<ServiceProgress> last;
  FailedTasks failed;
  int quiet_looks = 0;
  for (;;) {
    auto services = look(context, engine, stack, options, failed);
    if (!services && services.error().name != ErrorName::kUpstreamInvalid &&
        services.error().name != ErrorName::kUpstreamUnavailable)
      return services;
    if (services) {
      last = std::move(*services);
      tell(last);
      if (std::ranges::any_of(last, [](const auto& service) { return service.state == State::kFailed; })) return last;
      const bool all_done =
          std::ranges::all_of(last, [](const auto& service) { return service.state == State::kDone; });
      // Twice: right after a change, the Swarm has not yet said that an update began.
      quiet_looks = all_done ? quiet_looks + 1 : 0;
      if (quiet_looks == 2) return last;
    }
    if (context.clock.steady_now() >= end) {
      if (!services) return services;
      return fail(
          ErrorName::kDeadlineExceeded,
          fmt::format("still under way after {} s: {}",
                      std::chrono::duration_cast<std::chrono::seconds>(options.deadline).count(), under_way(last)));
    }
    pause(context.cancellation, options.interval);
    BUSFLOW_CHECK(context.check());
  }
}

}  // namespace busflow::swarm
