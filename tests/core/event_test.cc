#include "engine/core/event.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace skald::core {
namespace {

TEST(EventType, NamesAndTypesAgree) {
  for (int i = 0; i <= static_cast<int>(EventType::kOperatorResolve); ++i) {
    const auto type = static_cast<EventType>(i);
    EXPECT_EQ(event_type(name_of(type)), type) << name_of(type);
  }
  EXPECT_FALSE(event_type("saga.unheard_of"));
}

Event full() {
  Event event;
  event.seq = 9;
  event.at = Time{1'700'000'000'123};
  event.type = EventType::kStepCompleted;
  event.step = "/do/0/a";
  event.visit = 2;
  event.key = "k";
  event.attempt = 3;
  event.output = Payload(Value(nullptr));
  event.error = Payload(Value{{"big", 9007199254740993}});
  event.delay_ms = -5;
  event.due = Time{7};
  event.labels = {{"a", "b"}};
  event.left_behind = {"x", "y"};
  event.delivered = true;
  return event;
}

TEST(EventCodec, RoundTripsAndKeepsNullApartFromNothing) {
  const auto decoded = decode_event(encode(full()));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, full());
  EXPECT_FALSE(decoded->output.empty());
  EXPECT_TRUE(decoded->input.empty());
}

TEST(EventCodec, EveryTruncationAndFlippedByteIsReadOrRefusedButNeverCrashes) {
  const std::string bytes = encode(full());
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_event(bytes.substr(0, size))) << size;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      if (const auto decoded = decode_event(flipped)) encode(*decoded);
    }
  }
}

TEST(EventJson, HasThePromisedNames) {
  const Value json = to_value(full());
  EXPECT_EQ(json["seq"], 9);
  EXPECT_EQ(json["at"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(json["type"], "step.completed");
  EXPECT_EQ(json["step"], "/do/0/a");
  EXPECT_TRUE(json["output"].is_null());
  EXPECT_FALSE(json.contains("input"));
  EXPECT_EQ(json["due"], "1970-01-01T00:00:00.007Z");
}

}  // namespace
}  // namespace skald::core
