#include <gtest/gtest.h>

#include <memory>

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <platform/crypto/certificates.hpp>

namespace busflow::crypto {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free_all)>;

Memory memory_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all};
}

Certificate read(const std::string& pem) {
  return {PEM_read_bio_X509(memory_of(pem).get(), nullptr, nullptr, nullptr), X509_free};
}

/// Whether a client that trusts the authority takes the certificate for this server.
bool is_accepted(const std::string& certificate, const std::string& authority, const std::string& host) {
  const auto own = read(certificate);
  const auto trusted = read(authority);
  const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
  X509_STORE_add_cert(store.get(), trusted.get());
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                                X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), own.get(), nullptr);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
  return X509_verify_cert(context.get()) == 1;
}

TEST(Certificates, clientsAcceptThemForTheirHostOnly) {
  const auto made = make_server_certificates("Test authority", {"postgres", "object-store"}, 30);
  ASSERT_EQ(made.servers.size(), 2U);
  EXPECT_TRUE(is_accepted(made.servers.at("postgres").certificate, made.authority, "postgres"));
  EXPECT_TRUE(is_accepted(made.servers.at("object-store").certificate, made.authority, "object-store"));
  EXPECT_FALSE(is_accepted(made.servers.at("postgres").certificate, made.authority, "object-store"));
  const auto other = make_server_certificates("Test authority", {"postgres"}, 30);
  EXPECT_FALSE(is_accepted(made.servers.at("postgres").certificate, other.authority, "postgres"));
}

TEST(Certificates, keysBelongToTheirCertificates) {
  const auto made = make_server_certificates("Test authority", {"a", "b"}, 30);
  const auto key_fits = [&](const std::string& key_of, const std::string& certificate_of) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(memory_of(made.servers.at(key_of).key).get(), nullptr, nullptr, nullptr),
        EVP_PKEY_free);
    return X509_check_private_key(read(made.servers.at(certificate_of).certificate).get(), key.get()) == 1;
  };
  EXPECT_TRUE(key_fits("a", "a"));
  EXPECT_TRUE(key_fits("b", "b"));
  EXPECT_FALSE(key_fits("a", "b"));
}

TEST(Certificates, areValidForTheDays) {
  const auto made = make_server_certificates("Test authority", {"a"}, 30);
  const auto certificate = read(made.servers.at("a").certificate);
  int days = 0;
  int seconds = 0;
  ASSERT_EQ(ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate.get())), 1);
  EXPECT_GE(days, 29);
  EXPECT_LE(days, 30);
}

}  // namespace
}  // namespace busflow::crypto
