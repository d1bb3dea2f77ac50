#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace busflow::identity {

/// Decides where a link in an e-mail may lead: an open redirect would lend our name to anybody's page.
class RedirectPolicy {
 public:
  /// `allowed`: further addresses separated by commas. '*' stands for any characters but '/' in the host name or the
  /// path, '**' for any characters of the path.
  RedirectPolicy(std::string client_url, std::string_view allowed);

  /// Whether it is below the client's address or fits a pattern. Only absolute http and https addresses without user
  /// name can.
  bool allows(const std::string& url) const;
  const std::string& client_url() const { return client_url_; }

 private:
  std::string client_url_;
  std::vector<std::string> patterns_;
};

}  // namespace busflow::identity
