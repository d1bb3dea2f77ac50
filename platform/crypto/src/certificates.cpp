#include <platform/crypto/certificates.hpp>

#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace busflow::crypto {
namespace {

constexpr int kVersion3 = 2;
constexpr long kSecondsPerDay = 86'400;
/// Clocks of servers differ a little.
constexpr long kBackdated = -300;
/// RFC 5280, section 4.1.2.2: at most 20 octets, positive.
constexpr int kSerialBits = 127;

void require(bool is_done, const char* what) {
  if (!is_done) throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}

template <class Write>
std::string pem(const Write& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> memory(BIO_new(BIO_s_mem()), BIO_free_all);
  require(memory && write(memory.get()) == 1, "write PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), X509_EXTENSION_free);
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extend a certificate");
}

void set_random_serial(X509* certificate) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(BN_new(), BN_free);
  require(number && BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
          "number a certificate");
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Key new_key() {
  Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  require(key != nullptr, "make a key");
  return key;
}

/// All but who signs it.
Certificate new_certificate(const std::string& name, int days, EVP_PKEY* key) {
  Certificate certificate(X509_new(), X509_free);
  require(certificate && X509_set_version(certificate.get(), kVersion3) == 1, "make a certificate");
  set_random_serial(certificate.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), kBackdated);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * kSecondsPerDay);
  require(X509_set_pubkey(certificate.get(), key) == 1, "set a certificate's key");
  require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()),
                                     -1, 0) == 1,
          "name a certificate");
  return certificate;
}

class Authority {
 public:
  Authority(const std::string& name, int days)
      : days_(days), key_(new_key()), certificate_(new_certificate(name, days, key_.get())) {
    add_extension(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(certificate_.get(), certificate_.get(), NID_key_usage, "critical,keyCertSign");
    add_extension(certificate_.get(), certificate_.get(), NID_subject_key_identifier, "hash");
    sign(certificate_.get());
  }

  std::string certificate() const { return pem_of(certificate_.get()); }

  ServerCertificate certify(const std::string& host) const {
    const Key key = new_key();
    const Certificate own = new_certificate(host, days_, key.get());
    add_extension(own.get(), certificate_.get(), NID_subject_alt_name, "DNS:" + host);
    add_extension(own.get(), certificate_.get(), NID_ext_key_usage, "serverAuth");
    add_extension(own.get(), certificate_.get(), NID_authority_key_identifier, "keyid");
    sign(own.get());
    return {.certificate = pem_of(own.get()), .key = pem([&](BIO* memory) {
                                                return PEM_write_bio_PrivateKey(memory, key.get(), nullptr, nullptr, 0,
                                                                                nullptr, nullptr);
                                              })};
  }

 private:
  static std::string pem_of(const X509* certificate) {
    return pem([certificate](BIO* memory) { return PEM_write_bio_X509(memory, certificate); });
  }

  void sign(X509* certificate) const {
    require(X509_set_issuer_name(certificate, X509_get_subject_name(certificate_.get())) == 1 &&
                X509_sign(certificate, key_.get(), EVP_sha256()) > 0,
            "sign a certificate");
  }

  int days_;
  Key key_;
  Certificate certificate_;
};

}  // namespace

ServerCertificates make_server_certificates(const std::string& authority_name, const std::vector<std::string>& hosts,
                                            int days) {
  const Authority authority(authority_name, days);
  ServerCertificates made{.authority = authority.certificate(), .servers = {}};
  for (const auto& host : hosts) made.servers.emplace(host, authority.certify(host));
  return made;
}

}  // namespace busflow::crypto
