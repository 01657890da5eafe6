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
