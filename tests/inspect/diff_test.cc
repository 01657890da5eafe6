#include "engine/inspect/diff.h"

#include "tests/inspect/history.h"
#include "tests/inspect/patched.h"

namespace skald::inspect {
namespace {

TEST(Changes, OfEqualDocumentsAreNone) {
  const Value same{{"a", {1, 2, {{"b", nullptr}}}}};
  EXPECT_EQ(changes(same, same), Value::array());
}

TEST(Changes, SayWhatWasThereAndWhatIs) {
  EXPECT_EQ(changes({{"a", 1}, {"b", 2}}, {{"a", 1}, {"b", 3}}), Value::parse(R"([{"path":"/b","was":2,"now":3}])"));
}

TEST(Changes, TellWhatHasComeAndGoneAsAWhole) {
  EXPECT_EQ(changes({{"gone", {{"x", 1}}}}, {{"new", {{"y", 2}}}}),
            Value::parse(R"([{"path":"/gone","was":{"x":1}},{"path":"/new","now":{"y":2}}])"));
}

TEST(Changes, TellNullFromNothing) {
  EXPECT_EQ(changes({{"a", nullptr}}, Value::object()), Value::parse(R"([{"path":"/a","was":null}])"));
  EXPECT_EQ(changes(Value::object(), {{"a", nullptr}}), Value::parse(R"([{"path":"/a","now":null}])"));
}

TEST(Changes, EscapeNamesAsPointersDo) { EXPECT_EQ(changes({{"a/b~c", 1}}, {{"a/b~c", 2}})[0]["path"], "/a~1b~0c"); }

TEST(Changes, OfDocumentsOfDifferentKindsAreTheWhole) {
  EXPECT_EQ(changes({1, 2}, {{"a", 1}}), Value::parse(R"([{"path":"","was":[1,2],"now":{"a":1}}])"));
}

TEST(Changes, MadeOnTheOneGiveTheOther) {
  const std::vector<Value> documents = {
      nullptr,
      1,
      1.0,
      "1",
      Value::array(),
      Value::object(),
      {1, 2, 3, 4},
      {1, 5},
      {{"a", {1, {{"b", 2}}}}},
      {{"a", {1, {{"b", 3}, {"c", {4}}}, 5}}, {"", 6}, {"~", 7}, {"/", {{"/", nullptr}}}}};
  for (const Value& was : documents) {
    for (const Value& now : documents) {
      const Value made = patched(was, changes(was, now));
      EXPECT_EQ(made.dump(), now.dump()) << was << " to " << now << " by " << changes(was, now);
    }
  }
}

}  // namespace
}  // namespace skald::inspect
