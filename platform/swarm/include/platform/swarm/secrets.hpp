#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <platform/swarm/engine.hpp>

/// Secrets of a Swarm never change and cannot be renamed. So each value is a secret of its own, named
/// STACK_NAME_HASH, with labels that say which name it is a version of; the newest one is the present one.
namespace busflow::swarm {

struct SecretVersion {
  std::string id;
  std::string full_name;  ///< "busflow_redis_password_1f0c3a9d".
  std::string name;       ///< "redis_password".
  std::string created;    ///< RFC 3339.
};

/// The newest first.
Result<std::vector<SecretVersion>> list_secrets(const Context& context, const Engine& engine, const std::string& stack);

/// The present version of each name.
std::map<std::string, SecretVersion, std::less<>> present_versions(const std::vector<SecretVersion>& versions);

/// Makes `value` the present version of the name; false when it is so already. The value goes to Docker by a pipe.
/// kValidationFailed for a value that is empty or larger than Swarm takes (500 kB).
Result<bool> put_secret(const Context& context, const Engine& engine, const std::string& stack, const std::string& name,
                        std::string_view value, const std::vector<SecretVersion>& versions);

/// "STACK_NAME_HASH" of content, for secrets and for configs alike. The hash is of the content and the name, and too
/// short to find a secret by it.
std::string versioned_name(const std::string& stack, std::string_view name, std::string_view content);

}  // namespace busflow::swarm
