#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace busflow::web_address {

/// An absolute http or https address, normalised (RFC 3986, section 6) so that two can be compared.
struct WebAddress {
  std::string origin;  ///< "https://host" or "https://host:8443".
  std::string path;    ///< "/" at least; no ".." leads out of it.
};

/// Nothing for any other text, for one with a user name, and for one that a browser would read differently: with a
/// backslash, a space or a line break.
std::optional<WebAddress> parse(std::string_view text);

/// The address with the parameters set in its query, percent-encoded, before its fragment. The address must be one that
/// parse() takes.
std::string with_parameters(std::string_view address,
                            const std::vector<std::pair<std::string, std::string>>& parameters);

/// A field of a form (application/x-www-form-urlencoded), decoded; nothing when it has none.
std::optional<std::string> form_field(std::string_view form, std::string_view name);

}  // namespace busflow::web_address
