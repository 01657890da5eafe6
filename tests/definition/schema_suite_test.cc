// The official test suite of JSON Schema, as Debian packages it (json-schema-test-suite), read where it lies.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "engine/definition/schema.h"

namespace skald::definition {
namespace {

const std::filesystem::path kSuite = "/usr/share/json-schema-test-suite/tests";

struct Draft {
  const char* folder;
  SchemaDraft draft;
  int least;  // tests that must have been held against a schema
};

// What a document may not ask of a schema is refused when it is deployed, by name.
bool is_refused_on_purpose(const std::string& message) {
  for (const char* reason : {"leads out of this document", "'$id' stands only at the top"}) {
    if (message.find(reason) != std::string::npos) return true;
  }
  return false;
}

// Of the optional tests, the formats that are checked here and large integers. 1.0 is an integer in every draft here,
// which draft 4 sees otherwise.
bool is_asked(const std::filesystem::path& file, SchemaDraft draft) {
  static const std::set<std::string> formats{"date", "time", "date-time", "ipv4", "ipv6", "email"};
  if (file.parent_path().filename() == "format") return formats.count(file.stem()) > 0;
  if (file.parent_path().filename() != "optional") return true;
  return file.stem() == "bignum" || formats.count(file.stem()) > 0 ||
         (file.stem() == "zeroTerminatedFloats" && draft != SchemaDraft::k4);
}

class Suite : public testing::TestWithParam<Draft> {
 protected:
  void file(const std::filesystem::path& path) {
    std::ifstream in(path);
    for (const Value& group : Value::parse(in)) {
      const std::string about = path.filename().string() + ": " + group["description"].get<std::string>();
      const auto schema = Schema::compile(group["schema"], GetParam().draft);
      if (!schema) {
        EXPECT_TRUE(is_refused_on_purpose(schema.error().message)) << about << ": " << schema.error().message;
        continue;
      }
      for (const Value& test : group["tests"]) {
        ++tests_;
        const auto status = schema->validate(test["data"]);
        EXPECT_EQ(status.has_value(), test["valid"].get<bool>()) << about << ": " << test["description"];
        if (status) continue;
        EXPECT_EQ(status.error().code, "schema-mismatch") << about << ": " << status.error().message;
      }
    }
  }
  int tests_ = 0;
};

TEST_P(Suite, IsAsTheStandardSays) {
  const auto folder = kSuite / GetParam().folder;
  ASSERT_TRUE(std::filesystem::is_directory(folder)) << "json-schema-test-suite is missing; ./run test installs it";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".json" && is_asked(entry.path(), GetParam().draft)) file(entry.path());
  }
  EXPECT_GE(tests_, GetParam().least);
}

INSTANTIATE_TEST_SUITE_P(JsonSchema, Suite,
                         testing::Values(Draft{"draft4", SchemaDraft::k4, 200}, Draft{"draft6", SchemaDraft::k6, 300},
                                         Draft{"draft7", SchemaDraft::k7, 350}),
                         [](const auto& draft) { return std::string(draft.param.folder); });

}  // namespace
}  // namespace skald::definition
