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
  for (const auto& [name, value] : parameters) url.params().set(name, value);
  return std::string(url.buffer());
}

}  // namespace busflow::web_address
