#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <files/module.hpp>
#include <platform/base/clock.hpp>
#include <platform/base/context.hpp>
#include <platform/json/json.hpp>
#include <platform/postgres/migration.hpp>
#include <platform/postgres/pool.hpp>
#include <platform/postgres_testkit/test_database.hpp>
#include <platform/token/minter.hpp>

namespace busflow::files {
namespace {

constexpr auto kKey = "a key for tests that is long enough";
constexpr auto kIssuer = "busflow";

/// In memory, and it can be told to fail.
class MemoryStore final : public blob_store::BlobStore {
 public:
  Result<void> put(Context& /*context*/, const std::string& key, const blob_store::Source& source) override {
    std::string all;
    for (;;) {
      BUSFLOW_TRY(const auto piece, source());
      if (piece.empty()) break;
      all += piece;
    }
    if (is_away) return fail(ErrorName::kUpstreamUnavailable, "away");
    blobs[key] = std::move(all);
    if (after_put) after_put();
    return {};
  }
  Result<void> get(Context& /*context*/, const std::string& key, std::uint64_t first, std::uint64_t length,
                   const blob_store::Sink& sink) override {
    if (!blobs.contains(key)) return fail(ErrorName::kNotFound);
    return sink(std::string_view(blobs[key]).substr(first, length));
  }
  Result<void> remove(Context& /*context*/, const std::string& key) override {
    if (is_away) return fail(ErrorName::kUpstreamUnavailable, "away");
    blobs.erase(key);
    return {};
  }

  std::map<std::string, std::string> blobs;
  bool is_away = false;
  std::function<void()> after_put;
};

/// Finds what it is told to find.
class ScannerThatFinds final : public virus_scan::Scanner {
 public:
  Result<std::unique_ptr<virus_scan::Scan>> begin(Context& /*context*/) const override {
    if (is_away) return fail(ErrorName::kUpstreamUnavailable, "away");
    class Finding final : public virus_scan::Scan {
     public:
      Result<void> add(std::string_view bytes) override {
        all_ += bytes;
        return {};
      }
      Result<std::string> finish() override { return std::string(all_.contains("virus") ? "A.Virus" : ""); }

     private:
      std::string all_;
    };
    return std::make_unique<Finding>();
  }
  bool is_away = false;
};

/// What a route reads and writes.
class FakeTransfer final : public application::Transfer {
 public:
  explicit FakeTransfer(application::RouteRequest request) : request_(std::move(request)) {}
  const application::RouteRequest& request() const override { return request_; }
  Result<std::string> read() override {
    if (is_cut_ && request_.body.empty()) return fail(ErrorName::kBadRequest, "the client has gone");
    return std::exchange(request_.body, {});
  }
  Result<void> begin(application::RouteResponse head, std::uint64_t /*length*/) override {
    begun = std::move(head);
    return {};
  }
  Result<void> write(std::string_view bytes) override {
    body += bytes;
    return {};
  }
  void cut() { is_cut_ = true; }

  std::optional<application::RouteResponse> begun;
  std::string body;

