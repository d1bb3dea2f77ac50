#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <platform/graphql/engine.hpp>
#include <platform/json/json.hpp>

#include "music.hpp"

namespace {

using namespace busflow;

const graphql::Engine& engine() {
  static const auto made = [] {
    graphql::EngineOptions options{.plan_cache_entries = 16};
    // A fault is an error that nobody has thought of.
    options.on_fault = [](std::string_view) { std::abort(); };
    return graphql::Engine::create(graphql::music::metadata(), graphql::music::catalog(), graphql::music::handlers(),
                                   std::move(options))
        .value();
  }();
  return *made;
}

}  // namespace

/// A request's JSON for one of the roles and schemas, which the first byte chooses: planned and bound, or refused with
/// words, and never for a reason that is ours.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto request = graphql::parse_request({reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!request) return 0;
  request->schema = (data[0] & 1U) != 0 ? graphql::SchemaKind::kRelay : graphql::SchemaKind::kStandard;
  const Session session((data[0] & 2U) != 0 ? "admin" : "reader",
                        {{"x-hasura-tenant-id", "00000000-0000-8000-8000-000000000001"}});
  const auto plan = engine().plan(*request, session);
  if (!plan) {
    if (plan.error().name == ErrorName::kInternal || plan.error().message().empty()) std::abort();
    return 0;
  }
  if ((*plan)->statement() == nullptr) return 0;
  const auto bound = engine().bind(**plan, *request, session);
  if (!bound && (bound.error().name == ErrorName::kInternal || bound.error().message().empty())) std::abort();
  return 0;
}
