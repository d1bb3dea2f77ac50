#include "domain/file.hpp"

#include <algorithm>

namespace busflow::files {
namespace {

constexpr std::size_t kLongestName = 255;
constexpr std::string_view kStaff = "busflow_staff";

bool is_one_of(const std::string& role, std::initializer_list<std::string_view> roles) {
  return std::ranges::find(roles, role) != roles.end();
}

bool is_own(const Session& session, const File& file) {
  return !session.user_id().empty() && session.user_id() == file.uploaded_by_user_id;
}

}  // namespace

bool is_staff(const Session& session) { return session.role() == kStaff; }

bool may_upload(const Session& session) {
  if (session.user_id().empty()) return false;
  if (session.tenant_id().empty()) return is_one_of(session.role(), {kStaff, "user"});
  return is_one_of(session.role(), {"manager", "dispatcher", "driver"});
}

bool may_read(const Session& session, const File& file) {
  if (is_staff(session)) return true;
  if (!may_upload(session) || session.tenant_id() != file.tenant_id) return false;
  return !file.tenant_id.empty() || is_own(session, file);
}

bool may_change(const Session& session, const File& file) {
  if (!may_read(session, file)) return false;
  return is_own(session, file) || is_one_of(session.role(), {kStaff, "manager", "dispatcher"});
}

std::string safe_name(std::string_view name) {
  name.remove_prefix(name.find_last_of("/\\") == std::string_view::npos ? 0 : name.find_last_of("/\\") + 1);
  std::string safe;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) >= ' ' && c != 0x7f) safe += c;
  }
  std::size_t length = std::min(safe.size(), kLongestName);
  // Not in the middle of a character.
  while (length > 0 && length < safe.size() && (static_cast<unsigned char>(safe[length]) & 0xC0U) == 0x80U) --length;
  safe.resize(length);
  return safe.empty() || safe == "." || safe == ".." ? "unnamed" : safe;
}

}  // namespace busflow::files
