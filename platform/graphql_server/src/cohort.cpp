#include "cohort.hpp"

#include <algorithm>

#include <platform/crypto/digest.hpp>
#include <platform/json/json.hpp>

namespace busflow::graphql_server {
namespace {

/// An element of a PostgreSQL array literal: quoted, with backslashes before what would end it.
std::string array_element(std::string_view text) {
  std::string element = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') element += '\\';
    element += letter;
  }
  return element + "\"";
}

}  // namespace

std::optional<postgres::Parameters> batch_parameters(const Cohort& cohort, std::span<const Uuid> ids) {
  std::string id_array = "{";
  std::string parameter_array = "{";
  for (const auto& id : ids) {
    const auto variant = cohort.variants.find(id);
    if (variant == cohort.variants.end()) continue;
    if (id_array.size() > 1) {
      id_array += ',';
      parameter_array += ',';
    }
    id_array += id.to_string();
    parameter_array += array_element(variant->second.parameters);
  }
  if (id_array.size() == 1) return std::nullopt;
  return postgres::Parameters{id_array + "}", parameter_array + "}"};
}

std::string parameters_text(const postgres::Parameters& parameters) {
  std::string text = "[";
  for (const auto& parameter : parameters) {
    if (text.size() > 1) text += ',';
    text += parameter ? json::quote(*parameter) : "null";
  }
  return text + "]";
}

postgres::Parameter parameter_at(const std::string& parameters, std::size_t index) {
  const json::Value parsed = json::parse(parameters).value();  // It was written by parameters_text().
  const json::Value& found = parsed.get_array().at(index);
  return found.is_null() ? std::nullopt : postgres::Parameter(std::string(found.get_string()));
}

std::string replace_parameter(const std::string& parameters, std::size_t index, std::string_view text) {
  json::Value parsed = json::parse(parameters).value();
  parsed.get_array().at(index) = text;
  return json::serialize(parsed);
}

Variant::Digest digest_of(std::string_view result) {
  const std::string hexadecimal = crypto::sha256_hex(result);
  // Half of it: 128 bits tell results apart, and nobody gains by making two alike.
  Variant::Digest digest{};
  std::ranges::copy(std::string_view(hexadecimal).substr(0, digest.size()), digest.begin());
  return digest;
}

}  // namespace busflow::graphql_server
