#include "storage/provider_storage.hpp"

namespace busflow::identity {
namespace {

constexpr postgres::Statement kUser{"identity.user_of_provider",
                                    "select user_id from identity.user_providers where provider = $1 and subject = $2"};
constexpr postgres::Statement kLink{
    "identity.link_provider",
    "insert into identity.user_providers (provider, subject, user_id, email, created_at) values ($1, $2, $3, $4, $5)"
    "  on conflict do nothing"};
constexpr postgres::Statement kUnlink{"identity.unlink_provider",
                                      "delete from identity.user_providers where provider = $1 and user_id = $2"};
constexpr postgres::Statement kList{
    "identity.linked_providers",
    "select provider, email, to_char(created_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as created_at"
    "  from identity.user_providers where user_id = $1 order by created_at, provider"};

}  // namespace

Result<std::string> user_of_provider(postgres::Transaction& transaction, const std::string& provider,
                                     const std::string& subject) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kUser, {provider, subject}));
  return rows.empty() ? std::string() : std::string(rows.text(0, "user_id"));
}

Result<bool> link_provider(postgres::Transaction& transaction, const std::string& provider, const std::string& subject,
                           const std::string& user_id, const std::string& email, WallTime now) {
  BUSFLOW_TRY(const auto count, transaction.change(kLink, {provider, subject, user_id, email, to_rfc3339(now)}));
  return count > 0;
}

Result<bool> unlink_provider(postgres::Transaction& transaction, const std::string& provider,
                             const std::string& user_id) {
  BUSFLOW_TRY(const auto count, transaction.change(kUnlink, {provider, user_id}));
  return count > 0;
}

Result<std::vector<LinkedProvider>> linked_providers(postgres::Transaction& transaction, const std::string& user_id) {
  BUSFLOW_TRY(const auto rows, transaction.execute(kList, {user_id}));
  std::vector<LinkedProvider> linked;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    linked.push_back({.provider = std::string(rows.text(row, "provider")),
                      .email = std::string(rows.text(row, "email")),
                      .created_at = std::string(rows.text(row, "created_at"))});
  }
  return linked;
}

}  // namespace busflow::identity
