// The vectors that other languages test against are what this code writes, and README.md shows the same.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/base/hash.h"
#include "engine/wire/cancel.h"
#include "engine/wire/codec.h"
#include "engine/wire/presence.h"
#include "engine/wire/result.h"
#include "engine/wire/subjects.h"
#include "engine/wire/task.h"
#include "engine/wire/token.h"

namespace skald::wire {
namespace {

std::string read(const std::string& path) {
  std::ifstream in(SKALD_SOURCE_DIR "/engine/wire/" + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string unhex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

class Vectors : public ::testing::Test {
 protected:
  const Value vectors_ = Value::parse(read("vectors.json"));
};

// Decodes both forms, which must mean the same, and encodes to the same bytes again.
template <typename Decode>
void check(const Value& vector, Decode decode) {
  const std::string bytes = unhex(vector.at("msgpack"));
  const auto from_bytes = decode(bytes, false);
  const auto from_json = decode(vector.at("json").dump(), true);
  ASSERT_TRUE(from_bytes) << from_bytes.error().message;
  ASSERT_TRUE(from_json) << from_json.error().message;
  EXPECT_EQ(*from_bytes, *from_json);
  EXPECT_EQ(to_hex(encode(*from_bytes)), vector.at("msgpack"));
}

TEST_F(Vectors, AreWhatThisCodeWrites) {
  check(vectors_.at("task"), decode_tasks);
  check(vectors_.at("tasks"), decode_tasks);
  check(vectors_.at("result_completed"), decode_results);
  check(vectors_.at("result_failed"), decode_results);
  check(vectors_.at("results"), decode_results);
  check(vectors_.at("cancel"), decode_cancel);
  check(vectors_.at("presence"), decode_presence);
  check(vectors_.at("presence_together"), decode_presence);
}

TEST_F(Vectors, TokensAreAsSpecified) {
  for (const Value& vector : vectors_.at("tokens")) {
    EXPECT_EQ(make_token(unhex(vector.at("secret")), RunId(vector.at("run")), std::string(vector.at("key")),
                         vector.at("attempt")),
              vector.at("token"));
  }
}

TEST_F(Vectors, SubjectsAreAsSpecified) {
  const Names names;
  for (const Value& vector : vectors_.at("task_types")) {
    EXPECT_EQ(names.task(std::string(vector.at("type"))), vector.at("subject"));
    EXPECT_EQ(Names::task_consumer(std::string(vector.at("type"))), vector.at("consumer"));
  }
}

TEST_F(Vectors, TheReadmeShowsThem) {
  const std::string readme = read("README.md");
  for (const char* name : {"task", "result_completed", "presence_together"}) {
    EXPECT_NE(readme.find(vectors_.at(name).at("json").dump()), std::string::npos) << name;
  }
  EXPECT_NE(readme.find(std::string(vectors_.at("tokens")[0].at("token"))), std::string::npos);
}

}  // namespace
}  // namespace skald::wire
