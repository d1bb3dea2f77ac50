#include "service_view.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include <platform/swarm/rollout.hpp>

namespace busflow::swarm {
namespace {

std::string as_text(const json::Value& value) {
  if (value.is_string()) return std::string(value.get_string());
  return value.is_null() ? std::string() : json::serialize(value);
}

std::string upper(std::string_view text) {
  std::string result;
  for (const char letter : text) result += static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return result;
}

Mount short_mount(std::string_view text) {
  const auto colon = text.find(':');
  const auto source = text.substr(0, colon);
  const bool is_bind = source.starts_with("/") || source.starts_with(".") || source.starts_with("~");
  return {.source = std::string(source),
          .is_bind = is_bind && colon != std::string_view::npos,
          .is_read_only = text.ends_with(":ro")};
}

}  // namespace

std::string ServiceView::at(std::string_view path) const {
  return path.empty() ? fmt::format("/services/{}", name_) : fmt::format("/services/{}/{}", name_, path);
}

const json::Value* ServiceView::find(std::string_view path) const {
  const json::Object* object = &fields_;
  for (;;) {
    const auto slash = path.find('/');
    const auto* value = object->if_contains(path.substr(0, slash));
    if (value == nullptr || slash == std::string_view::npos) return value;
    object = value->if_object();
    if (object == nullptr) return nullptr;
    path.remove_prefix(slash + 1);
  }
}

std::string ServiceView::text(std::string_view path) const {
  const auto* value = find(path);
  return value == nullptr ? std::string() : as_text(*value);
}

std::vector<std::string> ServiceView::list(std::string_view path) const {
  std::vector<std::string> entries;
  const auto* value = find(path);
  if (value == nullptr) return entries;
  if (!value->is_array()) return {as_text(*value)};
  for (const auto& entry : value->get_array()) entries.push_back(as_text(entry));
  return entries;
}

std::vector<std::pair<std::string, std::string>> ServiceView::environment() const {
  std::vector<std::pair<std::string, std::string>> variables;
  const auto* value = find("environment");
  if (value == nullptr) return variables;
  if (value->is_object()) {
    for (const auto& [name, one] : value->get_object()) variables.emplace_back(name, as_text(one));
  }
  for (const auto& entry : value->is_array() ? list("environment") : std::vector<std::string>()) {
    const auto equals = entry.find('=');
    variables.emplace_back(entry.substr(0, equals), equals == std::string::npos ? "" : entry.substr(equals + 1));
  }
  return variables;
}

bool ServiceView::is_job() const {
  return swarm::is_job(text("deploy/restart_policy/condition"), text("deploy/labels/busflow.phase"));
}

std::vector<Mount> ServiceView::mounts() const {
  std::vector<Mount> mounts;
  const auto* value = find("volumes");
  if (value == nullptr || !value->is_array()) return mounts;
  for (const auto& entry : value->get_array()) {
    if (!entry.is_object()) {
      mounts.push_back(short_mount(as_text(entry)));
      continue;
    }
    const ServiceView mount(name_, entry.get_object());
    mounts.push_back({.source = mount.text("source"),
                      .is_bind = mount.text("type") == "bind",
                      .is_read_only = mount.text("read_only") == "true"});
  }
  return mounts;
}

bool ServiceView::publishes_through_mesh() const {
  const auto* ports = find("ports");
  if (ports == nullptr || !ports->is_array()) return false;
  return std::ranges::any_of(ports->get_array(), [&](const json::Value& port) {
    return !port.is_object() || ServiceView(name_, port.get_object()).text("mode") != "host";
  });
}

bool holds_secret(std::string_view name, std::string_view value) {
  if (value.empty()) return false;
  const std::string upper_name = upper(name);
  if (!upper_name.ends_with("_FILE")) {
    // "…_TOKEN_SECONDS" is about tokens; only a name that ends with the word is one.
    const bool is_known =
        std::ranges::any_of(std::initializer_list<std::string_view>{"PASSWORD", "PASSWD", "SECRET", "TOKEN", "_KEY",
                                                                    "APIKEY", "CREDENTIAL"},
                            [&](std::string_view word) { return upper_name.ends_with(word); });
    if (is_known && !upper_name.ends_with("PUBLIC_KEY")) return true;
  }
  const auto scheme = value.find("://");
  if (scheme == std::string_view::npos) return value.find("-----BEGIN ") != std::string_view::npos;
  const auto authority = value.substr(scheme + 3, value.find('/', scheme + 3) - scheme - 3);
  const auto at = authority.rfind('@');
  return at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos;
}

bool is_dangerous_capability(std::string_view name) {
  constexpr std::string_view kDangerous[] = {"ALL",      "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE",      "SYS_RAWIO",
                                             "SYS_BOOT", "NET_ADMIN", "MKNOD",      "DAC_READ_SEARCH", "DAC_OVERRIDE",
                                             "BPF",      "PERFMON",   "SYS_CHROOT", "SYS_TIME",        "AUDIT_CONTROL",
                                             "MAC_ADMIN"};
  std::string upper_name = upper(name);
  if (upper_name.starts_with("CAP_")) upper_name.erase(0, 4);
  return std::ranges::find(kDangerous, upper_name) != std::end(kDangerous);
}

bool is_dangerous_mount(const Mount& mount) { return mount.is_bind && !mount.is_read_only; }

bool is_engine_socket(const Mount& mount) { return mount.is_bind && mount.source.ends_with("/docker.sock"); }

}  // namespace busflow::swarm
