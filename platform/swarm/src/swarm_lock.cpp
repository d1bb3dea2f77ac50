#include <platform/swarm/swarm_lock.hpp>

#include <fmt/format.h>

#include <platform/process/self.hpp>

namespace busflow::swarm {
namespace {

std::string lock_name(const std::string& stack) { return stack + "_lock"; }

struct Found {
  std::string id;
  LockHolder holder;
};

Result<std::optional<Found>> find(const Context& context, const Engine& engine, const std::string& stack) {
  BUSFLOW_TRY(const auto locks, engine.labelled(context, "config", "busflow.lock=" + stack));
  if (locks.empty()) return std::nullopt;
  const auto& lock = locks.front();
  const auto label = [&](const char* name) { return text_at(lock, fmt::format("Spec/Labels/busflow.lock.{}", name)); };
  return Found{.id = text_at(lock, "ID"),
               .holder = {.owner = label("owner"), .reason = label("reason"), .expires = label("expires")}};
}

}  // namespace

std::string LockHolder::describe() const { return fmt::format("{} ({}), until {}", owner, reason, expires); }

Result<SwarmLock> SwarmLock::take(const Context& context, const Engine& engine, const std::string& stack,
                                  const std::string& reason, std::chrono::milliseconds lifetime) {
  const auto now = context.clock.now();
  BUSFLOW_TRY(const auto present, find(context, engine, stack));
  // Both are RFC 3339 in UTC, so that texts compare as times do.
  if (present && present->holder.expires < to_rfc3339(now))
    BUSFLOW_CHECK(engine.run(context, {"config", "rm", present->id}));
  const auto label = [](const char* name, const std::string& value) {
    return fmt::format("busflow.lock{}={}", name, value);
  };
  const auto made = engine.run(context,
                               {"config", "create", "--label", label("", stack), "--label",
                                label(".owner", process::account_at_host()), "--label", label(".reason", reason),
                                "--label", label(".expires", to_rfc3339(now + lifetime)), lock_name(stack), "-"},
                               "lock");
  if (made) return SwarmLock(context, engine, made->substr(0, made->find('\n')));
  if (made.error().detail.find("already exists") == std::string::npos) return std::unexpected(made.error());
  BUSFLOW_TRY(const auto other, find(context, engine, stack));
  return fail(ErrorName::kStateConflict,
              fmt::format("{} is at work on the stack '{}'", other ? other->holder.describe() : "somebody", stack));
}

Result<std::optional<LockHolder>> SwarmLock::holder(const Context& context, const Engine& engine,
                                                    const std::string& stack) {
  BUSFLOW_TRY(const auto present, find(context, engine, stack));
  return present ? std::optional(present->holder) : std::nullopt;
}

Result<void> SwarmLock::release() {
  if (id_.empty()) return {};
  // What is left locked keeps others out until it expires.
  BUSFLOW_CHECK(engine_.run(cleaning_up(context_), {"config", "rm", std::exchange(id_, {})}));
  return {};
}

}  // namespace busflow::swarm
