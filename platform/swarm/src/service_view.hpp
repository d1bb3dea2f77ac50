#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <platform/json/json.hpp>

namespace busflow::swarm {

struct Mount {
  std::string source;
  bool is_bind = false;
  bool is_read_only = false;
};

/// Reads one service of a stack file, whose lists and maps may each be written in a short and a long form. The object
/// must outlive the view.
class ServiceView {
 public:
  ServiceView(std::string name, const json::Object& fields) : name_(std::move(name)), fields_(fields) {}

  const std::string& name() const { return name_; }
  /// The JSON pointer of one of its fields, "deploy/resources"; with an empty path, of the service.
  std::string at(std::string_view path) const;
  /// The value at a path of keys with slashes between; null when it is not there.
  const json::Value* find(std::string_view path) const;
  /// A single value as text; empty when it is not there.
  std::string text(std::string_view path) const;
  std::vector<std::string> list(std::string_view path) const;
  std::vector<std::pair<std::string, std::string>> environment() const;
  std::vector<Mount> mounts() const;
  bool publishes_through_mesh() const;
  /// It runs to its end, as migrations do.
  bool is_job() const;

 private:
  std::string name_;
  const json::Object& fields_;
};

/// Whether a variable's name says that its value is a secret, or its value is an address with a password in it.
bool holds_secret(std::string_view name, std::string_view value);
bool is_dangerous_capability(std::string_view name);
bool is_dangerous_mount(const Mount& mount);
bool is_engine_socket(const Mount& mount);

}  // namespace busflow::swarm
