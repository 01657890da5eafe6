#include "engine/definition/schema.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "engine/definition/problems.h"

namespace skald::definition {
namespace {

Schema compiled(const char* text) {
  auto schema = Schema::compile(Value::parse(text));
  EXPECT_TRUE(schema) << text << ": " << schema.error().message;
  return schema ? std::move(*schema) : *Schema::compile(Value::object());
}

// What is said of the value; "ok" where nothing is.
std::string said(const Schema& schema, const Value& value) {
  const Status status = schema.validate(value);
  return status ? "ok" : status.error().message;
}

std::string said(const char* schema, const char* value) { return said(compiled(schema), Value::parse(value)); }

std::string refused(const char* text) {
  const auto schema = Schema::compile(Value::parse(text));
  if (schema) return "taken";
  EXPECT_EQ(schema.error().code, "bad-schema");
  return schema.error().message;
}

constexpr const char* kOrder = R"({
  "type": "object", "required": ["items", "total"], "additionalProperties": false,
  "properties": {
    "total": {"type": "integer", "minimum": 0},
    "note": {"type": ["string", "null"], "maxLength": 3},
    "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/item"}}},
  "$defs": {"item": {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string", "pattern": "^[A-Z]+-[0-9]+$"}}}}})";

TEST(Schemas, SayWhereAndWhatWasExpected) {
  EXPECT_EQ(said(kOrder, R"({"total": 3, "items": [{"sku": "A-1"}], "note": null})"), "ok");
  EXPECT_EQ(said(kOrder, "[]"), "expected an object, found an array");
  EXPECT_EQ(said(kOrder, R"({"total": 1.5, "items": []})"),
            "/items: expected at least 1 item, found 0; /total: expected an integer, found a number");
  EXPECT_EQ(said(kOrder, R"({"total": -1, "items": [{"sku": "A-1"}, {"sku": "a"}, {}]})"),
            "/items/1/sku: expected a text that matches ^[A-Z]+-[0-9]+$; /items/2: the property 'sku' is missing; "
            "/total: expected a number of at least 0");
  EXPECT_EQ(said(kOrder, R"({"total": 1, "itmes": [], "items": [{"sku": "A-1"}]})"),
            "there is no property 'itmes' here; did you mean 'items'?");
  EXPECT_EQ(said(kOrder, R"({"total": 1, "items": [{"sku": "A-1"}], "note": "äöüß"})"),
            "/note: expected at most 3 characters, found 4");
}

TEST(Schemas, NeverShowTheValue) {
  const char* const kSecret =
      R"({"properties": {"card": {"enum": ["x", "y"]}, "pin": {"maximum": 9}, "t": {"pattern": "^a$"}}})";
  const std::string message = said(kSecret, R"({"card": "4111", "pin": 4111, "t": "4111"})");
  EXPECT_EQ(message.find("4111"), std::string::npos) << message;
  EXPECT_NE(message.find("/card: expected one of \"x\", \"y\""), std::string::npos) << message;
}

TEST(Schemas, AFewMismatchesAreToldOfMany) {
  Value many = Value::array();
  for (int i = 0; i < 100'000; ++i) many.push_back(i);
  const std::string message = said(compiled(R"({"items": {"type": "string"}})"), many);
  EXPECT_EQ(std::count(message.begin(), message.end(), ';'), static_cast<std::ptrdiff_t>(kMaxMismatches)) << message;
  EXPECT_EQ(message.substr(message.size() - 5), "; ...");
}

TEST(Schemas, TellWhatTheOneAlternativeOfTheTypeMisses) {
  const char* const kEither = R"({"anyOf": [{"type": "null"}, {"type": "object", "required": ["id"]}]})";
  EXPECT_EQ(said(kEither, "{}"), "the property 'id' is missing");
  EXPECT_EQ(said(kEither, "5"), "expected an object or null, found an integer");
  EXPECT_EQ(said(R"({"oneOf": [{"type": "integer"}, {"minimum": 2}]})", "3"),
            "it is as 2 of 'oneOf' say, the first being 0 and 1; it may be as one says");
}

TEST(Schemas, CompareIntegersExactly) {
  EXPECT_EQ(said(R"({"minimum": 0, "type": "integer"})", "18446744073709551615"), "ok");
  EXPECT_NE(said(R"({"maximum": 9007199254740992})", "9007199254740993"), "ok");
  EXPECT_NE(said(R"({"const": 9007199254740993})", "9007199254740992"), "ok");
  EXPECT_NE(said(R"({"const": 18446744073709551615})", "-1"), "ok");
  EXPECT_NE(said(R"({"exclusiveMaximum": 9007199254740992.0})", "9007199254740993"), "ok");
  EXPECT_EQ(said(R"({"multipleOf": 3})", "9007199254740993"), "ok");
  EXPECT_NE(said(R"({"multipleOf": 3})", "-9223372036854775808"), "ok");
  EXPECT_EQ(said(R"({"multipleOf": 0.01})", "4.35"), "ok");
  EXPECT_NE(said(R"({"multipleOf": 0.01})", "4.357"), "ok");
  EXPECT_EQ(said(R"({"const": 1, "type": "integer"})", "1.0"), "ok");
  EXPECT_EQ(said(R"({"uniqueItems": true})", "[9007199254740993, 9007199254740992, -1, 18446744073709551615]"), "ok");
  EXPECT_EQ(said(R"({"uniqueItems": true})", R"([{"a": 1}, 2, {"a": 1.0}])"),
            "the items 0 and 2 are the same; each may stand here once");
}

TEST(Schemas, KnowTheFormatsThatAreChecked) {
  const std::vector<std::pair<std::string, std::pair<std::string, std::string>>> cases{
      {"date", {"2024-02-29", "2023-02-29"}},
      {"time", {"23:59:60Z", "24:00:00Z"}},
      {"date-time", {"2024-01-31T10:00:00.123+02:00", "2024-01-31 10:00:00Z"}},
      {"uuid", {"01a20b4c-53b2-7004-a9c4-e214454533a1", "01a20b4c53b27004a9c4e214454533a1"}},
      {"ipv4", {"127.0.0.1", "127.0.0.256"}},
      {"ipv6", {"fe80::1", "fe80::1::2"}},
      {"email", {"a@b.example", "a@"}},
  };
  for (const auto& [format, texts] : cases) {
    const auto schema = Schema::compile(Value{{"format", format}});
    ASSERT_TRUE(schema);
    EXPECT_EQ(said(*schema, texts.first), "ok") << format;
    EXPECT_EQ(said(*schema, texts.second), fmt::format("expected a text of the format '{}'", format));
    EXPECT_EQ(said(*schema, 5), "ok") << "a format is asked of texts only";
  }
  EXPECT_EQ(said(R"({"format": "iri"})", R"("anything")"), "ok");
}

TEST(Schemas, ReadTheSpellingsOfAllDrafts) {
  EXPECT_NE(said(R"({"items": [{"type": "string"}], "additionalItems": false})", R"(["a", 1])"), "ok");
  EXPECT_NE(said(R"({"prefixItems": [{"type": "string"}], "items": false})", R"(["a", 1])"), "ok");
  EXPECT_NE(said(R"({"minimum": 3, "exclusiveMinimum": true})", "3"), "ok");
  EXPECT_EQ(said(R"({"minimum": 3, "exclusiveMinimum": false})", "3"), "ok");
  EXPECT_NE(said(R"({"exclusiveMinimum": 3})", "3"), "ok");
  EXPECT_NE(said(R"({"dependencies": {"a": ["b"]}})", R"({"a": 1})"), "ok");
  EXPECT_NE(said(R"({"dependentSchemas": {"a": {"required": ["b"]}}})", R"({"a": 1})"), "ok");
  EXPECT_EQ(said(R"({"dependentRequired": {"a": ["b"]}})", R"({"a": 1})"),
            "the property 'b' is missing, which 'a' asks for");
  EXPECT_NE(said(R"({"contains": {"type": "string"}, "minContains": 2})", R"(["a", 1])"), "ok");
  // Beside a reference the older drafts count nothing.
  const Value beside = Value::parse(R"({"definitions": {"any": true}, "$ref": "#/definitions/any", "maximum": 1})");
  EXPECT_FALSE(Schema::compile(beside)->validate(2));
  EXPECT_TRUE(Schema::compile(beside, SchemaDraft::k7)->validate(2));
}

TEST(Schemas, PatternsAreEcmas) {
  EXPECT_EQ(said(R"({"pattern": "^ü{2}$"})", R"("üü")"), "ok") << "by code points";
  EXPECT_NE(said(R"({"pattern": "^a$"})", R"("a\n")"), "ok") << "$ is the end, not the end of a line";
  EXPECT_NE(said(R"({"pattern": "^a"})", R"("b\na")"), "ok");
  EXPECT_NE(said(R"({"pattern": "^\\d$"})", R"("٣")"), "ok") << "\\d is ASCII";
  EXPECT_EQ(said(R"({"pattern": "^(?<x>a)\\k<x>\\/[$]$"})", R"("aa/$")"), "ok");
  EXPECT_EQ(said(R"({"pattern": "^\\u00e9(?!x)\\p{L}$"})", R"("éa")"), "ok");
  EXPECT_NE(
      said(R"({"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": false})", R"({"x-a": 1})"),
      "ok");
  EXPECT_EQ(said(R"({"patternProperties": {"^x-": {}}, "additionalProperties": false})", R"({"x-a": 1})"), "ok");
}

TEST(Schemas, RefuseWhatIsNotUnderstood) {
  EXPECT_EQ(refused("[]"), "expected a schema: a mapping of keywords, or true or false");
  EXPECT_EQ(refused(R"({"properties": {"a/b": {"type": "strng"}}})"),
            "/properties/a~1b/type: expected a type: null, boolean, integer, number, string, array, object, or a list "
            "of them");
  EXPECT_EQ(refused(R"({"minLength": -1, "pattern": "("})"),
            "/minLength: expected a whole number, zero or more\n"
            "/pattern: it is no regular expression: end pattern with unmatched parenthesis");
  EXPECT_EQ(refused(R"({"$ref": "http://example.com/order.json"})"),
            "/$ref: the reference 'http://example.com/order.json' leads out of this document; only '#' and '#/...' are "
            "followed");
  EXPECT_EQ(refused(R"({"$ref": "#/$defs/item"})"), "/$ref: the reference '#/$defs/item' leads to nothing");
  EXPECT_EQ(refused(R"({"unevaluatedProperties": false})"),
            "/unevaluatedProperties: 'unevaluatedProperties' is not supported in schemas");
  EXPECT_EQ(refused(R"({"allOf": [{"$ref": "#"}]})"),
            "/allOf/0: this schema asks itself of the same value again, and would never end");
  EXPECT_EQ(refused(R"({"definitions": {"a": {"minimum": "1"}}})"), "/definitions/a/minimum: expected a number");
}

TEST(Schemas, MayReferToThemselvesFurtherIn) {
  const Schema tree = compiled(R"({"type": "object", "properties": {"children": {"items": {"$ref": "#"}}}})");
  EXPECT_EQ(said(tree, Value::parse(R"({"children": [{"children": [{}]}]})")), "ok");
  EXPECT_EQ(said(tree, Value::parse(R"({"children": [{"children": [{}, 1]}]})")),
            "/children/0/children/1: expected an object, found an integer");
}

TEST(Schemas, AnEndlessPatternIsGivenUp) {
  const auto status = compiled(R"({"pattern": "^(a+)+$"})").validate(std::string(64, 'a') + "b");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, "schema-limit");
  EXPECT_EQ(said(compiled(R"({"pattern": "^[a-z]*$"})"), std::string(250'000, 'a')), "ok")
      << "long texts are no trouble";
}

TEST(Schemas, EveryValidationEnds) {
  // Each definition asks the next one twice: 2^64 in all.
  Value definitions = Value::object();
  for (int i = 0; i < 64; ++i) {
    const Value next{{"$ref", fmt::format("#/$defs/d{}", i + 1)}};
    definitions[fmt::format("d{}", i)] = {{"anyOf", {next, next}}};
  }
  definitions["d64"] = {{"type", "string"}};
  const auto doubling = Schema::compile({{"$defs", definitions}, {"$ref", "#/$defs/d0"}});
  ASSERT_TRUE(doubling) << doubling.error().message;
  EXPECT_EQ(doubling->validate(1).error().code, "schema-limit");
  EXPECT_TRUE(doubling->validate("fits at once"));

  // A chain of references as long as a document may hold.
  Value chain = Value::object();
  for (int i = 0; i < 9'000; ++i) chain[fmt::format("c{}", i)] = {{"$ref", fmt::format("#/$defs/c{}", i + 1)}};
  chain["c9000"] = true;
  const auto long_chain = Schema::compile({{"$defs", chain}, {"$ref", "#/$defs/c0"}});
  ASSERT_TRUE(long_chain) << long_chain.error().message;
  EXPECT_EQ(long_chain->validate(1).error().code, "schema-limit");

  Value many = Value::array();
  for (int i = 0; i < 100'000; ++i) many.push_back(i);
  EXPECT_EQ(said(compiled(R"({"uniqueItems": true})"), many), "ok");
}

TEST(Schemas, AreSharedBetweenThreads) {
  const Schema schema = compiled(kOrder);
  const Value good = Value::parse(R"({"total": 3, "items": [{"sku": "A-1"}]})");
  const Value bad = Value::parse(R"({"total": 3, "items": [{"sku": "A"}]})");
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 2'000; ++i) wrong += schema.validate(good).has_value() && !schema.validate(bad) ? 0 : 1;
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

// What read_schema says of a document: problems, or warnings, or "taken".
std::string read(const std::string& text) {
  const auto node = parse_document(text, "w.yaml");
  EXPECT_TRUE(node) << node.error().message;
  Problems problems("w.yaml");
  const auto schema = read_schema(*node->find("schema"), problems);
  EXPECT_EQ(schema.has_value(), problems.empty());
  if (!schema) return problems.error().message;
  const auto warnings = problems.take_warnings();
  return warnings.empty() ? "taken" : fmt::format("{}", fmt::join(warnings, "\n"));
}

TEST(SchemasOfDocuments, AreTakenInTheFormsOfTheDsl) {
  for (const char* format : {"", "format: json\n", "format: json:draft-07\n", "format: json:draft-7\n",
                             "format: json:2020-12\n", "format: 'json:draft-2020-12'\n"}) {
    std::string text = "schema:\n";
    if (*format != '\0') text += fmt::format("  {}", format);
    EXPECT_EQ(read(text + "  document: { type: object }\n"), "taken") << format;
  }
  EXPECT_EQ(read("schema: { document: { $schema: 'https://json-schema.org/draft/2020-12/schema' } }"), "taken");
  EXPECT_EQ(read("schema: { document: { $schema: 'http://json-schema.org/draft-07/schema#' } }"), "taken");
}

TEST(SchemasOfDocuments, AreRefusedWithLineAndColumn) {
  EXPECT_EQ(
      read("schema:\n  format: avro\n  document: {}\n"),
      "w.yaml:2:11: schemas are of the format json, or json:DRAFT with one of draft-04, draft-06, draft-07, 2019-09, "
      "2020-12");
  EXPECT_EQ(
      read("schema:\n  resource: { endpoint: 'http://x' }\n"),
      "w.yaml:2:3: schemas are written in the document, as schema: { document: { ... } }; 'resource' is not fetched");
  EXPECT_EQ(read("schema: { format: json }"),
            "w.yaml:1:9: 'document' is missing; expected schema: { document: { type: object, ... } }");
  EXPECT_EQ(read("schema: { document: {}, formt: json }"),
            "w.yaml:1:25: unknown key 'formt' in 'schema'; did you mean 'format'?");
  EXPECT_EQ(read("schema: 5"), "w.yaml:1:9: expected schema: { format: json, document: { ... } }");
  EXPECT_EQ(read("schema:\n  document:\n    properties:\n      a: { type: string }\n      b/c:\n        type: text\n"),
            "w.yaml:6:9: expected a type: null, boolean, integer, number, string, array, object, or a list of them");
  EXPECT_EQ(read("schema:\n  document:\n    anyOf:\n      - {}\n      - 5\n"),
            "w.yaml:5:9: expected a schema: a mapping of keywords, or true or false");
  EXPECT_EQ(read("schema:\n  document:\n    $ref: 'other.json#/a'\n"),
            "w.yaml:3:5: the reference 'other.json#/a' leads out of this document; only '#' and '#/...' are followed");
  EXPECT_EQ(
      read("schema:\n  format: json:draft-04\n  document: { $schema: 'http://json-schema.org/draft-07/schema#' }\n"),
      "w.yaml:3:24: 'format' and '$schema' name different drafts of JSON Schema");
}

TEST(SchemasOfDocuments, UnknownKeywordsAreAWarning) {
  EXPECT_EQ(read("schema:\n  document:\n    type: object\n    requird: [a]\n    x-team: shop\n"),
            "w.yaml:4:5: 'requird' is no keyword of JSON Schema and asks nothing; did you mean 'required'?");
}

}  // namespace
}  // namespace skald::definition
