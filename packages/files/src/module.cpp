#include <files/module.hpp>

#include <memory>
#include <span>

#include <platform/base/embedded_file.hpp>

#include "routes/routes.hpp"

namespace busflow::files {

std::span<const EmbeddedFile> files_metadata();
std::span<const EmbeddedFile> files_migrations();  // Defined by busflow_embed(), see CMakeLists.txt.

application::Module make_module(Dependencies dependencies) {
  const FileStore files(dependencies);
  const auto services = std::make_shared<const Services>(
      Services{.files = files,
               .addresses = SignedAddresses(dependencies.vault, dependencies.options.server_url),
               .verifier = dependencies.verifier,
               .image_places = std::make_shared<ImagePlaces>(2),
               .resumable = ResumableUploads(dependencies, files),
               .upkeep = Upkeep(dependencies),
               .server_url = dependencies.options.server_url});
  auto transfers = upload_routes(services);
  for (const auto& more : {download_routes(services), resumable_transfer_routes(services)})
    transfers.insert(transfers.end(), more.begin(), more.end());
  auto routes = other_routes(services);
  for (const auto& more : {resumable_routes(services), upkeep_routes(services)})
    routes.insert(routes.end(), more.begin(), more.end());
  return {
      .context = "files",
      .has_outbox = false,
      .actions = {},
      .event_handlers = {},
      .routes = std::move(routes),
      .transfer_routes = std::move(transfers),
      .migrations = files_migrations(),
      .metadata = files_metadata(),
      .seed_demo = {},
  };
}

}  // namespace busflow::files
