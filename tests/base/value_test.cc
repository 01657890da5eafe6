#include "engine/base/value.h"

#include <gtest/gtest.h>

namespace skald {
namespace {

TEST(Payload, EqualValuesHaveEqualBytesWhateverTheirKeyOrder) {
  EXPECT_EQ(Payload::from_json(R"({"a":1,"b":2})").value(), Payload::from_json(R"({"b":2,"a":1})").value());
}

TEST(Payload, KeepsIntegersBeyondDoublePrecision) {
  const auto payload = Payload::from_json("[9007199254740993,-9007199254740993,18446744073709551615]").value();
  EXPECT_EQ(payload.json(), "[9007199254740993,-9007199254740993,18446744073709551615]");
}

TEST(Payload, NullIsNotNothing) {
  EXPECT_TRUE(Payload().empty());
  EXPECT_FALSE(Payload(Value(nullptr)).empty());
  EXPECT_NE(Payload(), Payload(Value(nullptr)));
  EXPECT_EQ(Payload().json(), "null");
}

TEST(Json, ErrorsNameLineAndColumn) {
  const auto error = parse_json("{\n  \"a\": }").error();
  EXPECT_EQ(error.code, "bad-json");
  EXPECT_NE(error.message.find("line 2, column 8"), std::string::npos) << error.message;
}

TEST(Json, RefusesNumbersThatNoDoubleHolds) {
  const auto error = parse_json(R"({"a":1e999})").error();
  EXPECT_EQ(error.code, "bad-json");
  EXPECT_EQ(error.message, "not valid JSON: number overflow parsing '1e999'");
  EXPECT_EQ(parse_json("1e-999").value(), 0);
}

TEST(Json, RefusesEndlessNesting) { EXPECT_EQ(parse_json(std::string(100'000, '[')).error().code, "too-deep"); }

}  // namespace
}  // namespace skald
