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
    Setting{"JWT_SECRET", "", true, "How tokens are verified: JSON with type and key, or jwk_url."},
    Setting{"JWT_SECRETS", "", true, "A JSON list of such; the token's issuer chooses."},
    Setting{"AUTH_HOOK", "", false, "A webhook that says who a caller is."},
    Setting{"AUTH_HOOK_MODE", "GET", false, "GET: with the caller's headers. POST: with them as JSON."},
    Setting{"ENABLE_ALLOWLIST", "false", false, "Only queries of allow-listed collections pass, admin's excepted."},
    Setting{"ENABLE_CONSOLE", "false", false, "GraphiQL at /."},
    Setting{"CONSOLE_ASSETS_DIR", "", false, "The folder with GraphiQL's files, which `make console` builds."},
    Setting{"ENABLED_APIS", "metadata,graphql,pgdump,config", false,
            "The APIs that are served: metadata, graphql, pgdump, config, developer."},
    Setting{
        "PG_DUMP", "", false,
        "The program pg_dump; empty: that of the server's version, else of the next. Not a setting of the reference."},
    Setting{"INFER_FUNCTION_PERMISSIONS", "true", false,
            "Whether who may select a function's rows may call it, when it only reads."},
    Setting{"STRINGIFY_NUMERIC_TYPES", "false", false,
            "Whether bigint, numeric and double precision are strings in answers."},
    Setting{"EXPERIMENTAL_FEATURES", "", false,
            "naming_convention: that of a source's customization is followed. Others are ignored."},
    Setting{"DEFAULT_NAMING_CONVENTION", "hasura-default", false,
            "hasura-default or graphql-default, for sources that do not say; with that feature only."},
    Setting{"CONNECTIONS", "4", false, "Database connections of each event loop for GraphQL."},
    Setting{"SERVER_THREADS", "0", false, "Event loops; 0: one per core. Not a setting of the reference."},
    Setting{"LOG_LEVEL", "info", false, "debug, info, warn or error."},
    Setting{"LIVE_QUERIES_MULTIPLEXED_REFETCH_INTERVAL", "1000", false,
            "Milliseconds between runs of live queries where the database tells of no changes."},
    Setting{"LIVE_QUERIES_MULTIPLEXED_BATCH_SIZE", "100", false, "Most subscribers that share one statement."},
    Setting{"EVENTS_HTTP_POOL_SIZE", "16", false, "Webhooks of event triggers that are called at once."},
    Setting{
        "ASYNC_ACTIONS_FETCH_INTERVAL", "1000", false,
        "Milliseconds between looks for calls of asynchronous actions that wait; 0: this instance looks for none, and "
        "makes none but those that others put into the job queue of REDIS_URL."},
    Setting{"EVENTS_FETCH_INTERVAL", "1000", false,
            "Milliseconds between looks for events while there are none; 0: this instance looks for none, and delivers "
            "none but those that others put into the job queue of REDIS_URL."},
    Setting{"EVENTS_FETCH_BATCH_SIZE", "100", false, "Most events taken at once, and most that wait in the job queue."},
    Setting{
        "EVENTS_LEASE", "60", false,
        "Seconds after which events that a killed instance had taken are delivered by another. Not a setting of the "
        "reference, which waits half an hour."},
    Setting{"EVENTS_RETENTION", "168", false,
            "Hours for which events that were delivered are kept. Not a setting of the reference, which keeps them for "
            "ever."},
    Setting{"EVENTS_ERROR_RETENTION", "", false,
            "Hours for which events that failed are kept, not less than EVENTS_RETENTION; four times that when absent. "
            "Not a setting of the reference."},
    Setting{
        "REDIS_URL", "", true,
        "A Redis through whose job queue events and calls of asynchronous actions come to whichever instance is free: "
        "redis://[[user]:password@]host[:port][/database] or unix:///path/to/socket. When absent, whoever finds a "
        "call makes it. Rate limits of the metadata are counted there, too; when absent, by each instance."},
    Setting{"WEBSOCKET_CONNECTION_INIT_TIMEOUT", "3", false, "Seconds that a WebSocket may take to introduce itself."},
    Setting{"WEBSOCKET_KEEPALIVE", "5", false, "Seconds between signs of life on a WebSocket."},
    Setting{"CLOSE_WEBSOCKETS_ON_METADATA_CHANGE", "false", false,
            "Whether subscriptions have to be made anew after a change; else they go on by the new metadata."},
    Setting{"SCHEMA_SYNC_POLL_INTERVAL", "1000", false,
            "Milliseconds between looks for changes made by other instances; 0: never."},
};

}  // namespace

std::span<const Setting> settings_table() { return kSettings; }

}  // namespace busflow::graphql_app
