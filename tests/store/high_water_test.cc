#include "store/high_water.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/base/hash.h"
#include "tests/store/support.h"

namespace skald::store {
namespace {

const Mark kMark{7, {{"000004.log", {100, 5}}, {"MANIFEST-000005", {200, 6}}}};

HighWater opened(const std::string& dir, Mark last = {}) {
  auto high_water = HighWater::open(dir, std::move(last));
  EXPECT_TRUE(high_water);
  return std::move(*high_water);
}

TEST(HighWater, AMarkComesBackAsItWas) {
  EXPECT_EQ(decode_mark(encode(kMark)), kMark);
  EXPECT_EQ(decode_mark(encode(Mark{})), Mark{});
}

TEST(HighWater, ACutOrChangedMarkIsNone) {
  const std::string bytes = encode(kMark);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_EQ(decode_mark(bytes.substr(0, i)), std::nullopt) << i;
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(decode_mark(changed), std::nullopt) << i;
  }
}

TEST(HighWater, AMarkOfAnEarlierVersionIsRead) {
  const std::string number("\0\0\0\0\0\0\1\7", 8);
  EXPECT_EQ(decode_mark(number + std::string(bytes_of(sha256(number)).substr(0, 8))), (Mark{263, {}}));
  const std::string body =
      "\x92\x07\x81\xaa"
      "000004.log\x92\x64\x05";
  const std::string size("\0\0\0\0\0\0\0\x11", 8);
  EXPECT_EQ(decode_mark(size + body + std::string(bytes_of(sha256(body)).substr(0, 8))),
            (Mark{7, {{"000004.log", {100, 5, HashKind::kFnv1a}}}}));
}

TEST(HighWater, AMarkOfAKindOfHashThatIsNotKnownIsNone) {
  EXPECT_EQ(decode_mark(encode(Mark{7, {{"000004.log", {100, 5, HashKind{2}}}}})), std::nullopt);
}

TEST(HighWater, AFileOfAnEarlierVersionKeepsItsKindOfHash) {
  const Mark earlier{7, {{"000004.log", {100, 5, HashKind::kFnv1a}}}};
  EXPECT_EQ(decode_mark(encode(earlier)), earlier);
}

TEST(FileHash, IsWhatTheSpecificationsSay) {
  FileHash xxh64;
  EXPECT_EQ(xxh64.value(), 0xef46db3751d8e999);
  FileHash fnv1a(HashKind::kFnv1a);
  EXPECT_EQ(fnv1a.value(), 0xcbf29ce484222325);
  for (const char* part : {"a", "bc"}) {
    xxh64.add(part);
    fnv1a.add(part);
  }
  EXPECT_EQ(xxh64.value(), 0x44bc2cf5ad770999);
  EXPECT_EQ(fnv1a.value(), 0xe71fa2190541574b);
}

TEST(HighWater, WhatIsDurableEntersTheMarkWithTheNextWrite) {
  const testing::TempDir dir;
  HighWater high_water = opened(dir.path());
  high_water.synced("000004.log", {100, 5});
  EXPECT_EQ(HighWater::read(dir.path()), std::nullopt);
  high_water.note(7);
  EXPECT_EQ(HighWater::read(dir.path()), (Mark{7, {{"000004.log", {100, 5}}}}));
  high_water.note(6);
  EXPECT_EQ(HighWater::read(dir.path())->sequence, 7U);
}

TEST(HighWater, AManifestCountsOnceItIsInUse) {
  const testing::TempDir dir;
  HighWater high_water = opened(dir.path());
  high_water.synced("MANIFEST-000005", {200, 6});
  high_water.note(1);
  EXPECT_TRUE(HighWater::read(dir.path())->files.empty());
  high_water.manifest_in_use();
  high_water.synced("MANIFEST-000005", {300, 7});
  high_water.note(2);
  EXPECT_EQ(HighWater::read(dir.path())->files.at("MANIFEST-000005"), (FileMark{300, 7}));
}

TEST(HighWater, AFileIsNamedNoLongerBeforeItGoes) {
  const testing::TempDir dir;
  opened(dir.path()).reset(1);
  HighWater high_water = opened(dir.path(), kMark);
  ASSERT_TRUE(high_water.going("000004.log"));
  const Mark left{7, {{"MANIFEST-000005", {200, 6}}}};
  EXPECT_EQ(HighWater::read(dir.path()), left);
  ASSERT_TRUE(high_water.going("000099.sst"));
  EXPECT_EQ(HighWater::read(dir.path()), left) << "a shorter mark over a longer one is whole";
}

// Devices stand for a disk that takes nothing, and for one that does not say that it has.
TEST(HighWater, AFileStaysWhereItCannotBeNotedThatItGoes) {
  for (const char* const disk : {"/dev/full", "/dev/null"}) {
    const testing::TempDir dir;
    std::filesystem::create_symlink(disk, dir.path() + "/HIGHWATER");
    HighWater high_water = opened(dir.path(), kMark);
    for (int tries = 0; tries < 2; ++tries) {
      const Status gone = high_water.going("000004.log");
      ASSERT_FALSE(gone) << disk << ": it is named still";
      EXPECT_EQ(gone.error().code, "write-failed");
    }
    EXPECT_TRUE(high_water.going("000099.log")) << "it was not named";
  }
}

// A file that has gone is named no more, whatever is noted while it goes.
TEST(HighWater, WhatIsNotedWhileAFileGoesIsWithoutIt) {
  constexpr std::uint64_t kFiles = 20;
  const testing::TempDir dir;
  HighWater high_water = opened(dir.path());
  const auto name = [](std::uint64_t file) { return fmt::format("{:06}.log", file); };
  for (std::uint64_t i = 1; i <= kFiles; ++i) high_water.synced(name(i), {100, i});
  std::uint64_t noted = 0;
  std::jthread commits([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) high_water.note(++noted);
  });
  for (std::uint64_t i = 1; i <= kFiles; ++i) {
    EXPECT_TRUE(high_water.going(name(i)));
    const auto mark = HighWater::read(dir.path());  // none where it was read while it was written
    EXPECT_EQ(mark ? mark->files.count(name(i)) : 0U, 0U) << i;
  }
  commits.request_stop();
  commits.join();
  high_water.note(++noted);
  EXPECT_EQ(HighWater::read(dir.path()), (Mark{noted, {}}));
}

TEST(HighWater, OnlyLogFilesAreWatched) {
  EXPECT_TRUE(is_write_ahead_log("000012.log"));
  EXPECT_FALSE(is_write_ahead_log("LOG.old.123"));
  EXPECT_FALSE(is_write_ahead_log(".log"));
  EXPECT_TRUE(is_manifest("MANIFEST-000005"));
  EXPECT_FALSE(is_manifest("MANIFEST-"));
}

}  // namespace
}  // namespace skald::store
