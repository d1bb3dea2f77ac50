#include <array>

#include <platform/config/settings.hpp>

namespace busflow::config {
namespace {

constexpr std::int64_t kNoLimit = 0;

constexpr SettingInfo text(std::string_view name, std::string_view value, std::string_view help) {
  return {name, SettingType::kText, value, kNoLimit, kNoLimit, "", false, help};
}

constexpr SettingInfo secret(std::string_view name, std::string_view help) {
  return {name, SettingType::kText, "", kNoLimit, kNoLimit, "", true, help};
}

constexpr SettingInfo integer(std::string_view name, std::string_view value, std::int64_t minimum, std::int64_t maximum,
                              std::string_view unit, std::string_view help) {
  return {name, SettingType::kInteger, value, minimum, maximum, unit, false, help};
}

constexpr SettingInfo boolean(std::string_view name, std::string_view value, std::string_view help) {
  return {name, SettingType::kBoolean, value, kNoLimit, kNoLimit, "", false, help};
}

constexpr std::array kTable = {
    text("alerts.ca_file", "", "PEM file of the certificates that alerts trust; empty: the system's."),
    text("alerts.gh", "gh", "The program that speaks to GitHub."),
    text("alerts.github_host", "", "Host of GitHub Enterprise; empty: github.com."),
    text("alerts.github_repository", "", "owner/name where alerts become issues when Slack fails; empty: none."),
    secret("alerts.github_token", "Token of gh for those issues."),
    secret("alerts.heartbeat_url", "Address that is called after each good verification; silence there is the alarm."),
    secret("alerts.slack_webhook", "Incoming webhook of the channel for alerts."),
    text(
        "auth.allowed_redirect_urls", "",
        "Where sign-in links may lead besides auth.client_url, separated by commas; '*' stands for part of a host name "
        "or path."),
    text("auth.custom_claims", "",
         "Further claims of access tokens as JSON, such as {\"language\": \"locale\", \"company\": "
         "\"metadata.company\"}. People "
         "write their own metadata: no permission must rest on it."),
    text("auth.client_url", "http://127.0.0.1:8080", "Address of the web app: where sign-in links lead."),
    secret("auth.data_key", "Key that seals second factors and derives refresh tokens, at least 32 bytes."),
    boolean("auth.email_verification", "true", "Whether an address must be proven before its owner may sign in."),
    text("auth.jwt_issuer", "busflow", "The 'iss' of access tokens; others are refused."),
    secret(
        "auth.jwt_key",
        "Keys of access tokens; the first signs, all verify. Private keys in PEM (RSA: RS256, P-256: ES256, Ed25519: "
        "EdDSA), or secrets of at least 32 bytes, one per line (HS256)."),
    integer("auth.access_token_seconds", "900", 10, 86400, "s", "How long an access token is valid."),
    integer("auth.refresh_token_seconds", "604800", 60, 31536000, "s", "How long a refresh token is valid."),
    integer("auth.failed_sign_ins", "10", 1, 1000, "",
            "Failed sign-ins of one account within five minutes before it has to wait."),
    integer("auth.failed_sign_ins_by_address", "100", 1, 100000, "",
            "Failed sign-ins from one address within five minutes before it has to wait."),
    integer("auth.messages", "10", 1, 1000, "", "E-mails or SMS to one recipient within an hour."),
    integer("auth.messages_by_address", "50", 1, 100000, "",
            "E-mails and SMS asked for from one address within an hour."),
    text("auth.methods", "password,email-link,email-code,sms-code,security-key,anonymous",
         "Ways to sign in that are offered, besides the providers."),
    integer("auth.password_length", "9", 3, 128, "characters", "Shortest password."),
    secret("auth.providers",
           "Accounts elsewhere that people may sign in with, as JSON: see docs/operations/sign-in-providers.md."),
    text("auth.providers_ca_file", "", "PEM file of the certificates that providers may have; empty: the system's."),
    boolean("auth.providers_are_private", "false",
            "Whether providers may have private addresses, as one in the company's own network has."),
    text("auth.security_key_origins", "",
         "Pages that may ask for security keys, separated by commas; empty: auth.client_url."),
    text("auth.security_key_site", "",
         "Host name that security keys belong to, or a domain above it; empty: that of the first such page."),
    text("auth.server_url", "http://127.0.0.1:4000/v1/auth", "Address of this service, as links in e-mails name it."),
    integer("auth.refresh_grace_seconds", "60", 0, 600, "s",
            "For how long a refresh token that was used gives the same successor again."),
    boolean("auth.sign_up", "true",
            "Whether people may sign up by themselves. Without an operator they see nothing yet."),
    integer("auth.sign_ups_by_address", "10", 1, 100000, "", "New accounts from one address within five minutes."),
    text("automation.ca_file", "", "PEM file of the certificates that the webhook may have; empty: the system's."),
    secret("automation.signing_secret", "Key that webhooks are signed with, at least 32 bytes; n8n knows it, too."),
    text("automation.webhook_url", "",
         "Where events are told, such as http://n8n:5678/webhook/busflow; empty: nowhere."),
    text("backup.database_user", "busflow_backup", "Dumps the database: needs pg_read_all_data and BYPASSRLS."),
    secret("backup.database_password", "Password of that role; none on a trusted socket."),
    text("backup.name_format", "pg_dump_%Y%m%d_%H%M.dump",
         "How dumps are named. Nothing but this is accepted: it is what verification looks for."),
    text("backup.rclone", "rclone", "The program that speaks to object stores."),
    text("backup.source", "", "Where dumps are: minio-inswarm or hetzner-s3."),
    text("backup.verify_folder", "config/backup-verify", "Folder with the allow-lists and probes of verification."),
    boolean("communications.mailbox", "false",
            "Serve what was sent at /v1/mailbox, to anybody: for development and tests only."),
    text("database.host", "/var/run/postgresql", "Host name, or the directory of the Unix socket."),
    integer("database.port", "5432", 1, 65535, "", "Port, also part of the socket's name."),
    text("database.name", "busflow", "Database name."),
    text("database.owner_user", "busflow_owner", "Owns the schemas; 'busflow migrate' runs as this role."),
    text("database.service_user", "busflow_service",
         "Runs commands, taking on one busflow_<context> role per transaction."),
    text("database.graphql_user", "busflow_graphql", "Runs GraphQL reads."),
    text("database.change_feed_user", "busflow_change_feed",
         "Follows changes by logical replication, for live queries; empty: they are polled."),
    secret("database.owner_password", "Password of the owner; none on a trusted socket."),
    secret("database.service_password", "Password of the service role."),
    secret("database.graphql_password", "Password of the GraphQL role."),
    secret("database.change_feed_password", "Password of the change feed's role."),
    text("database.sslmode", "prefer", "As in libpq. Over a network use verify-full."),
    text("database.ssl_root_certificate", "", "File with the certificate authority of the database."),
    integer("database.max_connections", "20", 1, 1000, "", "Connections for commands, per process."),
    integer("database.pipeline_connections", "4", 1, 16, "", "Connections for GraphQL, per event loop."),
    integer("database.connect_timeout_ms", "5000", 100, 60000, "ms", "Longest wait for a new connection."),
    text("files.folder", ".local/files", "Folder of uploaded files, where no S3 server is set."),
    text("files.s3_access_key_id", "", "Identifies us to the S3 server."),
    text("files.s3_bucket", "busflow-files", "Bucket of uploaded files."),
    text("files.s3_ca_file", "", "PEM file of the certificates that the S3 server may have; empty: the system's."),
    text("files.s3_endpoint", "",
         "Address of the S3 server, such as https://fsn1.your-objectstorage.com; empty: a folder."),
    boolean("files.s3_path_style", "false", "Name the bucket in the path instead of the host name."),
    text("files.s3_region", "us-east-1", "Region of the bucket."),
    secret("files.s3_secret_access_key", "Secret of that identity."),
    text("files.server_url", "http://127.0.0.1:4000/v1/storage",
         "Address of this service, as signed addresses name it."),
    text("files.virus_scanner", "",
         "ClamAV daemon that looks at every upload: unix:/run/clamav/clamd.ctl or tcp:host:3310; empty: none."),
    integer("files.transfers", "16", 1, 1000, "", "Uploads and downloads at the same time, per process."),
    integer("graphql.live_query_interval_ms", "1000", 50, 60000, "ms",
            "How often live queries are run while there is no change feed."),
    integer("graphql.live_query_pause_ms", "50", 0, 60000, "ms",
            "Least time between two runs of a live query while the database is being written to."),
    integer("graphql.live_query_batch", "100", 1, 10000, "", "Most subscribers that share one SQL statement."),
    integer("graphql.max_query_bytes", "65536", 256, 10485760, "bytes", "Longest GraphQL text."),
    integer("graphql.max_depth", "20", 1, 100, "", "Deepest nesting of selections."),
    text("hetzner_s3.bucket", "busflow-backups", "Bucket of the off-site store, Hetzner Object Storage."),
    text("hetzner_s3.ca_file", "", "PEM file of the certificates to trust; empty: the system's."),
    text("hetzner_s3.endpoint", "", "Address of the off-site store, Hetzner Object Storage; must begin with https://."),
    text("hetzner_s3.provider", "Other", "rclone's name for what answers there."),
    text("hetzner_s3.region", "fsn1", "Region that requests are signed for."),
    secret("hetzner_s3.access_key", "Access key of the off-site store, Hetzner Object Storage."),
    secret("hetzner_s3.secret_key", "Secret key of the off-site store, Hetzner Object Storage."),
    text("http.address", "127.0.0.1", "Address to listen on."),
    integer("http.port", "4000", 0, 65535, "", "Port to listen on; 0 takes a free one and logs it."),
    integer("http.threads", "0", 0, 256, "", "Event loops; 0 means one per core."),
    integer("http.max_header_bytes", "16384", 1024, 1048576, "bytes", "Largest request header; beyond it 431."),
    integer("http.max_body_bytes", "1048576", 1024, 1073741824, "bytes", "Largest request body; beyond it 413."),
    integer("http.header_timeout_ms", "10000", 50, 600000, "ms",
            "Longest time for a request's header to arrive; then 408."),
    integer("http.body_timeout_ms", "15000", 50, 600000, "ms",
            "Longest time for a request's body to arrive; then 408."),
    integer("http.idle_timeout_ms", "75000", 50, 3600000, "ms", "How long an idle connection is kept."),
    integer("http.request_timeout_ms", "30000", 50, 600000, "ms", "Longest time to answer a request; then 504."),
    integer("http.shutdown_delay_ms", "0", 0, 60000, "ms",
            "How long requests are still taken after SIGTERM, so that whoever distributes them learns of it."),
    integer("http.max_connections", "4096", 1, 1000000, "", "Open connections; beyond it 503."),
    text("jobs.prefix", "bull", "First part of every Redis key, as BullMQ's prefix."),
    integer("jobs.concurrency", "4", 1, 256, "", "Jobs that one process works on at a time, per queue."),
    integer("jobs.lock_ms", "30000", 200, 3600000, "ms",
            "How long a job belongs to its worker without a sign of life."),
    integer("jobs.stalled_interval_ms", "30000", 100, 3600000, "ms", "How often jobs of dead workers are looked for."),
    integer("jobs.max_stalled", "5", 0, 1000, "",
            "A job whose workers died more often than that fails instead of being tried again."),
    integer("jobs.timeout_ms", "300000", 1000, 86400000, "ms", "Time that one attempt at an event handler may take."),
    integer("jobs.attempts", "8", 1, 100, "", "How often an event handler is tried before its job counts as failed."),
    text("log.level", "info", "debug, info, warning or error."),
    text("minio_inswarm.bucket", "busflow-backups", "Bucket of the store inside the Swarm."),
    text("minio_inswarm.ca_file", "", "PEM file of the certificates to trust; empty: the system's."),
    text("minio_inswarm.endpoint", "", "Address of the store inside the Swarm; must begin with https://."),
    text("minio_inswarm.provider", "Minio", "rclone's name for what answers there."),
    text("minio_inswarm.region", "us-east-1", "Region that requests are signed for."),
    secret("minio_inswarm.access_key", "Access key of the store inside the Swarm."),
    secret("minio_inswarm.secret_key", "Secret key of the store inside the Swarm."),
    text("operator.state_directory", "",
         "Audit log of busflowctl; empty: $XDG_STATE_HOME/busflowctl or ~/.local/state/busflowctl."),
    integer("outbox.batch", "100", 1, 10000, "", "Most events that are relayed in one transaction."),
    integer("outbox.poll_ms", "1000", 10, 60000, "ms", "How often the outbox is looked at when nothing is announced."),
    text("redis.socket", "", "Unix socket of Redis; wins over host and port."),
    text("redis.host", "127.0.0.1", "Host name of Redis."),
    integer("redis.port", "6379", 1, 65535, "", "Port of Redis."),
    secret("redis.password", "Password of Redis."),
    integer("redis.timeout_ms", "5000", 100, 60000, "ms", "Longest wait for Redis to connect or answer."),
    text("telemetry.service_name", "busflow", "Name of this process in logs."),
    integer("work.http_port", "0", 0, 65535, "", "Port for health and metrics of 'busflow work'; 0 takes a free one."),
    integer("workers.threads", "16", 1, 1024, "", "Threads for the packages' code."),
    integer("workers.queue_limit", "256", 1, 100000, "", "Calls that may wait for a thread; beyond it 503."),
};

}  // namespace

std::span<const SettingInfo> settings_table() { return kTable; }

}  // namespace busflow::config
