#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include <platform/base/embedded_file.hpp>
#include <platform/graphql/catalog.hpp>
#include <platform/graphql/engine.hpp>

/// The schema of these tests: artists with albums with tracks, each of a tenant.
namespace busflow::graphql::music {

std::span<const EmbeddedFile> migrations();
std::span<const EmbeddedFile> metadata();
/// The catalog as PostgreSQL would give it, for tests without a server.
Catalog catalog();
std::map<std::string, ActionHandler> handlers();

}  // namespace busflow::graphql::music
