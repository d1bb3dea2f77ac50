#include <files/module.hpp>

#include <memory>
#include <span>

#include <platform/base/embedded_file.hpp>

#include "routes/routes.hpp"

namespace busflow::files {

std::span<const EmbeddedFile> files_migrations();  // Defined by busflow_embed(), see CMakeLists.txt.

application::Module make_module(Dependencies dependencies) {
  const auto services = std::make_shared<const Services>(
      Services{.files = FileStore(dependencies),
               .addresses = SignedAddresses(dependencies.vault, dependencies.options.server_url),
               .verifier = dependencies.verifier});
  auto transfers = upload_routes(services);
  for (auto& download : download_routes(services)) transfers.push_back(std::move(download));
  return {
      .context = "files",
      .has_outbox = false,
      .actions = {},
      .event_handlers = {},
      .routes = other_routes(services),
      .transfer_routes = std::move(transfers),
      .migrations = files_migrations(),
      .metadata = {},
      .seed_demo = {},
  };
}

}  // namespace busflow::files
