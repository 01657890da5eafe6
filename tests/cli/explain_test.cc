// skald explain, as a script runs it.

#include "tests/cli/commands_fixture.h"

namespace skald::cli {
namespace {

class Explain : public Commands {
 protected:
  void SetUp() override { ASSERT_EQ(skald("submit t/waits --id lonely").exit_code, 0); }
};

TEST_F(Explain, SaysItInSentencesAndAsJson) {
  const Ran text = skald("explain lonely");
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_EQ(text.out.rfind("lonely  running  t/waits@1.0.0\n", 0), 0U) << text.out;
  EXPECT_NE(text.out.find("It is at /do/0/a, which calls nobody.serves."), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("\nwhat helps\n"), std::string::npos);
  const Value json = Value::parse(skald("explain lonely -o json").out, nullptr, false);
  EXPECT_EQ(json["live"], true);
  EXPECT_EQ(json["sentences"][0]["code"], "at-step");
}

TEST_F(Explain, TakesSeveralIdsAndTellsWhichIsNotKnown) {
  const Ran ran = skald("explain lonely nobody lonely");
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_NE(ran.err.find("no saga has the id 'nobody'"), std::string::npos) << ran.err;
  EXPECT_NE(ran.out.find("\n\nlonely  running"), std::string::npos) << "the others are told all the same";
}

TEST_F(Explain, BesideARunningEngineItSaysWhatItCannotKnow) {
  const Ran ran = skald("explain lonely --data " + data_ + "/d -o json", "http://127.0.0.1:1");
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const Value json = Value::parse(ran.out, nullptr, false);
  EXPECT_EQ(json["live"], false);
  EXPECT_EQ(json["cause"], "in-flight");
  EXPECT_NE(ran.out.find("\"engine-elsewhere\""), std::string::npos) << ran.out;
  EXPECT_EQ(json["commands"][0]["command"], "skald explain lonely");
}

}  // namespace
}  // namespace skald::cli
