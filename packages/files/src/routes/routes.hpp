#pragma once

#include <memory>
#include <semaphore>
#include <string>
#include <vector>

#include <platform/application/module.hpp>

#include <files/module.hpp>

#include "signed_address.hpp"
#include "usecases/file_store.hpp"
#include "usecases/resumable_uploads.hpp"
#include "usecases/upkeep.hpp"

/// The routes under /v1/storage, in the form of Nhost Storage
/// (https://github.com/nhost/nhost, services/storage/controller/openapi.yaml).
namespace busflow::files {

/// Images that are worked on at the same time: each holds its file and some rows of pixels, and fills a core.
using ImagePlaces = std::counting_semaphore<2>;

/// What the routes work with. Const use is thread-safe.
struct Services {
  FileStore files;
  SignedAddresses addresses;
  const token::Verifier& verifier;
  std::shared_ptr<ImagePlaces> image_places;
  ResumableUploads resumable;
  Upkeep upkeep;
  std::string server_url;
};

std::vector<application::TransferRoute> upload_routes(const std::shared_ptr<const Services>& services);
std::vector<application::TransferRoute> download_routes(const std::shared_ptr<const Services>& services);
std::vector<application::TransferRoute> resumable_transfer_routes(const std::shared_ptr<const Services>& services);
std::vector<application::Route> resumable_routes(const std::shared_ptr<const Services>& services);
std::vector<application::Route> upkeep_routes(const std::shared_ptr<const Services>& services);
std::vector<application::Route> other_routes(const std::shared_ptr<const Services>& services);

}  // namespace busflow::files
