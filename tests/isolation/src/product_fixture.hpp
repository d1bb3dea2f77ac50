#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <platform/application/module.hpp>
#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/blob_store/folder_store.hpp>
#include <platform/crypto/vault.hpp>
#include <platform/graphql/engine.hpp>
#include <platform/graphql/metadata.hpp>
#include <platform/http_client/client.hpp>
#include <platform/json/json.hpp>
#include <platform/postgres/pipeline.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/postgres_testkit/test_database.hpp>
#include <platform/rate_limit/local_limiter.hpp>
#include <platform/runtime/worker_pool.hpp>
#include <platform/token/minter.hpp>
#include <platform/token/verifier.hpp>
#include <platform/virus_scan/scanner.hpp>

namespace busflow::isolation {

/// All packages' tables with one row of tenant "a" and one of tenant "b" in each, and their GraphQL metadata.
class ProductTest : public testing::Test {
 protected:
  ProductTest();

  static std::string tenant(const std::string& key) { return name_based_identifier("tenant/" + key).to_string(); }
  static std::string user(const std::string& key) { return name_based_identifier("user/" + key).to_string(); }

  /// With the metadata as it is, or with every filter taken away.
  std::unique_ptr<graphql::Engine> make_engine(bool has_filters);
  /// Takes the policies of all tables away.
  void disable_policies() const;
  /// The tables that GraphQL serves, as "schema.name".
  std::vector<std::string> tables() const;
  /// All roles that some table names.
  std::set<std::string> roles() const;
  /// The value of tenant a's row in a column that is a key.
  std::string key_of(const std::string& column) const;
  /// What tenant b's member of the role is answered.
  json::Value ask(const graphql::Engine& engine, const std::string& role, const std::string& query);

 private:
  void fill(const std::string& table) const;

  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  token::Minter minter_;
  std::unique_ptr<token::Verifier> verifier_;
  crypto::Vault vault_;
  rate_limit::LocalLimiter limiter_;
  http_client::Client http_;
  blob_store::FolderStore blobs_{"/nonexistent"};
  std::unique_ptr<virus_scan::Scanner> scanner_;
  postgres::Pool unused_;
  std::vector<application::Module> modules_;
  std::unique_ptr<testkit::TestDatabase> database_;
  std::shared_ptr<const graphql::metadata::Metadata> metadata_;
  boost::asio::io_context loop_;
  runtime::WorkerPool workers_{1, 16};
  std::shared_ptr<postgres::Pipeline> pipeline_;
};

}  // namespace busflow::isolation
