// What documents are taken and what is said of the others, with the kinds of this version.

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

constexpr const char* kHead = "document: { dsl: '1.0.3', namespace: test, name: flow, version: '1.0.0' }\n";

Result<definition::Parsed> parse(const std::string& text) {
  static NoJq jq;
  return definition::parse_workflow(text, "f.yaml", all_kinds(), jq);
}

TEST(Documents, TheDemoStoresCheckoutIsGood) {
  std::ifstream in(SKALD_SOURCE_DIR "/services/workflows/checkout.yaml");
  std::ostringstream text;
  text << in.rdbuf();
  const auto parsed = parse(text.str());
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->workflow->full_name(), "store/checkout");
  EXPECT_TRUE(parsed->warnings.empty()) << parsed->warnings.front();
}

TEST(Documents, TheDemoStoresCheckoutChangesOnlyUnderANewVersion) {
  std::ifstream in(SKALD_SOURCE_DIR "/services/workflows/checkout.yaml");
  std::ostringstream text;
  text << in.rdbuf();
  const auto parsed = parse(text.str());
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->workflow->version + " " + parsed->workflow->hash,
            "1.0.1 bb2ea9a0fdf89458b46cac2f8c5173c81f28dbe43f31cc2e5f2e2f00bde1203a")
      << "a data folder that holds this version with another content refuses it: give the document a new version, and "
         "put it here";
}

TEST(Documents, JsonMeansTheSameAsYaml) {
  const auto yaml = parse(std::string(kHead) + "do:\n  - a: { call: x.y, with: { n: 1 } }\n");
  const auto json = parse(
      R"({"document":{"dsl":"1.0.3","namespace":"test","name":"flow","version":"1.0.0"},"do":[{"a":{"call":"x.y","with":{"n":1}}}]})");
  ASSERT_TRUE(yaml) << yaml.error().message;
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(yaml->workflow->hash, json->workflow->hash);
}

TEST(Documents, OurKeysMayStandInMetadata) {
  const auto plain =
      parse(std::string(kHead) + "do:\n  - a: { call: x.y, compensate: { call: x.undo }, pivot: true }\n");
  const auto metadata = parse(std::string(kHead) +
                              "do:\n  - a: { call: x.y, metadata: { compensate: { call: x.undo }, pivot: true } }\n");
  ASSERT_TRUE(plain) << plain.error().message;
  ASSERT_TRUE(metadata) << metadata.error().message;
}

TEST(Documents, EveryProblemIsTold) {
  const auto parsed = parse(std::string(kHead) +
                            "do:\n  - a: { call: x.y, bogus: 1 }\n  - b: { fork: {} }\n  - a: { set: { x: 1 } }\n");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, "bad-definition");
  EXPECT_NE(parsed.error().message.find("f.yaml:3:"), std::string::npos) << parsed.error().message;
  EXPECT_NE(parsed.error().message.find("f.yaml:4:"), std::string::npos) << parsed.error().message;
}

struct Bad {
  std::string text;
  std::string place;
  std::string what;
};

class BadDocuments : public ::testing::TestWithParam<Bad> {};

