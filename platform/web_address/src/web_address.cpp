#include <platform/web_address/web_address.hpp>

#include <boost/url.hpp>

namespace busflow::web_address {

std::optional<WebAddress> parse(std::string_view text) {
  // What browsers read as a slash or skip makes another address of it than we would see.
  if (text.find_first_of("\\\t\r\n ") != std::string_view::npos) return std::nullopt;
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed || !parsed->has_authority() || parsed->has_userinfo() || parsed->host().empty()) return std::nullopt;
  if (parsed->scheme_id() != boost::urls::scheme::http && parsed->scheme_id() != boost::urls::scheme::https)
    return std::nullopt;
  boost::urls::url normal(*parsed);
  normal.normalize();
  WebAddress address{.origin = std::string(normal.scheme()) + "://" + std::string(normal.encoded_host_and_port()),
                     .path = std::string(normal.encoded_path())};
  if (address.path.empty()) address.path = "/";
  // What is left of "..", also of a percent-encoded one, leads above the root.
  if ((address.path + "/").contains("/../")) return std::nullopt;
  return address;
}

std::string with_parameters(std::string_view address,
                            const std::vector<std::pair<std::string, std::string>>& parameters) {
  boost::urls::url url(address);
  // Everything but the unreserved characters: many readers take a plus for a space, as in forms.
  const auto encode = [](std::string_view text) { return boost::urls::encode(text, boost::urls::unreserved_chars); };
  for (const auto& [name, value] : parameters) url.encoded_params().set(encode(name), encode(value));
  return std::string(url.buffer());
}

std::optional<std::string> form_field(std::string_view form, std::string_view name) {
  const auto query = boost::urls::parse_query(form);
  if (!query) return std::nullopt;
  const boost::urls::encoding_opts form_rules(true, false, true);
  for (const auto& field : *query) {
    if (field.key.decode(form_rules) == name) return field.value.decode(form_rules);
  }
  return std::nullopt;
}

}  // namespace busflow::web_address
