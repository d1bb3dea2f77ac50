#include "deployment.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include <platform/base/pause.hpp>
#include <platform/process/self.hpp>
#include <platform/swarm/canary.hpp>
#include <platform/swarm/generated_secrets.hpp>
#include <platform/swarm/secrets.hpp>

namespace busflow::ctl {
namespace {

/// Traefik asks the Swarm every second what there is.
constexpr std::chrono::seconds kEdgeLearns{3};

}  // namespace

std::string new_deployment_id(const Context& context) {
  std::string id = to_rfc3339(context.clock.now()).substr(0, 19);
  std::erase_if(id, [](char letter) { return letter == '-' || letter == ':'; });
  return id + "-" + context.request_id.substr(context.request_id.size() - 4);
}

Result<json::Object> resolve_stack(command_line::Invocation& call, const swarm::Engine& engine,
                                   const std::string& stack, const swarm::StackFile& file) {
  BUSFLOW_TRY(const auto secrets, swarm::list_secrets(call.context(), engine, stack));
  const auto& files = call.text("files");
  const auto folder = std::filesystem::path(files.substr(0, files.find(','))).parent_path();
  return swarm::resolve(file, stack, folder, secrets);
}

Result<int> migrate_stack(command_line::Invocation& call, const swarm::Engine& engine, const std::string& stack,
                          const json::Object& document) {
  BUSFLOW_TRY(const int code, tell_swarm(call, engine, stack, swarm::only_phase(document, "migration"), false));
  return code == 0 ? 0 : kMigrationFailed;
}

Result<bool> end_canaries(command_line::Invocation& call, const swarm::Engine& engine, const std::string& stack) {
  BUSFLOW_TRY(const auto services, engine.services(call.context(), stack));
  std::vector<std::string> canaries;
  for (const auto& service : services) {
    if (!swarm::text_at(service, fmt::format("Spec/Labels/{}", swarm::kCanaryLabel)).empty())
      canaries.push_back(swarm::text_at(service, "Spec/Name"));
  }
  if (canaries.empty()) return false;
  // No new requests first, then its end.
  for (const auto& name : canaries)
    BUSFLOW_CHECK(engine.run(
        call.context(), {"service", "update", "--detach", "--quiet", "--label-add", "traefik.enable=false", name}));
  pause(call.context().cancellation, kEdgeLearns);
  for (const auto& name : canaries) BUSFLOW_CHECK(engine.run(call.context(), {"service", "rm", name}));
  for (const auto& service : services) {
    const auto label = swarm::server_label(service, "weight");
    if (!label || swarm::text_at(service, "Spec/Labels/" + *label).empty()) continue;
    const auto name = swarm::text_at(service, "Spec/Name");
    if (std::ranges::find(canaries, name) != canaries.end()) continue;
    BUSFLOW_CHECK(engine.run(call.context(), {"service", "update", "--detach", "--quiet", "--label-rm", *label, name}));
  }
  return true;
}

void add_end_of_canaries(StackPlan& plan, command_line::Invocation& call, const swarm::Engine& engine,
                         const std::string& stack) {
  plan.add("end a canary, if there is one", [&call, &engine, &stack]() -> Result<int> {
    BUSFLOW_CHECK(end_canaries(call, engine, stack));
    return 0;
  });
}

Deployment::Deployment(command_line::Invocation& call, DeployRequest request)
    : call_(call),
      request_(std::move(request)),
      engine_(engine_of(call)),
      deployment_{.id = new_deployment_id(call.context()),
                  .version = request_.version,
                  .owner = process::account_at_host(),
                  .config = {}},
      lock_(call, engine_, request_.stack) {}

Result<int> Deployment::run() {
  if (!report_findings(call_, request_.file)) return kFindings;
  StackPlan plan;
  lock_.add_take(plan, request_.reason, 3);
  add_steps(plan);
  lock_.add_release(plan);
  BUSFLOW_TRY(const int code, plan.run(call_));
  if (code == 0 && !call_.dry_run()) {
    call_.console().say(fmt::format("deployed {} as {}", deployment_.version, deployment_.id));
    call_.console().result({{"deployment", deployment_.id}, {"version", deployment_.version}});
  }
  return code;
}

void Deployment::add_steps(StackPlan& plan) {
  const auto& stack = request_.stack;
  if (request_.make_secrets)
    plan.add("make the secrets that are not there yet (x-make)", [this] { return make_secrets(); });
  plan.add("choose the newest version of each secret", [this] { return resolve(); });
  if (swarm::has_phase(request_.file.document, "foundation")) {
    plan.add("deploy what the rest stands on (busflow.phase: foundation), and wait for it", [this] {
      return tell_swarm(call_, engine_, request_.stack, swarm::only_phase(document_, "foundation"), false);
    });
  }
  if (swarm::has_phase(request_.file.document, "migration")) {
    plan.add("migrate the database (busflow.phase: migration), and wait for it",
             [this] { return migrate_stack(call_, engine_, request_.stack, document_); });
  }
  add_end_of_canaries(plan, call_, engine_, stack);
  plan.add(fmt::format("{}; wait until every service is healthy",
                       engine_.describe({"stack", "deploy", "--prune", "--compose-file", call_.text("files"), stack})),
           [this] { return tell_swarm(call_, engine_, request_.stack, document_, true); });
  if (!request_.keep) return;
  plan.add("keep the deployment for rollbacks", [this]() -> Result<int> {
    BUSFLOW_CHECK(swarm::keep_deployment(call_.context(), engine_, request_.stack, deployment_, document_));
    return 0;
  });
}

Result<int> Deployment::make_secrets() {
  BUSFLOW_TRY(const auto versions, swarm::list_secrets(call_.context(), engine_, request_.stack));
  std::set<std::string> present;
  for (const auto& version : versions) present.insert(version.name);
  BUSFLOW_TRY(const auto made, swarm::generate_secrets(request_.file, present));
  for (const auto& [name, value] : made)
    BUSFLOW_CHECK(swarm::put_secret(call_.context(), engine_, request_.stack, name, value, versions));
  return 0;
}

Result<int> Deployment::resolve() {
  BUSFLOW_TRY(document_, resolve_stack(call_, engine_, request_.stack, request_.file));
  swarm::label_services(document_, swarm::kDeploymentLabel, deployment_.id);
  swarm::label_services(document_, "busflow.version", deployment_.version);
  for (const auto& [label, value] : request_.labels) swarm::label_services(document_, label, value);
  swarm::mark_phase(document_, "migration", "STACK_DEPLOYMENT", deployment_.id);
  return 0;
}

}  // namespace busflow::ctl
