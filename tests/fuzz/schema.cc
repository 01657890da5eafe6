// Schemas and values held against them. Input: a schema in YAML or JSON, a zero byte, the JSON of a value.

#include "engine/definition/schema.h"

#include "engine/definition/problems.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size), 2);
  const auto document = definition::parse_document("schema: { document: " + parts[0] + "\n}", "fuzz.yaml");
  const definition::DocNode* node = document ? document->find("schema") : nullptr;
  if (node == nullptr) return 0;

  definition::Problems problems("fuzz.yaml");
  const auto schema = definition::read_schema(*node, problems);
  SKALD_CHECK(schema.has_value() == problems.empty(), "a schema is refused with a reason");
  if (!schema) {
    SKALD_CHECK(problems.error().message.rfind("fuzz.yaml:", 0) == 0, "a refusal says where");
    return 0;
  }
  const auto value = parse_json(parts[1]);
  if (!value) return 0;
  const Status first = schema->validate(*value);
  const Status again = schema->validate(*value);
  SKALD_CHECK(first.has_value() == again.has_value(), "a schema says the same twice");
  if (!first) {
    SKALD_CHECK(first.error().message == again.error().message, "a schema says the same twice");
    SKALD_CHECK(first.error().code == "schema-mismatch" || first.error().code == "schema-limit", "errors have names");
  }
  return 0;
}
