#pragma once

#include <map>
#include <string>
#include <vector>

/// X.509 certificates (RFC 5280) for servers that only we speak to.
namespace busflow::crypto {

/// Both in PEM.
struct ServerCertificate {
  std::string certificate;
  std::string key;  ///< P-256, PKCS #8.
};

struct ServerCertificates {
  std::string authority;                             ///< The certificate, in PEM, that clients trust.
  std::map<std::string, ServerCertificate> servers;  ///< By host name.
};

/// A certificate for each host name, all signed by an authority that is made for them. Its key is forgotten: the set is
/// replaced as a whole. Throws std::runtime_error when OpenSSL fails. Safe to call from any thread.
ServerCertificates make_server_certificates(const std::string& authority_name, const std::vector<std::string>& hosts,
                                            int days);

}  // namespace busflow::crypto
