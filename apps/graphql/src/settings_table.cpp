#include "settings_table.hpp"

#include <array>

namespace busflow::graphql_app {
namespace {

constexpr std::array kSettings = {
    Setting{"DATABASE_URL", "", true, "The database that is served, as the source \"default\"."},
    Setting{"METADATA_DATABASE_URL", "", true, "The database that holds the metadata; DATABASE_URL when absent."},
    Setting{"SERVER_HOST", "127.0.0.1", false,
            "The address that is listened on. The reference's default is every address."},
    Setting{"SERVER_PORT", "8080", false, "The port; 0 takes a free one."},
    Setting{"ADMIN_SECRET", "", true, "Who shows it may do everything. Without one, everybody may."},
    Setting{"ACCESS_KEY", "", true, "The older name of ADMIN_SECRET."},
    Setting{"UNAUTHORIZED_ROLE", "", false, "The role of callers who show neither secret nor token."},
    Setting{"ENABLED_APIS", "metadata,graphql,pgdump,config", false,
            "The APIs that are served: metadata, graphql, pgdump, config, developer."},
    Setting{"CONNECTIONS", "4", false, "Database connections of each event loop for GraphQL."},
    Setting{"SERVER_THREADS", "0", false, "Event loops; 0: one per core. Not a setting of the reference."},
    Setting{"LOG_LEVEL", "info", false, "debug, info, warn or error."},
    Setting{"SCHEMA_SYNC_POLL_INTERVAL", "1000", false,
            "Milliseconds between looks for changes made by other instances; 0: never."},
};

}  // namespace

std::span<const Setting> settings_table() { return kSettings; }

}  // namespace busflow::graphql_app
