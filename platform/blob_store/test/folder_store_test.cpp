#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <platform/base/clock.hpp>
#include <platform/base/context.hpp>
#include <platform/blob_store/folder_store.hpp>

namespace busflow::blob_store {
namespace {

class FolderStoreTest : public testing::Test {
 protected:
  FolderStoreTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "busflow-blobs-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~FolderStoreTest() override { std::filesystem::remove_all(folder_); }

  static Source pieces(std::vector<std::string> list) {
    return [list = std::move(list), at = std::size_t{0}]() mutable -> Result<std::string> {
      return at < list.size() ? list[at++] : std::string();
    };
  }
  Result<std::string> get(const std::string& key, std::uint64_t first, std::uint64_t length) {
    std::string all;
    BUSFLOW_CHECK(store().get(context_, key, first, length, [&](std::string_view bytes) -> Result<void> {
      all += bytes;
      return {};
    }));
    return all;
  }
  FolderStore store() { return FolderStore(folder_ / "blobs"); }
  std::size_t files() {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_))
      count += entry.is_regular_file() ? 1 : 0;
    return count;
  }

  std::filesystem::path folder_;
  SystemClock clock_;
  RandomIdentifierSource identifiers_;
  Context context_{.clock = clock_, .identifiers = identifiers_};
};

TEST_F(FolderStoreTest, KeepsAndGivesBytes) {
  ASSERT_TRUE(store().put(context_, "ab/cdef", pieces({"one", "two"})));
  EXPECT_EQ(get("ab/cdef", 0, 6), "onetwo");
  EXPECT_EQ(get("ab/cdef", 2, 3), "etw");
  EXPECT_FALSE(get("ab/cdef", 4, 3)) << "beyond its end";
  ASSERT_TRUE(store().put(context_, "ab/empty", pieces({})));
  EXPECT_EQ(get("ab/empty", 0, 0), "");
  ASSERT_TRUE(store().remove(context_, "ab/cdef"));
  ASSERT_TRUE(store().remove(context_, "ab/cdef")) << "twice";
  EXPECT_EQ(get("ab/cdef", 0, 6).error().name, ErrorName::kNotFound);
}

TEST_F(FolderStoreTest, WhatBreaksOffLeavesNothing) {
  int calls = 0;
  const auto put = store().put(context_, "ab/cdef", [&]() -> Result<std::string> {
    if (++calls > 3) return fail(ErrorName::kBadRequest, "gone");
    return std::string(1000, 'x');
  });
  EXPECT_EQ(put.error().detail, "gone");
  EXPECT_EQ(files(), 0U);
}

}  // namespace
}  // namespace busflow::blob_store
