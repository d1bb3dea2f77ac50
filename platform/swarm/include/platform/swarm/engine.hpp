#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <platform/base/context.hpp>
#include <platform/json/json.hpp>
#include <platform/process/command.hpp>

namespace busflow::swarm {

/// A Docker engine, spoken to through Docker's own client, which knows how to reach it: by socket, TCP with TLS, or
/// SSH. What it returns is the Engine API's JSON (docs.docker.com/reference/api/engine). Safe to use from any thread.
class Engine {
 public:
  /// `host` as in DOCKER_HOST ("ssh://root@manager-1"); empty: what the environment says.
  Engine(std::string program, std::string host) : program_(std::move(program)), host_(std::move(host)) {}

  /// The command line that would be run, for --dry-run.
  std::string describe(const std::vector<std::string>& arguments) const { return command(arguments).describe(); }

  /// Runs `docker …` to its end. kUpstreamInvalid with its last line when it fails, kUpstreamUnavailable when no engine
  /// answers.
  Result<std::string> run(const Context& context, const std::vector<std::string>& arguments,
                          std::string_view input = {}) const;
  /// The lines that it prints; empty ones are left out.
  Result<std::vector<std::string>> lines(const Context& context, const std::vector<std::string>& arguments) const;
  /// `docker inspect` of these; `kind` is service, task, node, secret, config, container, network or image. An empty
  /// list gives an empty array. Those that went away since they were listed are left out.
  Result<json::Array> inspect(const Context& context, const std::string& kind,
                              const std::vector<std::string>& ids) const;

  /// Everything of a kind that carries the label, inspected.
  Result<json::Array> labelled(const Context& context, const std::string& kind, const std::string& label) const;
  Result<json::Array> services(const Context& context, const std::string& stack) const;
  /// All tasks of a service that the Swarm still remembers, the newest first.
  Result<json::Array> tasks(const Context& context, const std::string& service) const;
  Result<json::Array> nodes(const Context& context) const;

 private:
  process::Command command(const std::vector<std::string>& arguments) const;

  std::string program_;
  std::string host_;
};

/// For what must be done also after an interruption: not cancelled with `context`, and over after ten seconds.
Context cleaning_up(const Context& context);

/// The text at a path of keys with slashes between; empty when it is not there.
std::string text_at(const json::Value& value, std::string_view path);
/// The same for what may be any value; null when it is not there.
const json::Value* value_at(const json::Value& value, std::string_view path);
/// A service's name without its stack's: "api" of "busflow_api".
std::string short_name(const json::Value& service, std::string_view stack);
/// A number, or 0.
std::int64_t number_at(const json::Value& value, std::string_view path);

}  // namespace busflow::swarm
