#pragma once

#include <string>

#include <platform/application/module.hpp>
#include <platform/blob_store/blob_store.hpp>
#include <platform/crypto/vault.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/token/verifier.hpp>
#include <platform/virus_scan/scanner.hpp>

/// Files that people upload. The routes under /v1/storage are those of Nhost Storage, so that its clients work
/// unchanged (docs/protocols/storage.md).
namespace busflow::files {

struct Options {
  std::string server_url = "http://127.0.0.1:4000/v1/storage";  ///< As signed addresses name this service.
};

struct Dependencies {
  postgres::Pool& pool;
  const token::Verifier& verifier;
  const crypto::Vault& vault;  ///< Signs addresses.
  blob_store::BlobStore& store;
  const virus_scan::Scanner& scanner;
  Options options{};
};

/// The references must outlive the module.
application::Module make_module(Dependencies dependencies);

}  // namespace busflow::files
