#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <platform/base/clock.hpp>
#include <platform/base/identifier.hpp>
#include <platform/change_feed/feed.hpp>
#include <platform/graphql/engine.hpp>
#include <platform/graphql_server/endpoint.hpp>
#include <platform/http/server.hpp>
#include <platform/postgres_testkit/test_database.hpp>
#include <platform/runtime/io_threads.hpp>
#include <platform/runtime/worker_pool.hpp>
#include <platform/telemetry/metrics.hpp>
#include <platform/token/minter.hpp>
#include <platform/token/verifier.hpp>

#include "client.hpp"

namespace busflow::graphql_server {

/// A served endpoint over one table, shop.notes(id, tenant_id, text), of which tenants "a" and "b" have one row each;
/// and an action shout(text) that answers in capitals.
class EndpointTest : public testing::Test {
 protected:
  EndpointTest();
  ~EndpointTest() override;

  /// With the change feed, unless told to poll.
  void serve(EndpointOptions options = {}, change_feed::Mode mode = change_feed::Mode::kReplication);
  /// The smaller one has no view.
  std::shared_ptr<const graphql::Engine> make_engine(bool is_smaller);
  std::string token(const std::string& tenant, std::chrono::seconds lifetime = std::chrono::seconds(600)) const;
  std::string header(const std::string& tenant) const { return "Authorization: Bearer " + token(tenant) + "\r\n"; }
  SocketClient connect() const { return SocketClient(server_->port()); }
  std::string logs() const;

  static Uuid tenant(const std::string& key) { return name_based_identifier("tenant/" + key); }
  void add_note(int id, const std::string& key, const std::string& text) const;
  /// Polls in no time, and makes no pauses.
  static EndpointOptions quick();
  /// The value of a metric without labels.
  double metric(const std::string& name) const;

  testkit::TestDatabase database_;
  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  mutable std::mutex log_mutex_;
  std::string log_;
  telemetry::Logger logger_;
  telemetry::Metrics metrics_;
  runtime::IoThreads loops_;
  runtime::WorkerPool workers_;
  std::unique_ptr<token::Verifier> verifier_;
  std::unique_ptr<TokenAuthenticator> authenticator_;
  std::unique_ptr<graphql::EngineSlot> engine_;
  std::unique_ptr<change_feed::Feed> feed_;
  std::unique_ptr<Endpoint> endpoint_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace busflow::graphql_server
