#include <platform/redis/address.hpp>

#include <charconv>
#include <optional>

#include <boost/url/parse.hpp>

namespace busflow::redis {
namespace {

constexpr auto kHint =
    "redis://[[user]:password@]host[:port][/database], or unix:///path/to/socket; special characters of the password "
    "are written as %XX";

std::unexpected<Error> refuse(std::string_view what) {
  return fail(ErrorName::kInvalidSetting, std::string(what) + "; an address of Redis is " + kHint);
}

std::optional<int> number_in(std::string_view text, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size() && number >= 0 && number <= most;
  return is_number ? std::optional(number) : std::nullopt;
}

Result<void> read_place(Options& options, const boost::urls::url_view& url) {
  options.host = url.host_address();
  if (options.host.empty()) return refuse("the host is missing");
  if (url.has_port()) {
    const auto port = number_in(url.port(), 65535);
    if (!port || *port == 0) return refuse("the port is not a number from 1 to 65535");
    options.port = *port;
  }
  const std::string path = url.path();
  if (path.size() <= 1) return {};
  const auto database = number_in(std::string_view(path).substr(1), 1'000'000);
  if (!database) return refuse("the database, after the host, is not a number");
  options.database = *database;
  return {};
}

Result<void> read_socket(Options& options, const boost::urls::url_view& url) {
  if (!url.host_address().empty() || url.has_port()) return refuse("a socket has a path and no host: three slashes");
  options.socket = url.path();
  if (options.socket.size() <= 1) return refuse("the path of the socket is missing");
  return {};
}

}  // namespace

Result<Options> parse_address(std::string_view text) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return refuse("this is no URL");
  const auto& url = *parsed;
  if (url.scheme() == "rediss")
    return refuse("TLS (rediss://) is not supported: use a private network, or a proxy that encrypts");
  if (url.scheme() != "redis" && url.scheme() != "unix") return refuse("the URL begins neither with redis: nor unix:");
  if (url.has_query() || url.has_fragment()) return refuse("nothing may follow '?' or '#'");
  Options options{.password = url.password(), .user = url.user()};
  if (!options.user.empty() && options.password.empty()) return refuse("a user without a password");
  BUSFLOW_CHECK(url.scheme() == "unix" ? read_socket(options, url) : read_place(options, url));
  return options;
}

}  // namespace busflow::redis