 private:
  application::RouteRequest request_;
  bool is_cut_ = false;
};

class FilesTest : public testing::Test {
 protected:
  static std::vector<postgres::MigrationSet> migration_sets() {
    static postgres::Pool unused{postgres::PoolOptions{}};  // only referred to, as are the others
    static const SystemClock clock;
    static const auto verifier = token::Verifier::create(kKey, kIssuer, clock).value();
    static MemoryStore store;
    static const auto scanner = virus_scan::no_scanner();
    return {
        {.context = "files",
         .files =
             make_module({.pool = unused, .verifier = *verifier, .vault = vault(), .store = store, .scanner = *scanner})
                 .migrations}};
  }
  static const crypto::Vault& vault() {
    static const auto vault = crypto::Vault::create(kKey).value();
    return vault;
  }
  FilesTest()
      : clock_(WallTime(std::chrono::sys_days(std::chrono::year{2026} / 11 / 27))),
        database_(migration_sets()),
        pool_({.connection = database_.service()}),
        minter_(token::Minter::create(kKey, kIssuer, std::chrono::seconds(100'000)).value()),
        verifier_(token::Verifier::create(kKey, kIssuer, clock_).value()),
        module_(make_module(
            {.pool = pool_, .verifier = *verifier_, .vault = vault(), .store = store_, .scanner = scanner_})) {}

  std::string token(std::string_view role = "dispatcher") {
    return minter_.mint({.subject = user_.to_string(),
                         .email = "",
                         .default_role = std::string(role),
                         .allowed_roles = {std::string(role)},
                         .variables = {{"x-hasura-tenant-id", tenant_.to_string()}}},
                        clock_.now());
  }
  static std::string form(std::string_view bytes) {
    return "--x\r\nContent-Disposition: form-data; name=\"file[]\"; filename=\"a.txt\"\r\nContent-Type: "
           "text/plain\r\n\r\n" +
           std::string(bytes) + "\r\n--x--\r\n";
  }
  struct Answer {
    int status = 0;
    json::Value body;
  };
  Answer upload(std::string body, bool is_cut = false) {
    Context context{.clock = clock_, .identifiers = identifiers_};
    FakeTransfer transfer(
        {.method = "POST",
         .body = std::move(body),
         .path_parameters = {},
         .headers = {{"authorization", "Bearer " + token()}, {"content-type", "multipart/form-data; boundary=x"}},
         .remote_address = {}});
    if (is_cut) transfer.cut();
    for (const auto& route : module_.transfer_routes) {
      if (route.method != "POST") continue;
      const auto response = route.handle(context, transfer);
      if (!response) return {.status = 500, .body = json::Value(response.error().message())};
      return {.status = response->status, .body = json::parse(response->body).value()};
    }
    ADD_FAILURE() << "no route";
    return {};
  }
  /// A request of the resumable protocol.
  application::RouteResponse resume(std::string method, std::string_view path, std::string_view id,
                                    std::map<std::string, std::string, std::less<>> headers, std::string body = {},
                                    bool is_cut = false) {
    Context context{.clock = clock_, .identifiers = identifiers_};
    headers["authorization"] = "Bearer " + token();
    headers["tus-resumable"] = "1.0.0";
    FakeTransfer transfer({.method = std::move(method),
                           .body = std::move(body),
                           .path_parameters = {{"id", std::string(id)}},
                           .headers = std::move(headers),
                           .remote_address = {}});
    if (is_cut) transfer.cut();
    const auto fits = [&](const auto& route) {
      return route.method == transfer.request().method && route.path == path;
    };
    if (const auto found = std::ranges::find_if(module_.routes, fits); found != module_.routes.end())
      return found->handle(context, transfer.request()).value();
    return std::ranges::find_if(module_.transfer_routes, fits)->handle(context, transfer).value();
  }
  std::string count(std::string_view state) {
    return database_.value("select count(*) from files.blobs where state = '" + std::string(state) + "'");
  }

  ManualClock clock_;
  RandomIdentifierSource identifiers_;
  const Uuid user_ = identifiers_.next();
  const Uuid tenant_ = identifiers_.next();
  testkit::TestDatabase database_;
  postgres::Pool pool_;
  token::Minter minter_;
  std::unique_ptr<token::Verifier> verifier_;
  MemoryStore store_;
  ScannerThatFinds scanner_;
  application::Module module_;
};

TEST_F(FilesTest, AFileHasItsBytesAndARow) {
  const auto answer = upload(form("hello"));
  ASSERT_EQ(answer.status, 201) << json::serialize(answer.body);
  EXPECT_EQ(database_.value("select size || ' ' || tenant_id from files.files"), "5 " + tenant_.to_string());
  ASSERT_EQ(store_.blobs.size(), 1U);
  EXPECT_EQ(store_.blobs.begin()->first, database_.value("select blob_key from files.files"));
  EXPECT_EQ(count("IN_USE"), "1");
}

TEST_F(FilesTest, WhatBreaksOffLeavesNeitherBytesNorRow) {
  const auto whole = form("hello");
  for (const std::size_t length : {whole.size() - 8, whole.size() - 10, std::size_t{20}}) {
    const auto answer = upload(whole.substr(0, length), true);
    EXPECT_EQ(answer.status, 400) << length;
  }
  EXPECT_TRUE(store_.blobs.empty());
  EXPECT_EQ(database_.value("select count(*) from files.files"), "0");
  EXPECT_EQ(database_.value("select count(*) from files.blobs"), "0");
}

TEST_F(FilesTest, WhatAKilledProcessLeftIsRemovedLater) {
  // Killed between the bytes and the row: all that is left is the key that was noted before.
  database_.run("insert into files.blobs values ('ab/lost', 'WRITING', '2026-11-26 23:00+00')");
  store_.blobs["ab/lost"] = "bytes that no file has";
  ASSERT_EQ(upload(form("one")).status, 201);
  EXPECT_TRUE(store_.blobs.contains("ab/lost")) << "an upload may take this long";
  clock_.advance(std::chrono::hours(24));
  ASSERT_EQ(upload(form("two")).status, 201);
  EXPECT_FALSE(store_.blobs.contains("ab/lost"));
  EXPECT_EQ(count("WRITING"), "0");
  EXPECT_EQ(store_.blobs.size(), 2U) << "those in use stay";
}

TEST_F(FilesTest, AResumableUploadKeepsWhatCameAndIsSweptWhenNobodyGoesOn) {
  constexpr auto kAll = "/v1/storage/resumable";
  constexpr auto kOne = "/v1/storage/resumable/{id}";
  ASSERT_EQ(resume("POST", kAll, "", {{"upload-length", "10"}}).status, 201);
  const auto id = database_.value("select id from files.uploads");
  const std::map<std::string, std::string, std::less<>> piece{{"content-type", "application/offset+octet-stream"},
                                                              {"upload-offset", "0"}};
  EXPECT_EQ(resume("PATCH", kOne, id, piece, "01234", true).status, 400) << "the client has gone";
  EXPECT_EQ(database_.value("select received from files.uploads"), "5");
  EXPECT_EQ(database_.value("select count(*) from files.files"), "0");
  clock_.advance(std::chrono::hours(19));
  EXPECT_EQ(resume("GET", kOne, id, {}).status, 200);
  ASSERT_EQ(upload(form("sweeps")).status, 201);
  EXPECT_EQ(store_.blobs.size(), 2U) << "it may still go on";
  clock_.advance(std::chrono::hours(6));
  EXPECT_EQ(resume("GET", kOne, id, {}).status, 404);
  ASSERT_EQ(upload(form("sweeps")).status, 201);
  EXPECT_EQ(store_.blobs.size(), 2U) << "the two files";
  EXPECT_EQ(database_.value("select count(*) from files.upload_pieces"), "0");
}

TEST_F(FilesTest, AResumableUploadOfNothingIsAFileOrRefused) {
  EXPECT_EQ(resume("POST", "/v1/storage/resumable", "", {{"upload-length", "0"}}).status, 400);
  database_.run("update files.buckets set min_upload_file_size = 0");
  EXPECT_EQ(resume("POST", "/v1/storage/resumable", "", {{"upload-length", "0"}}).status, 201);
  EXPECT_EQ(database_.value("select size from files.files"), "0");
}

TEST_F(FilesTest, StaffFindAndRemoveWhatDoesNotBelongTogether) {
  const auto run = [&](std::string_view name, std::string_view role) {
    Context context{.clock = clock_, .identifiers = identifiers_};
    const application::RouteRequest request{.method = "POST",
                                            .body = {},
                                            .path_parameters = {},
                                            .headers = {{"authorization", "Bearer " + token(role)}},
                                            .remote_address = {}};
    const auto path = "/v1/storage/ops/" + std::string(name);
    const auto found = std::ranges::find(module_.routes, path, &application::Route::path);
    return found->handle(context, request).value();
  };
  ASSERT_EQ(upload(form("whole")).status, 201);
  ASSERT_EQ(upload(form("broken")).status, 201);
  store_.blobs.erase(database_.value("select blob_key from files.files where size = 6"));
  database_.run("insert into files.blobs values ('ab/orphan', 'GARBAGE', '2026-11-26')");
  store_.blobs["ab/orphan"] = "x";
  for (const auto* name :
       {"list-orphans", "delete-orphans", "list-broken-metadata", "delete-broken-metadata", "list-not-uploaded"})
    EXPECT_EQ(run(name, "manager").status, 403) << name;
  EXPECT_EQ(run("list-orphans", "busflow_staff").body, R"({"files":["ab/orphan"]})");
  EXPECT_EQ(run("delete-orphans", "busflow_staff").body, R"({"files":["ab/orphan"]})");
  EXPECT_FALSE(store_.blobs.contains("ab/orphan"));
  EXPECT_EQ(run("list-orphans", "busflow_staff").body, R"({"files":[]})");
  const auto broken = database_.value("select id from files.files where size = 6");
  EXPECT_TRUE(run("list-broken-metadata", "busflow_staff").body.contains(broken));
  EXPECT_EQ(database_.value("select count(*) from files.files"), "2");
  EXPECT_TRUE(run("delete-broken-metadata", "busflow_staff").body.contains(broken));
  EXPECT_EQ(database_.value("select string_agg(size::text, ' ') from files.files"), "5");
  EXPECT_EQ(run("list-not-uploaded", "busflow_staff").body, R"({"metadata":[]})");
}

TEST_F(FilesTest, AVirusIsRefusedAndRemembered) {
  const auto answer = upload(form("here is a virus"));
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.body.at("error").at("message").as_string(), "virus found: A.Virus");
  EXPECT_TRUE(store_.blobs.empty());
  EXPECT_EQ(database_.value("select virus || ' ' || file_name || ' ' || tenant_id from files.viruses"),
            "A.Virus a.txt " + tenant_.to_string());
  EXPECT_EQ(upload(form("harmless")).status, 201);
  scanner_.is_away = true;
  EXPECT_EQ(upload(form("harmless")).status, 502) << "nothing gets past a scanner that is away";
}

TEST_F(FilesTest, AnUploadWhoseRowIsRefusedLeavesNoBytes) {
  store_.after_put = [this] { database_.run("delete from files.blobs"); };
  EXPECT_EQ(upload(form("hello")).status, 400);
  EXPECT_EQ(database_.value("select count(*) from files.files"), "0") << "no row without bytes that are accounted for";
}

TEST_F(FilesTest, AStoreThatIsAwayIsSaidAndTheGarbageWaits) {
  store_.is_away = true;
  EXPECT_EQ(upload(form("hello")).status, 502);
  EXPECT_EQ(count("GARBAGE"), "1") << "not known to be gone";
  store_.is_away = false;
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(upload(form("again")).status, 201);
  EXPECT_EQ(count("GARBAGE"), "0");
}

TEST_F(FilesTest, RowsOfOthersAreOutOfReachOfTheRoleItself) {
  ASSERT_EQ(upload(form("hello")).status, 201);
  const auto seen = [&](Session session) {
    Context context{.clock = clock_, .identifiers = identifiers_, .session = std::move(session)};
    return *pool_.transact(context, {.database_role = "busflow_files"},
                           [](postgres::Transaction& transaction) -> Result<std::string> {
                             BUSFLOW_TRY(const auto rows, transaction.run("select count(*) from files.files"));
                             return std::string(rows.text(0, 0));
                           });
  };
  EXPECT_EQ(seen(Session("manager", {{"x-hasura-tenant-id", tenant_.to_string()}})), "1");
  EXPECT_EQ(seen(Session("manager", {{"x-hasura-tenant-id", identifiers_.next().to_string()}})), "0");
  EXPECT_EQ(seen(Session("user", {})), "0");
  EXPECT_EQ(seen(Session("busflow_staff", {})), "1");
}

}  // namespace
}  // namespace busflow::files
