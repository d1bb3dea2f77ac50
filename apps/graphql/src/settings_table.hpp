#pragma once

#include <span>
#include <string_view>

namespace busflow::graphql_app {

/// One setting, under the reference's name: HASURA_GRAPHQL_SERVER_PORT and --server-port.
struct Setting {
  std::string_view name;  ///< "SERVER_PORT"
  std::string_view by_default;
  bool is_secret = false;  ///< May come from a file, NAME_FILE, and never from the command line.
  std::string_view text;
};

std::span<const Setting> settings_table();

}  // namespace busflow::graphql_app
