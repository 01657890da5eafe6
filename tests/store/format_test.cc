// The examples of store/README.md, byte by byte.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/base/hash.h"
#include "store/chain.h"
#include "store/high_water.h"
#include "store/keys.h"
#include "store/records.h"
#include "tests/store/support.h"

namespace skald::store {
namespace {

std::string readme() {
  std::ifstream in(SKALD_SOURCE_DIR "/store/README.md");
  std::ostringstream text;
  text << in.rdbuf();
  std::string flat;
  for (const char c : text.str()) {
    if (c != '\n' && c != ' ') flat.push_back(c);
  }
  return flat;
}

TEST(StoreFormat, ExamplesOfTheReadmeAreTrue) {
  const RunId run("01936c5d-8f3b-7003-8000-0000000000ff");
  ASSERT_EQ(shard_of_run(run).value(), 3U);
  const std::string bytes = *keys::run(run);
  EXPECT_EQ(keys::run_from(bytes), run);
  EventRecord event{run, 2, "\x81", {}};
  event.hash = chain_next(chain_start("5a", run, "d1"), event.bytes);
  const DefinitionRow definition{"a/b", "1.0.0", "d1", "x", Time{1}};
  Summary summary = testing::saga(run, "s", 1);
  summary.labels = {{"k", "v"}};
  const Removed removed{run, SagaId("s"), "a/b", "1.0.0", "completed", Time{1}, Time{2}, Time{3}, 4, {}};
  const std::string text = readme();
  for (const auto& [what, example] : std::vector<std::pair<std::string, std::string>>{
           {"events key", keys::event(bytes, 2)},
           {"events value", encode_event(event)},
           {"sagas key", bytes},
           {"sagas value", encode(summary)},
           {"removed saga", encode(removed)},
           {"timers key", keys::timer({Time{1'700'000'000'000}, run, "deadline"}, bytes)},
           {"pending key", keys::pending(3, bytes, "task:a")},
           {"index all", keys::index_all() + bytes},
           {"index workflow", keys::index_workflow("a/b") + bytes},
           {"index status", keys::index_status("stuck") + bytes},
           {"index workflow and status", keys::index_workflow_status("a/b", "stuck") + bytes},
           {"index label", keys::index_label("k", "v") + bytes},
           {"index event", keys::index_event("paid", "o") + bytes},
           {"definitions key", keys::definition("a/b", "1.0.0")},
           {"definitions value", encode(definition)},
           {"mark", encode(Mark{7, {{"000004.log", {100, 5}}}})}}) {
    EXPECT_NE(text.find(to_hex(example)), std::string::npos) << what << " is " << to_hex(example);
  }
}

std::string bytes_of_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(at, 2)), nullptr, 16)));
  }
  return bytes;
}

TEST(StoreFormat, ASummaryOfFormat1IsRead) {
  const std::string hex = std::string(
                              "de0013"
                              "a372756ed92430313933366335642d386633622d373030332d383030302d303030303030303030306666"
                              "a26964a173a8776f726b666c6f77ae73746f72652f636865636b6f7574a776657273696f6ea5312e302e30"
                              "aa646566696e6974696f6ea26431a6737461747573a772756e6e696e67a566696e616cc2"
                              "aa737461727465645f617401a8656e6465645f6174c0a66c6162656c7381a16ba176a56572726f72c0"
                              "aa696e7075745f68617368c400b17265717565737465645f76657273696f6ea0"
                              "aa6f75747075745f73657100a770656e64696e6790ac636f6d70656e736174696f6e9400000000"
                              "ab6c6566745f626568696e6490a66576656e747300a468656164c420") +
                          std::string(64, '0');
  EXPECT_NE(readme().find(hex), std::string::npos) << "the README's example";
  Summary expected = testing::saga(RunId("01936c5d-8f3b-7003-8000-0000000000ff"), "s", 1);
  expected.labels = {{"k", "v"}};
  const auto summary = decode_summary(bytes_of_hex(hex));
  ASSERT_TRUE(summary);
  EXPECT_EQ(*summary, expected);
}

TEST(StoreFormat, WhatALaterVersionAddsToASummaryIsPassedOver) {
  std::string bytes = encode(testing::saga(testing::run_at(1), "s", 1));
  ASSERT_EQ(bytes.substr(0, 3), std::string("\xdc\x00\x13", 3));
  bytes[2] = '\x14';
  EXPECT_FALSE(decode_summary(bytes));
  EXPECT_EQ(*decode_summary(bytes + "\x07"), testing::saga(testing::run_at(1), "s", 1));
}

TEST(StoreFormat, AnyCutOfAValueIsDamageAndNeverACrash) {
  Summary summary = testing::saga(testing::run_at(1), "s", 1);
  summary.labels = {{"k", "v"}};
  summary.pending = {{"/do/0/a", "a.b", 1, Time{1}, Time{2}, Payload(Value("x"))}};
  const std::string bytes = encode(summary);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_summary(std::string_view(bytes).substr(0, size))) << size;
  }
  const std::string row = encode(DefinitionRow{"a/b", "1.0.0", "d1", "x", Time{1}});
  for (std::size_t size = 0; size < row.size(); ++size) {
    EXPECT_FALSE(decode_definition(std::string_view(row).substr(0, size))) << size;
  }
  const std::string removed =
      encode(Removed{testing::run_at(1), SagaId("s"), "a/b", "1.0.0", "completed", Time{1}, Time{2}, Time{3}, 4, {}});
  EXPECT_TRUE(is_removed(removed));
  EXPECT_TRUE(decode_removed(removed));
  for (std::size_t size = 0; size < removed.size(); ++size) {
    EXPECT_FALSE(decode_removed(std::string_view(removed).substr(0, size))) << size;
  }
  EXPECT_FALSE(is_removed(bytes));
  EXPECT_FALSE(decode_event(1, "short"));
}

TEST(StoreFormat, AnyCutOfAKeyIsNone) {
  const RunId run = testing::run_at(1);
  const std::string bytes = *keys::run(run);
  const TimerRow timer{Time{1}, run, ""};  // no name: every byte counts
  const std::string timer_key = keys::timer(timer, bytes);
  EXPECT_EQ(keys::timer_from(timer_key), timer);
  for (std::size_t size = 0; size < timer_key.size(); ++size) EXPECT_FALSE(keys::timer_from(timer_key.substr(0, size)));
  const std::string pending_key = keys::pending(3, bytes, "");
  EXPECT_EQ(keys::pending_from(pending_key), (PendingRow{run, "", ""}));
  for (std::size_t size = 0; size < pending_key.size(); ++size) {
    EXPECT_FALSE(keys::pending_from(pending_key.substr(0, size)));
  }
  const std::string event_key = keys::event(bytes, 5);
  EXPECT_EQ(keys::event_seq(event_key), 5U);
  for (std::size_t size = 0; size < event_key.size(); ++size) EXPECT_EQ(keys::event_seq(event_key.substr(0, size)), 0U);
  EXPECT_TRUE(keys::run_from("short").empty());
}

}  // namespace
}  // namespace skald::store
