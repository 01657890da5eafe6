// The description of the interface, held against the server's routes and codes.

#include "engine/api/openapi.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "engine/api/router.h"
#include "tests/api/description.h"

namespace skald::testing {
namespace {

Description description() { return Description(Value::parse(api::openapi_document())); }

Names names(const Value& list) { return list.get<Names>(); }

std::string source(const std::string& path) {
  std::ifstream in(SKALD_SOURCE_DIR "/" + path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// Calls visit(schema) for everything that holds "examples", and visit_ref(text) for every reference.
void walk(const Value& value, const std::function<void(const Value&)>& visit,
          const std::function<void(const std::string&)>& visit_ref) {
  if (value.is_object() && value.contains("examples")) visit(value);
  if (value.is_object() && value.contains("$ref")) visit_ref(value["$ref"].get<std::string>());
  if (!value.is_structured()) return;
  for (const auto& [ignored, child] : value.items()) walk(child, visit, visit_ref);
}

TEST(OpenApi, IsTheFileOfTheTree) { EXPECT_EQ(api::openapi_document(), source("engine/api/openapi.json")); }

TEST(OpenApi, HasEveryRouteOfTheServerAndNoOther) {
  Names served;
  for (const auto& endpoint : api::make_router().endpoints()) {
    served.insert(endpoint.method + " " + endpoint.pattern);
  }
  EXPECT_EQ(description().operations(), served);
}

TEST(OpenApi, SaysWhichRoutesNeedNoToken) {
  const Description described = description();
  for (const auto& endpoint : api::make_router().endpoints()) {
    const Value& operation = described.operation(endpoint.method, endpoint.pattern);
    EXPECT_EQ(operation.contains("security"), endpoint.open) << endpoint.pattern;
  }
}

TEST(OpenApi, IsWhole) {
  const Description described = description();
  const Value& document = described.document();
  Names operation_ids;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      EXPECT_TRUE(operation_ids.insert(operation["operationId"].get<std::string>()).second) << operation["operationId"];
      EXPECT_EQ(described.parameters(operation, "path"), matches(path, "\\{(\\w+)\\}")) << path;
      EXPECT_FALSE(operation["summary"].get<std::string>().empty());
    }
  }
  Names used;
  int examples = 0;
  walk(
      document,
      [&](const Value& schema) {
        for (const Value& example : schema["examples"]) {
          EXPECT_EQ(described.problems(schema, example), "");
          ++examples;
        }
      },
      [&](const std::string& ref) {
        EXPECT_TRUE(document.contains(Value::json_pointer(ref.substr(1)))) << ref;
        used.insert(ref);
      });
  EXPECT_GT(examples, 5);
  for (const char* kind : {"schemas", "responses", "parameters", "requestBodies"}) {
    for (const std::string& name : members(document["components"][kind])) {
      EXPECT_EQ(used.count("#/components/" + std::string(kind) + "/" + name), 1U) << name << " is used nowhere";
    }
  }
}

TEST(OpenApi, KnowsEveryEventAndItsMembers) {
  const Value document = description().document();
  const Value& event = document["components"]["schemas"]["Event"]["properties"];
  const std::string code = source("engine/core/event.cc");
  EXPECT_EQ(names(event["type"]["enum"]), matches(code, "\\{EventType::k\\w+, \"([a-z_.]+)\"\\}"));
  Names fields = matches(code, "visit\\(\"(\\w+)\", event\\.");
  fields.insert({"seq", "at", "type", "hash"});
  EXPECT_EQ(members(event), fields);
}

// Codes of what fails before the door is open, of what reaches nobody but a log, and of errors inside sagas.
const Names kNotAnswered = {
    "address-taken",    "bad-address",     "bad-shards",     "damaged-export",
    "export-too-large", "no-file",         "bad-msgpack",    "broker-payload-limit",
    "broker-taken",     "damaged-meta",    "damaged-backup", "folder-in-use",
    "folder-not-empty", "folder-unusable", "log-lost",       "log-moved-on",
    "no-backup",        "no-backups",      "no-store",       "not-prepared",
    "open-failed",      "read-only",       "restore-failed", "retention-too-short",
    "unknown-format",   "bad-task-type",   "bad-error",      "not-a-list",
    "only-read",        "pivot-in-child",  "too-many-items", "schema-mismatch",
};

TEST(OpenApi, KnowsEveryCodeThatIsAnswered) {
  Names in_source;
  for (const char* folder : {"engine/api", "engine/base", "engine/core", "engine/runtime", "engine/inspect", "store"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(SKALD_SOURCE_DIR "/" + std::string(folder))) {
      const std::string path = std::filesystem::relative(entry.path(), SKALD_SOURCE_DIR);
      if (entry.path().extension() != ".cc" && entry.path().extension() != ".h") continue;
      const std::string text = source(path);
      for (const std::string& pattern :
           {std::string("ErrorKind::k\\w+,\\s*\"([a-z-]+)\""), std::string("problem\\(\\d+,\\s*\"([a-z-]+)\""),
            std::string("problem\\(\\d+, readiness[^\"]*\"([a-z-]+)\""),
            std::string("problem\\(\\d+, readiness[^:]*: \"([a-z-]+)\"")}) {
        in_source.merge(matches(text, pattern));
      }
    }
  }
  in_source.insert("bad-definition");  // engine/definition has no other
  for (const std::string& code : kNotAnswered) in_source.erase(code);
  EXPECT_EQ(names(description().document()["components"]["schemas"]["Code"]["enum"]), in_source);
}

}  // namespace
}  // namespace skald::testing
