#include "engine/base/ids.h"

#include <gtest/gtest.h>

namespace skald {
namespace {

TEST(Ids, SagaIdTakesTheDocumentedCharacters) {
  EXPECT_TRUE(parse_saga_id("order-1.2_3:A"));
  EXPECT_TRUE(parse_saga_id(std::string(256, 'a')));
  EXPECT_FALSE(parse_saga_id(std::string(257, 'a')));
  EXPECT_FALSE(parse_saga_id(""));
  EXPECT_FALSE(parse_saga_id("a b"));
  EXPECT_EQ(parse_saga_id("0190163d-8694-739b-aea5-966c26f8ad91").error().code, "bad-id");
}

TEST(Ids, AnIdIsMadeUpFromTheNameOfItsWorkflow) {
  const std::string id = made_up_id("store/checkout");
  EXPECT_TRUE(parse_saga_id(id)) << id;
  EXPECT_EQ(id.substr(0, 9), "checkout-");
  EXPECT_EQ(id.size(), 9U + 16U);
  EXPECT_NE(id, made_up_id("store/checkout"));
  EXPECT_EQ(made_up_id("checkout").substr(0, 9), "checkout-");
}

TEST(Ids, TaskTypesAreDottedWords) {
  for (const char* good : {"a", "inventory.reserve", "a-b.c1.d"}) EXPECT_TRUE(parse_task_type(good)) << good;
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "A", "a b", "a*", "a>"})
    EXPECT_FALSE(parse_task_type(bad)) << bad;
}

TEST(Ids, RunIdIsAUuidV7ThatCarriesItsShard) {
  const RunId run = make_run_id(Time{0x0190163d8694}, 9, 0xFFFFFFFFFFFFFFFF);
  EXPECT_EQ(run.str(), "0190163d-8694-7009-bfff-ffffffffffff");
  EXPECT_TRUE(looks_like_uuid(run.str()));
  EXPECT_EQ(shard_of_run(run).value(), 9U);
  EXPECT_FALSE(shard_of_run(RunId("0190163d-8694-4009-bfff-ffffffffffff")));
  EXPECT_LT(run, make_run_id(Time{0x0190163d8695}, 0, 0)) << "run ids sort by time";
}

TEST(Ids, AUuidIsHexDigitsOfEitherCaseInItsGroups) {
  const std::string text = "0190163d-8694-7009-bfff-abcdefABCDEF";
  const UuidBytes bytes{0x01, 0x90, 0x16, 0x3d, 0x86, 0x94, 0x70, 0x09, 0xbf, 0xff, 0xab, 0xcd, 0xef, 0xab, 0xcd, 0xef};
  EXPECT_EQ(uuid_bytes(text), bytes);
  EXPECT_FALSE(uuid_bytes(text + "0"));
  EXPECT_FALSE(uuid_bytes(text.substr(1)));
  EXPECT_FALSE(uuid_bytes(""));
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char wrong : {'g', 'G', '-', '/', ':', '@', '`', '\0', '\xFF'}) {
      std::string other = text;
      if (other[i] == wrong) continue;
      other[i] = wrong;
      EXPECT_FALSE(uuid_bytes(other)) << other;
    }
  }
}

TEST(Ids, ShardOfAnIdIsStableAcrossReleases) {
  EXPECT_EQ(shard_of(SagaId("order-1"), 16), shard_of(SagaId("order-1"), 16));
  EXPECT_EQ(shard_of(SagaId("a"), 16), 12U);  // FNV-1a 64 of "a" is 0xaf63dc4c8601ec8c
}

}  // namespace
}  // namespace skald
