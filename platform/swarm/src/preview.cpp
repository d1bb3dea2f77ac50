#include <platform/swarm/preview.hpp>

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include <platform/base/pause.hpp>

namespace busflow::swarm {
namespace {

constexpr std::size_t kLongestName = 20;

std::string label_of(const json::Value& service, std::string_view label) {
  return text_at(service, fmt::format("Spec/Labels/{}", label));
}

/// Networks cannot go before the last task has left them, which Docker's client does not wait for.
Result<void> remove_stack(const Context& context, const Engine& engine, const std::string& stack,
                          std::chrono::milliseconds longest) {
  const auto end = context.clock.steady_now() + longest;
  for (;;) {
    const auto removed = engine.run(context, {"stack", "rm", stack});
    BUSFLOW_TRY(const auto networks, engine.lines(context, {"network", "ls", "--quiet", "--filter",
                                                            "label=com.docker.stack.namespace=" + stack}));
    BUSFLOW_TRY(const auto services, engine.services(context, stack));
    if (networks.empty() && services.empty()) return {};
    if (context.clock.steady_now() >= end) {
      return fail(ErrorName::kDeadlineExceeded,
                  fmt::format("the stack {} is still there: {}", stack,
                              removed ? "its tasks have not ended" : removed.error().detail));
    }
    pause(context.cancellation, std::chrono::seconds(1));
    BUSFLOW_CHECK(context.check());
  }
}

Result<void> remove_labelled(const Context& context, const Engine& engine, const std::string& kind,
                             const std::string& label) {
  BUSFLOW_TRY(const auto ids, engine.lines(context, {kind, "ls", "--quiet", "--filter", "label=" + label}));
  for (const auto& id : ids) BUSFLOW_CHECK(engine.run(context, {kind, "rm", id}));
  return {};
}

}  // namespace

std::string preview_stack(const std::string& name) { return "preview-" + name; }

Result<void> check_preview_name(const std::string& name) {
  const bool has_letters = std::ranges::all_of(name, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
  });
  if (!name.empty() && name.size() <= kLongestName && has_letters && !name.starts_with('-') && !name.ends_with('-'))
    return {};
  return fail(ErrorName::kValidationFailed,
              fmt::format("'{}' is no name of a preview: 1 to {} small letters, digits and hyphens, none of those at "
                          "an end, such as pr-12",
                          name, kLongestName));
}

Result<std::vector<Preview>> list_previews(const Context& context, const Engine& engine) {
  BUSFLOW_TRY(const auto services, engine.labelled(context, "service", std::string(kPreviewLabel)));
  std::map<std::string, Preview> found;
  for (const auto& service : services) {
    const auto name = label_of(service, kPreviewLabel);
    found[name] = {.name = name,
                   .host = label_of(service, kPreviewHostLabel),
                   .version = label_of(service, "busflow.version"),
                   .expires = label_of(service, kPreviewExpiresLabel)};
  }
  std::vector<Preview> previews;
  for (auto& [name, preview] : found) previews.push_back(std::move(preview));
  return previews;
}

Result<void> remove_preview(const Context& context, const Engine& engine, const std::string& name,
                            std::chrono::milliseconds longest) {
  const std::string stack = preview_stack(name);
  BUSFLOW_CHECK(remove_stack(context, engine, stack, longest));
  BUSFLOW_CHECK(remove_labelled(context, engine, "secret", "busflow.stack=" + stack));
  BUSFLOW_CHECK(remove_labelled(context, engine, "config", "com.docker.stack.namespace=" + stack));
  return remove_labelled(context, engine, "volume", fmt::format("{}={}", kPreviewLabel, stack));
}

}  // namespace busflow::swarm
