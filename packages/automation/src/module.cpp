#include <automation/module.hpp>

#include <backoffice/tour_departure_published.hpp>

#include "webhook.hpp"

namespace busflow::automation {
namespace {

/// Who the tokens are of: nobody's account.
constexpr std::string_view kSubject = "00000000-0000-4000-8000-6175746f6d61";

/// Only what a workflow may know: messages carry sign-in links, and are never told.
constexpr std::string_view kTold[] = {backoffice::TourDeparturePublished::kName};

std::string token_for(const token::Minter& minter, const outbox::Event& event, WallTime now) {
  return minter.mint({.subject = std::string(kSubject),
                      .email = {},
                      .default_role = std::string(kRole),
                      .allowed_roles = {std::string(kRole)},
                      .variables = {{"x-hasura-tenant-id", event.tenant_id.to_string()}}},
                     now);
}

Result<void> tell(Context& context, const Dependencies& with, const outbox::Event& event) {
  const auto now = context.clock.now();
  BUSFLOW_TRY(const auto response,
              with.http.send(context, webhook(with.options, event, token_for(with.minter, event, now), now)));
  return check_taken(response);
}

}  // namespace

Result<void> check(const Options& options) {
  if (options.webhook_url.empty() || options.signing_secret.size() >= kShortestSecret) return {};
  return fail(ErrorName::kInvalidSetting, "automation.signing_secret must have at least 32 bytes");
}

application::Module make_module(Dependencies dependencies) {
  application::Module module{.context = "automation", .has_outbox = false, .actions = {}, .event_handlers = {}};
  if (dependencies.options.webhook_url.empty()) return module;
  for (const auto name : kTold) {
    module.event_handlers.push_back({.event = std::string(name),
                                     .name = "automation.tell",
                                     .handle = [dependencies](Context& context, const outbox::Event& event) {
                                       return tell(context, dependencies, event);
                                     }});
  }
  return module;
}

}  // namespace busflow::automation
