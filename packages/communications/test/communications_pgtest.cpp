#include <string>

#include <gtest/gtest.h>

#include <communications/message_requested.hpp>
#include <communications/module.hpp>
#include <platform/base/clock.hpp>
#include <platform/base/context.hpp>
#include <platform/json/json.hpp>
#include <platform/outbox/event.hpp>
#include <platform/postgres/migration.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/postgres_testkit/test_database.hpp>

namespace busflow::communications {
namespace {

class CommunicationsTest : public testing::Test {
 protected:
  CommunicationsTest()
      : database_(std::vector<postgres::MigrationSet>{
            {.context = "communications", .files = make_module({.pool = unused_}).migrations}}),
        pool_({.connection = database_.service()}),
        module_(make_module({.pool = pool_, .options = {.has_mailbox = true}})) {}

  Context context() { return {.clock = clock_, .identifiers = identifiers_}; }

  MessageRequested request() {
    return {.event_id = identifiers_.next(),
            .tenant_id = {},
            .channel = "EMAIL",
            .recipient = "anna@example.com",
            .template_ = "sign-in-link",
            .locale = "de",
            .variables = {{"display_name", "Anna <b>"}, {"link", "https://example.com/?a=1&b=2"}}};
  }
  Result<void> send(const MessageRequested& request) {
    auto here = context();
    return module_.event_handlers.at(0).handle(here, {.id = request.event_id,
                                                      .name = std::string(MessageRequested::kName),
                                                      .tenant_id = request.tenant_id,
                                                      .payload = to_payload<json::Object>(request),
                                                      .traceparent = {}});
  }
  application::RouteResponse get(std::string_view path, const std::string& recipient = {}) {
    for (const auto& route : module_.routes) {
      if (route.path != path) continue;
      auto here = context();
      application::RouteRequest sent{
          .method = "GET", .body = {}, .path_parameters = {}, .headers = {}, .remote_address = {}};
      if (!recipient.empty()) sent.query.emplace("recipient", recipient);
      const auto response = route.handle(here, sent);
      EXPECT_TRUE(response) << response.error().message();
      return *response;
    }
    ADD_FAILURE() << "no route " << path;
    return {};
  }

  postgres::Pool unused_{postgres::PoolOptions{}};  // only referred to
  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  testkit::TestDatabase database_;
  postgres::Pool pool_;
  application::Module module_;
};

TEST_F(CommunicationsTest, AMessageIsKeptOncePerEvent) {
  const auto wanted = request();
  for (int i = 0; i < 3; ++i) {
    const auto sent = send(wanted);
    ASSERT_TRUE(sent) << sent.error().message();
  }
  EXPECT_EQ(database_.value("select count(*) from communications.messages"), "1");
  EXPECT_EQ(database_.value("select subject from communications.messages"), "Ihr Anmeldelink");
}

TEST_F(CommunicationsTest, ALanguageThatIsNotThereBecomesEnglish) {
  auto wanted = request();
  wanted.locale = "pl";
  ASSERT_TRUE(send(wanted));
  EXPECT_EQ(database_.value("select locale || ': ' || subject from communications.messages"), "en: Your sign-in link");
}

TEST_F(CommunicationsTest, WhatIsWrongIsNamed) {
  auto wanted = request();
  wanted.template_ = "no-such";
  EXPECT_EQ(send(wanted).error().name, ErrorName::kNotFound);
  wanted = request();
  wanted.variables.erase("link");
  const auto missing = send(wanted);
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().message().contains("'link'")) << missing.error().message();
  EXPECT_EQ(database_.value("select count(*) from communications.messages"), "0");
}

TEST_F(CommunicationsTest, ASubjectHasOneLine) {
  auto wanted = request();
  wanted.template_ = "invitation";
  wanted.variables["tenant_name"] = "Bruning\r\nBcc: everybody@example.com";
  ASSERT_TRUE(send(wanted));
  EXPECT_EQ(database_.value("select subject from communications.messages"),
            "Sie sind zu Bruning  Bcc: everybody@example.com eingeladen");
}

TEST_F(CommunicationsTest, TheMailboxShowsMessagesAndEscapesThem) {
  EXPECT_TRUE(get("/v1/mailbox").body.contains("Nothing yet."));
  ASSERT_TRUE(send(request()));
  const auto page = get("/v1/mailbox");
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_TRUE(page.body.contains("Anna &lt;b&gt;")) << page.body;
  EXPECT_TRUE(page.body.contains(R"(<a href="https://example.com/?a=1&amp;b=2">)")) << page.body;
  EXPECT_EQ(json::parse(get("/v1/mailbox/messages", "ANNA@example.com").body)->as_array().size(), 1U);
  EXPECT_EQ(json::parse(get("/v1/mailbox/messages", "ben@example.com").body)->as_array().size(), 0U);
}

TEST_F(CommunicationsTest, ThereIsNoMailboxUnlessItIsAskedFor) {
  EXPECT_TRUE(make_module({.pool = pool_}).routes.empty());
}

TEST_F(CommunicationsTest, AnOperatorSeesItsOwnMessagesOnly) {
  auto wanted = request();
  wanted.tenant_id = identifiers_.next();
  ASSERT_TRUE(send(wanted));
  ASSERT_TRUE(send(request()));
  const auto count = [&](const Uuid& tenant) {
    auto here = context();
    here.session = Session("manager", {{"x-hasura-tenant-id", tenant.to_string()}});
    return *pool_.transact(here, {.database_role = "busflow_communications"},
                           [](postgres::Transaction& transaction) -> Result<std::string> {
                             BUSFLOW_TRY(const auto rows,
                                         transaction.run("select count(*) from communications.messages"));
                             return std::string(rows.text(0, 0));
                           });
  };
  EXPECT_EQ(count(wanted.tenant_id), "1");
  EXPECT_EQ(count(identifiers_.next()), "0");
}

}  // namespace
}  // namespace busflow::communications
