#include <platform/graphql/error_response.hpp>

namespace busflow::graphql {
namespace {

constexpr std::string_view kWithheld = "internal error";

std::string object(const Error& error, bool is_from_handler) {
  // What went wrong inside may tell too much: the log has it.
  const std::string_view full = error.name == ErrorName::kInternal ? kWithheld : error.message();
  const auto line_end = full.find('\n');
  std::string_view hint = line_end == std::string_view::npos ? std::string_view() : full.substr(line_end + 1);
  if (is_from_handler && hint.empty()) hint = error.info().hint;
  std::string out = "{\"message\":" + json::quote(full.substr(0, line_end));
  out += ",\"extensions\":{\"path\":" +
         json::quote(error.path.empty() ? std::string_view("$") : std::string_view(error.path));
  out += ",\"code\":" + json::quote(error.info().graphql_code);
  if (is_from_handler) out += ",\"name\":" + json::quote(error.info().id);
  if (!hint.empty()) out += ",\"hint\":" + json::quote(hint);
  return out + "}}";
}

}  // namespace

std::string error_object(const Error& error) { return object(error, false); }

std::string handler_error_object(const Error& error) {
  Error at_root = error;
  at_root.path = "$";
  return object(at_root, true);
}

json::Object foreign_error(std::string_view message, std::string_view code) {
  return {{"message", message}, {"extensions", json::Object{{"path", "$"}, {"code", code}}}};
}

std::string error_response(const Error& error) { return "{\"errors\":[" + error_object(error) + "]}"; }

}  // namespace busflow::graphql
