#pragma once

#include <map>
#include <string>

#include <platform/swarm/deployments.hpp>

#include "common.hpp"

namespace busflow::ctl {

/// "20260131T120000-1f0c": sorts by time.
std::string new_deployment_id(const Context& context);

/// Gives a stack's file the newest version of each secret.
Result<json::Object> resolve_stack(command_line::Invocation& call, const swarm::Engine& engine,
                                   const std::string& stack, const swarm::StackFile& file);

/// Runs what migrates the database and waits for its end. 0 or kMigrationFailed.
Result<int> migrate_stack(command_line::Invocation& call, const swarm::Engine& engine, const std::string& stack,
                          const json::Object& document);

/// Takes a canary out of the stack, without losing a request; whether there was one.
Result<bool> end_canaries(command_line::Invocation& call, const swarm::Engine& engine, const std::string& stack);

/// A step that does so before everything is told anew. References must outlive the plan.
void add_end_of_canaries(StackPlan& plan, command_line::Invocation& call, const swarm::Engine& engine,
                         const std::string& stack);

struct DeployRequest {
  std::string stack;
  std::string version;
  swarm::StackFile file;
  std::map<std::string, std::string> labels{};  ///< Of every service.
  std::string reason = "stack deploy";          ///< What the lock says.
  bool keep = true;                             ///< For rollbacks.
  bool make_secrets = false;                    ///< Those that are not there and that can be made.
};

/// One deployment, step by step; its id is the result. Keep it for as long as its plan.
class Deployment {
 public:
  Deployment(command_line::Invocation& call, DeployRequest request);

  Result<int> run();

 private:
  void add_steps(StackPlan& plan);
  Result<int> make_secrets();
  Result<int> resolve();

  command_line::Invocation& call_;
  DeployRequest request_;
  swarm::Engine engine_;
  swarm::Deployment deployment_;
  json::Object document_;
  StackLock lock_;
};

}  // namespace busflow::ctl
