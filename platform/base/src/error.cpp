#include <platform/base/error.hpp>

#include <array>

namespace busflow {
namespace {

using enum ErrorName;

constexpr std::array kTable = {
    ErrorInfo{kBadRequest, "bad-request", 400, "bad-request", 2, "The request cannot be understood.",
              "Correct the request as the message says."},
    ErrorInfo{kInvalidJson, "invalid-json", 400, "invalid-json", 2, "The body is not valid JSON.",
              "Send a JSON object; the message names the position of the first error."},
    ErrorInfo{kValidationFailed, "validation-failed", 400, "validation-failed", 2, "The input does not fit the schema.",
              "Correct the field that the path names."},
    ErrorInfo{kParseFailed, "parse-failed", 400, "parse-failed", 2, "A value cannot be read.",
              "Correct the value that the path names."},
    ErrorInfo{kUnexpectedPayload, "unexpected-payload", 400, "unexpected-payload", 2,
              "This kind of operation is not served here.", "Use the transport the message names."},
    ErrorInfo{kAuthenticationRequired, "authentication-required", 401, "invalid-headers", 3,
              "The request carries no access token.", "Sign in and send 'Authorization: Bearer <token>'."},
    ErrorInfo{kInvalidToken, "invalid-token", 401, "invalid-jwt", 3, "The access token is not valid.",
              "Sign in again."},
    ErrorInfo{kTokenExpired, "token-expired", 401, "invalid-jwt", 3, "The access token has expired.",
              "Get a new one with the refresh token, or sign in again."},
    ErrorInfo{kMissingRoleClaims, "missing-role-claims", 401, "jwt-missing-role-claims", 3,
              "The access token names no roles.", "Sign in again; if that does not help, check the issuer's claims."},
    ErrorInfo{kInvalidClaims, "invalid-claims", 401, "jwt-invalid-claims", 3,
              "The access token's claims have the wrong shape.",
              "Sign in again; if that does not help, check the issuer's claims."},
    ErrorInfo{kInvalidCredentials, "invalid-email-password", 401, "invalid-credentials", 3,
              "Incorrect email or password", "Check both and try again."},
    ErrorInfo{kInvalidRefreshToken, "invalid-refresh-token", 401, "invalid-refresh-token", 3,
              "Invalid or expired refresh token", "Sign in again."},
    ErrorInfo{kRoleNotAllowed, "role-not-allowed", 403, "access-denied", 3,
              "Your requested role is not in allowed roles", "Ask for a role that the token allows."},
    ErrorInfo{kPermissionDenied, "permission-denied", 403, "permission-error", 3, "The role may not do this.",
              "Ask a manager of the operator for the right."},
    ErrorInfo{kNotFound, "not-found", 404, "not-found", 4, "There is no such thing.", "Check the id or the address."},
    ErrorInfo{kMissingSessionVariable, "missing-session-variable", 400, "not-found", 3,
              "The access token lacks a variable that a permission needs.",
              "Sign in to an operator, so that the token names it."},
    ErrorInfo{kMethodNotAllowed, "method-not-allowed", 405, "method-not-allowed", 2,
              "The address does not take this method.", "Use a method that the Allow header lists."},
    ErrorInfo{kRequestTimeout, "request-timeout", 408, "timeout", 5, "The request arrived too slowly.",
              "Send it again on a better connection."},
    ErrorInfo{kConflict, "conflict", 409, "conflict", 4, "Something of that name or state is already there.",
              "Reload and decide again."},
    ErrorInfo{kStateConflict, "state-conflict", 409, "conflict", 4, "The present state does not allow this step.",
              "Reload; the message names the state and the steps it allows."},
    ErrorInfo{kPayloadTooLarge, "payload-too-large", 413, "bad-request", 2, "The body is larger than allowed.",
              "Send less at once; see http.max_body_bytes."},
    ErrorInfo{kUnsupportedMediaType, "unsupported-media-type", 415, "bad-request", 2,
              "The body has a type that is not served here.", "Send 'Content-Type: application/json'."},
    ErrorInfo{kHeaderTooLarge, "header-too-large", 431, "bad-request", 2,
              "The request's header is larger than allowed.",
              "Send fewer or shorter headers; see http.max_header_bytes."},
    ErrorInfo{kTooManyRequests, "too-many-requests", 429, "busy", 5, "Too many requests in a short time.",
              "Wait as long as Retry-After says."},
    ErrorInfo{kConstraintViolation, "constraint-violation", 400, "constraint-violation", 4,
              "The change would break a rule of the data.", "Correct the values the message names."},
    ErrorInfo{kCheckViolation, "check-violation", 400, "permission-error", 4,
              "The change would break a check of the data.", "Correct the values the message names."},
    ErrorInfo{kDataException, "data-exception", 400, "data-exception", 2, "A value has the wrong form.",
              "Correct the value the message names."},
    ErrorInfo{kConcurrentUpdate, "concurrent-update", 409, "concurrent-update", 5,
              "Somebody else changed the same data at the same time.", "Try again."},
    ErrorInfo{kNotSupported, "not-supported", 400, "not-supported", 2, "This is not supported.",
              "See docs/protocols for what is."},
    ErrorInfo{kOverloaded, "overloaded", 503, "busy", 5, "The server has more to do than it can queue.",
              "Try again after the seconds in Retry-After."},
    ErrorInfo{kDatabaseUnavailable, "database-unavailable", 503, "connection-not-established", 5,
              "The database cannot be reached.", "Check PostgreSQL and database.* settings; work resumes by itself."},
    ErrorInfo{kRedisUnavailable, "redis-unavailable", 503, "connection-not-established", 5, "Redis cannot be reached.",
              "Check Redis and redis.* settings; work resumes by itself."},
    ErrorInfo{kRedisFull, "redis-full", 503, "unexpected", 5, "Redis has no memory left; nothing was written.",
              "Raise maxmemory, or remove finished jobs with `busflow jobs clean`."},
    ErrorInfo{kUpstreamUnavailable, "upstream-unavailable", 502, "unexpected", 5,
              "A server that this needs cannot be reached.", "Check the server and the network; then try again."},
    ErrorInfo{kUpstreamUntrusted, "upstream-untrusted", 502, "unexpected", 5, "A server could not prove who it is.",
              "Check its certificate and, where it has an authority of its own, the setting that names the CA file."},
    ErrorInfo{kUpstreamInvalid, "upstream-invalid", 502, "unexpected", 5, "A server's answer cannot be used.",
              "Check that the address leads to the right server."},
    ErrorInfo{kAddressNotAllowed, "address-not-allowed", 400, "validation-failed", 2,
              "This address may not be called from here.", "Use a public https:// address."},
    ErrorInfo{kDeadlineExceeded, "deadline-exceeded", 504, "timeout", 5, "The work took longer than allowed.",
              "Try again; if it persists look at the trace."},
    ErrorInfo{kCancelled, "cancelled", 503, "busy", 5,
              "The work was cancelled, because the server is stopping or the client left.", "Try again."},
    ErrorInfo{kInvalidSetting, "invalid-setting", 500, "invalid-configuration", 6,
              "A setting is missing or has a wrong value.",
              "Correct the setting the message names; see docs/reference/settings.md."},
    ErrorInfo{kInvalidMetadata, "invalid-metadata", 500, "invalid-configuration", 6,
              "The GraphQL metadata does not fit the database.", "Correct the file the message names."},
    ErrorInfo{kMigrationFailed, "migration-failed", 500, "unexpected", 7,
              "A migration could not be applied; its transaction was rolled back.",
              "Correct the statement the message names and migrate again."},
    ErrorInfo{kMigrationChanged, "migration-changed", 500, "unexpected", 7,
              "A migration that was already applied has been edited or is missing.",
              "Restore the file; put the change into a new migration."},
    ErrorInfo{kUnsupportedVersion, "unsupported-version", 500, "unexpected", 6,
              "A server has a version that is not supported.", "Upgrade it as the message says."},
    ErrorInfo{kInternal, "internal", 500, "unexpected", 1, "Something went wrong inside.",
              "Look up the request id in the log."},
};

constexpr bool in_enum_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].name) != i) return false;
  }
  return kTable.size() == static_cast<std::size_t>(kInternal) + 1;
}
static_assert(in_enum_order(), "error_table() must list every ErrorName, in order");

}  // namespace

std::span<const ErrorInfo> error_table() { return kTable; }

const ErrorInfo& error_info(ErrorName name) { return kTable[static_cast<std::size_t>(name)]; }

std::string_view Error::message() const { return detail.empty() ? info().text : std::string_view(detail); }

}  // namespace busflow
