#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace busflow {

/// Every outcome a caller may have to handle, in the order of error_table().
/// Adding one: a value here, a row in src/error.cpp, then `make reference`.
enum class ErrorName : std::uint8_t {
  kBadRequest,
  kInvalidJson,
  kValidationFailed,
  kParseFailed,
  kUnexpectedPayload,
  kAuthenticationRequired,
  kInvalidToken,
  kTokenExpired,
  kMissingRoleClaims,
  kInvalidClaims,
  kInvalidCredentials,
  kInvalidRefreshToken,
  kInvalidTicket,
  kInvalidOneTimePassword,
  kInvalidTotp,
  kInvalidPersonalAccessToken,
  kUserDisabled,
  kUserUnverified,
  kAnonymousForbidden,
  kSignUpDisabled,
  kPasswordTooShort,
  kRedirectNotAllowed,
  kLocaleNotAllowed,
  kEmailInUse,
  kUserNotAnonymous,
  kTotpSecretMissing,
  kTotpActive,
  kTotpInactive,
  kMfaTypeUnknown,
  kInvalidState,
  kOauthTokenExchangeFailed,
  kOauthProfileFetchFailed,
  kOauthProviderError,
  kMethodDisabled,
  kInvalidSecurityKey,
  kInvalidSecurityKeyProof,
  kElevationRequired,
  kRoleNotAllowed,
  kPermissionDenied,
  kNotFound,
  kMissingSessionVariable,
  kMethodNotAllowed,
  kRequestTimeout,
  kConflict,
  kStateConflict,
  kPayloadTooLarge,
  kUnsupportedMediaType,
  kHeaderTooLarge,
  kTooManyRequests,
  kConstraintViolation,
  kCheckViolation,
  kDataException,
  kConcurrentUpdate,
  kNotSupported,
  kOverloaded,
  kDatabaseUnavailable,
  kRedisUnavailable,
  kRedisFull,
  kUpstreamUnavailable,
  kUpstreamUntrusted,
  kUpstreamInvalid,
  kAddressNotAllowed,
  kDeadlineExceeded,
  kCancelled,
  kInvalidSetting,
  kInvalidMetadata,
  kMigrationFailed,
  kMigrationChanged,
  kUnsupportedVersion,
  kInternal,
};

/// One row of the table that all surfaces (HTTP, GraphQL, command line) and docs/reference/errors.md read.
struct ErrorInfo {
  ErrorName name;
  std::string_view id;            ///< kebab-case, stable: what clients may compare.
  std::uint16_t http_status;      ///< On REST routes. GraphQL answers 200 and carries `graphql_code`.
  std::string_view graphql_code;  ///< `extensions.code` as in Hasura v2.
  std::uint8_t exit_code;         ///< Of a command-line verb.
  std::string_view text;          ///< What happened, for people.
  std::string_view hint;          ///< What to do about it.
};

std::span<const ErrorInfo> error_table();
const ErrorInfo& error_info(ErrorName name);

/// An expected failure. Faults (bugs, out of memory) are exceptions instead.
struct Error {
  ErrorName name = ErrorName::kInternal;
  std::string detail;  ///< This case: what was wrong and where. Shown to the caller, so never a secret.
  std::string path{};  ///< Position in the input as JSONPath, "$.selectionSet.x"; empty when there is none.
  std::chrono::seconds retry_after{0};  ///< When it makes sense to try again; 0: not known.

  /// `detail`, or the table's text when there is no detail.
  std::string_view message() const;
  const ErrorInfo& info() const { return error_info(name); }
};

}  // namespace busflow
