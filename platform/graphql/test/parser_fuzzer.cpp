#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <platform/graphql/document_facts.hpp>
#include <platform/graphql/request.hpp>

/// Any bytes as a document, and as a request's JSON: read, or refused with words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto fields = busflow::graphql::root_fields(text);
  if (!fields && fields.error().message().empty()) std::abort();
  const auto request = busflow::graphql::parse_request(text);
  if (!request && request.error().message().empty()) std::abort();
  return 0;
}
