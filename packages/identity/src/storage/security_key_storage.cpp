#include "storage/security_key_storage.hpp"

#include <charconv>

#include <platform/crypto/base64.hpp>

namespace busflow::identity {
namespace {

constexpr postgres::Statement kInsert{
    "identity.insert_security_key",
    "insert into identity.security_keys"
    "    (id, credential_id, user_id, public_key, algorithm, sign_count, nickname, created_at)"
    "  values ($1, $2, $3, $4, $5::integer, $6::bigint, $7, $8) on conflict do nothing"};
#define BUSFLOW_KEY                                                                               \
  "select id, credential_id, user_id, public_key, algorithm, sign_count, nickname,"               \
  "    to_char(created_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as created_at" \
  "  from identity.security_keys"
constexpr postgres::Statement kOfUser{"identity.security_keys_of",
                                      BUSFLOW_KEY " where user_id = $1 order by created_at, id"};
constexpr postgres::Statement kLock{"identity.lock_security_key", BUSFLOW_KEY " where credential_id = $1 for update"};
#undef BUSFLOW_KEY
constexpr postgres::Statement kCount{
    "identity.set_sign_count",
    "update identity.security_keys set sign_count = $2::bigint, last_used_at = $3 where id = $1"};
constexpr postgres::Statement kDelete{"identity.delete_security_key",
                                      "delete from identity.security_keys where user_id = $1 and id = $2::uuid"};
constexpr postgres::Statement kForget{"identity.forget_questions",
                                      "delete from identity.security_key_questions where expires_at < $1"};
constexpr postgres::Statement kAsk{
    "identity.insert_question",
    "insert into identity.security_key_questions (challenge, purpose, user_id, email, expires_at)"
    "  values ($1, $2, nullif($3, '')::uuid, $4, $5)"};
constexpr postgres::Statement kTake{
    "identity.take_question",
    "delete from identity.security_key_questions where challenge = $1 and purpose = $2 and expires_at > $3"
    "  returning coalesce(user_id::text, '') as user_id, email"};

template <class Number>
Number number(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string bytes(std::string_view text) { return crypto::decode_base64url(text).value_or(""); }

SecurityKey to_key(const postgres::Rows& rows, std::size_t row) {
  const auto field = [&](std::string_view name) { return std::string(rows.text(row, name)); };
  return {.id = field("id"),
          .user_id = field("user_id"),
          .nickname = field("nickname"),
          .created_at = field("created_at"),
          .credential = {.id = bytes(field("credential_id")),
                         .public_key = bytes(field("public_key")),
                         .algorithm = number<std::int64_t>(field("algorithm")),
                         .sign_count = number<std::uint32_t>(field("sign_count"))}};
}

}  // namespace

Result<bool> insert_security_key(postgres::Transaction& transaction, const SecurityKey& key, WallTime now) {
  const auto& credential = key.credential;
  BUSFLOW_TRY(const auto count,
              transaction.change(kInsert,
                                 {key.id, crypto::encode_base64url(credential.id), key.user_id,
                                  crypto::encode_base64url(credential.public_key), std::to_string(credential.algorithm),
                                  std::to_string(credential.sign_count), key.nickname, to_rfc3339(now)}));
  return count > 0;
}

Result<std::vector<SecurityKey>> security_keys_of(postgres::Transaction& transaction, const std::string& user_id) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kOfUser, {user_id}));
  std::vector<SecurityKey> keys;
  for (std::size_t row = 0; row < rows.size(); ++row) keys.push_back(to_key(rows, row));
  return keys;
}

Result<std::optional<SecurityKey>> lock_security_key(postgres::Transaction& transaction,
                                                     const std::string& credential_id) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kLock, {crypto::encode_base64url(credential_id)}));
  return rows.empty() ? std::nullopt : std::optional(to_key(rows, 0));
}

Result<void> set_sign_count(postgres::Transaction& transaction, const std::string& id, std::uint32_t count,
                            WallTime now) {
  BUSFLOW_CHECK(transaction.change(kCount, {id, std::to_string(count), to_rfc3339(now)}));
  return {};
}

Result<bool> delete_security_key(postgres::Transaction& transaction, const std::string& user_id,
                                 const std::string& id) {
  BUSFLOW_TRY(const auto count, transaction.change(kDelete, {user_id, id}));
  return count > 0;
}

Result<void> insert_question(postgres::Transaction& transaction, const Question& question, WallTime now,
                             WallTime expires_at) {
  BUSFLOW_CHECK(transaction.change(kForget, {to_rfc3339(now)}));
  BUSFLOW_CHECK(transaction.change(
      kAsk, {question.challenge, question.purpose, question.user_id, question.email, to_rfc3339(expires_at)}));
  return {};
}

Result<std::optional<Question>> take_question(postgres::Transaction& transaction, const std::string& challenge,
                                              const std::string& purpose, WallTime now) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kTake, {challenge, purpose, to_rfc3339(now)}));
  if (rows.empty()) return std::nullopt;
  return Question{.challenge = challenge,
                  .purpose = purpose,
                  .user_id = std::string(rows.text(0, "user_id")),
                  .email = std::string(rows.text(0, "email"))};
}

}  // namespace busflow::identity
