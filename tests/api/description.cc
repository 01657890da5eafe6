#include "tests/api/description.h"

#include <fmt/format.h>

#include <regex>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace skald::testing {
namespace {

// Members of "allOf" see only a part of the object each.
void close(Value& schema, bool part = false) {
  if (schema.is_array()) {
    for (Value& each : schema) close(each, part);
  } else if (schema.is_object()) {
    for (auto& [name, value] : schema.items()) {
      if (name != "examples" && name != "enum") close(value, name == "allOf");
    }
    const bool object = schema.contains("properties") && schema["properties"].is_object() && schema.contains("type");
    if (object && !part && !schema.contains("additionalProperties")) schema["additionalProperties"] = false;
  }
}

}  // namespace

Names matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  Names found;
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) found.insert((*at)[1]);
  return found;
}

Names members(const Value& object) {
  Names all;
  for (const auto& [name, ignored] : object.items()) all.insert(name);
  return all;
}

Description::Description(Value document) : document_(std::move(document)), closed_(document_["components"]) {
  close(closed_["schemas"]);
}

std::set<std::string> Description::operations() const {
  std::set<std::string> all;
  for (const auto& [path, methods] : document_["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(std::toupper(c));
      all.insert(upper + " " + path);
    }
  }
  return all;
}

const Value& Description::operation(const std::string& method, const std::string& path) const {
  std::string lower = method;
  for (char& c : lower) c = static_cast<char>(std::tolower(c));
  return document_["paths"].at(path).at(lower);
}

const Value& Description::resolved(const Value& value) const {
  const auto ref = value.is_object() ? value.find("$ref") : value.end();
  if (ref == value.end()) return value;
  return document_.at(Value::json_pointer(ref->get<std::string>().substr(1)));
}

std::set<std::string> Description::parameters(const Value& operation, const std::string& where) const {
  std::set<std::string> names;
  for (const Value& each : operation.value("parameters", Value::array())) {
    const Value& parameter = resolved(each);
    if (parameter["in"] == where) names.insert(parameter["name"].get<std::string>());
  }
  return names;
}

Value Description::request_schema(const Value& operation) const {
  if (!operation.contains("requestBody")) return nullptr;
  const Value& content = resolved(operation["requestBody"])["content"];
  return content.contains("application/json") ? content["application/json"]["schema"] : Value(nullptr);
}

Value Description::response_schema(const Value& operation, int status, const std::string& media_type) const {
  const Value& responses = operation["responses"];
  const std::string key = std::to_string(status);
  const Value& response = resolved(responses.contains(key) ? responses[key] : responses["default"]);
  const Value& content = response["content"];
  return content.contains(media_type) ? content[media_type]["schema"] : Value(nullptr);
}

std::string Description::problems(const Value& schema, const Value& value) const {
  Value root = {{"allOf", {schema}}, {"components", closed_}};
  close(root["allOf"][0]);
  valijson::Schema compiled;
  valijson::SchemaParser parser;
  const valijson::adapters::NlohmannJsonAdapter schema_adapter(root);
  parser.populateSchema(schema_adapter, compiled);
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter adapter(value);
  valijson::Validator validator;
  if (validator.validate(compiled, adapter, &results)) return {};
  std::string all;
  for (const auto& error : results) {
    all += fmt::format("{}: {}\n", fmt::join(error.context, ""), error.description);
  }
  return all + to_json(value).substr(0, 2'000);
}

}  // namespace skald::testing