TEST_P(BadDocuments, AreRefusedWithTheirPlace) {
  const auto parsed = parse(GetParam().text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(parsed.error().message.find(GetParam().place), std::string::npos) << parsed.error().message;
  EXPECT_NE(parsed.error().message.find(GetParam().what), std::string::npos) << parsed.error().message;
}

const std::string kTasks = std::string(kHead) + "do:\n";
const std::string kDigits(200'000, '1');

// What `text` stands for as a plain scalar; the error's text where it is refused.
Value scalar(const std::string& text) {
  const auto document = definition::parse_document("a: " + text, "f.yaml");
  return document ? document->find("a")->value() : Value("refused: " + document.error().message);
}

TEST(Documents, PlainScalarsFollowTheCoreSchemaOfYaml12) {
  const std::vector<std::pair<std::string, std::string>> cases = {{"~", "null"},
                                                                  {"Null", "null"},
                                                                  {"TRUE", "true"},
                                                                  {"yes", "\"yes\""},
                                                                  {"on", "\"on\""},
                                                                  {"0o17", "15"},
                                                                  {"0x1F", "31"},
                                                                  {"-12", "-12"},
                                                                  {"+12", "12"},
                                                                  {"007", "7"},
                                                                  {"1.5e3", "1500.0"},
                                                                  {"+.5", "0.5"},
                                                                  {"5.", "5.0"},
                                                                  {"1e2", "100.0"},
                                                                  {"-0.25E-1", "-0.025"},
                                                                  {"1e-320", "1e-320"},
                                                                  {".", "\".\""},
                                                                  {"1.2.3", "\"1.2.3\""},
                                                                  {"1e", "\"1e\""},
                                                                  {"-x", "\"-x\""},
                                                                  {"0x", "\"0x\""},
                                                                  {"0o8", "\"0o8\""},
                                                                  {"+-1", "\"+-1\""},
                                                                  {"inf", "\"inf\""},
                                                                  {"e5", "\"e5\""},
                                                                  {"18446744073709551615", "18446744073709551615"},
                                                                  {"18446744073709551616", "1.8446744073709552e19"},
                                                                  {"-9223372036854775808", "-9223372036854775808"}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(scalar(text), Value::parse(expected)) << text;
  for (const char* refused : {".inf", "-.INF", ".nan", "1e999", "-1e999", "0x11112222333344445"}) {
    EXPECT_EQ(scalar(refused).dump().substr(0, 10), "\"refused: ") << refused;
  }
}

TEST(Documents, TensOfThousandsOfKeysAreReadInNoTime) {
  std::string keys;
  for (int i = 0; i < 40'000; ++i) keys += fmt::format("{:x}:\n", i);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(definition::parse_document(keys, "f.yaml"));
  EXPECT_FALSE(definition::parse_document(keys + "0:\n", "f.yaml")) << "one stands there twice";
  // Compared with one another they took half a minute on a slow machine.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

// std::regex overflowed the stack at some hundred thousand characters, which a document may have.
TEST(Documents, LongScalarsAreRead) {
  EXPECT_EQ(scalar(kDigits),
            "refused: f.yaml:1:4: the number 1111111111111111111111111111111111111111... is out of range");
  EXPECT_EQ(scalar("0x" + kDigits).dump().substr(0, 10), "\"refused: ");
  EXPECT_EQ(scalar("1." + kDigits), 1.1111111111111112);
  EXPECT_EQ(scalar(kDigits + "x"), kDigits + "x");
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadDocuments,
    ::testing::Values(
        Bad{"", "f.yaml:1:", ""}, Bad{"do: [", "f.yaml:", ""}, Bad{"[]", "f.yaml:1:1", ""},
        Bad{"do:\n  - a: { set: { x: 1 } }\n", "f.yaml:", "document"}, Bad{kHead, "f.yaml:", "do"},
        Bad{"document: { dsl: '0.8', namespace: a, name: b, version: '1.0.0' }\ndo:\n  - a: { set: { x: 1 } }\n",
            "f.yaml:1:", "dsl"},
        Bad{"document: { dsl: '1.0.3', namespace: a, name: b, version: 'one' }\ndo:\n  - a: { set: { x: 1 } }\n",
            "f.yaml:1:", "version"},
        Bad{"document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0-" + kDigits +
                "' }\ndo:\n  - a: { set: { x: 1 } }\n",
            "f.yaml:1:", "longer than 256 bytes"},
        Bad{kTasks + "  - a: { set: { x: " + std::string(400, '9') + " } }\n", "f.yaml:3:", "out of range"},
        Bad{kTasks + "  - a: { call: x.y, bogus: 1 }\n", "f.yaml:3:21", "unknown key 'bogus'"},
        Bad{kTasks + "  - a: { wait: {} }\n", "f.yaml:3:16", "duration"},
        Bad{kTasks + "  - a: { listen: {} }\n", "f.yaml:3:18", "expected listen:"},
        Bad{kTasks + "  - a: { call: Bad Type }\n", "f.yaml:3:", "Bad Type"},
        Bad{kTasks + "  - a: { call: x.y, retry: { delay: nope } }\n", "f.yaml:3:37", "duration"},
        Bad{kTasks + "  - a: { call: x.y, then: nowhere }\n", "f.yaml:3:", "nowhere"},
        Bad{kTasks + "  - a: { emit: {} }\n", "f.yaml:3:", "event"},
        Bad{kTasks + "  - a: { call: x.y, effect: perhaps }\n", "f.yaml:3:", "effect"},
        Bad{kTasks + "  - a: { set: { x: 1 } }\n  - a: { set: { x: 1 } }\n", "f.yaml:4:", "'a'"},
        Bad{kTasks + "  - a: { call: x.y, call: x.z }\n", "f.yaml:3:", "call"},
        Bad{kTasks + "  - a: {}\n", "f.yaml:3:", ""}));

}  // namespace
}  // namespace skald::core
