#pragma once

#include <memory>
#include <vector>

#include <platform/application/module.hpp>

#include <files/module.hpp>

#include "signed_address.hpp"
#include "usecases/file_store.hpp"

/// The routes under /v1/storage, in the form of Nhost Storage
/// (https://github.com/nhost/nhost, services/storage/controller/openapi.yaml).
namespace busflow::files {

/// What the routes work with. Const use is thread-safe.
struct Services {
  FileStore files;
  SignedAddresses addresses;
  const token::Verifier& verifier;
};

std::vector<application::TransferRoute> upload_routes(const std::shared_ptr<const Services>& services);
std::vector<application::TransferRoute> download_routes(const std::shared_ptr<const Services>& services);
std::vector<application::Route> other_routes(const std::shared_ptr<const Services>& services);

}  // namespace busflow::files
