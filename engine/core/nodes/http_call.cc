#include "engine/core/nodes/http_call.h"

#include <algorithm>
#include <array>

#include "engine/base/secret.h"

namespace skald::core {
namespace {

using definition::DocNode;
using definition::TaskReader;

constexpr std::array<std::string_view, 3> kOutputs{"content", "raw", "response"};

bool is_expression(const DocNode& node) {
  if (!node.is_string()) return false;
  const auto& text = node.scalar.get_ref<const std::string&>();
  const auto begin = text.find_first_not_of(" \t\r\n");
  return begin != std::string::npos && text.compare(begin, 2, "${") == 0;
}

// The names in braces of a URI template.
std::vector<std::string> names_in(const std::string& uri) {
  std::vector<std::string> names;
  for (auto begin = uri.find('{'); begin != std::string::npos; begin = uri.find('{', begin + 1)) {
    const auto end = uri.find('}', begin);
    if (end == std::string::npos) break;
    names.push_back(uri.substr(begin + 1, end - begin - 1));
  }
  return names;
}

// The mapping's own entry, to be replaced; null where there is none.
DocNode* entry(DocNode& mapping, std::string_view key) {
  for (auto& [name, value] : mapping.entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

DocNode text_at(const DocNode& place, std::string text) {
  DocNode node;
  node.type = DocNode::Type::kScalar;
  node.line = place.line;
  node.column = place.column;
  node.scalar = std::move(text);
  return node;
}

// In place of the name of a secret, references to its fields.
void read_secret(TaskReader& reader, DocNode& what, const std::vector<std::string_view>& fields) {
  reader.only_keys(what, {"use"}, "credentials by name");
  const DocNode name = *what.find("use");
  if (!name.is_string() || reader.reusable("secrets", name.scalar.get<std::string>()) == nullptr) {
    return reader.report(name, "'use' is the name of a secret in 'use.secrets'");
  }
  what.entries.clear();
  what.key_positions.clear();
  for (const auto field : fields) {
    const std::string reference = secret_reference(name.scalar.get_ref<const std::string&>(), field);
    what.entries.emplace_back(field, text_at(name, reference));
    what.key_positions.emplace_back(name.line, name.column);
  }
}

// Whether its credentials are secrets.
bool read_scheme(TaskReader& reader, DocNode& policy) {
  if (policy.entries.size() != 1) {
    reader.report(policy, "an authentication is one of { basic: ... }, { bearer: ... }, { use: name }");
    return false;
  }
  auto& [scheme, what] = policy.entries.front();
  if (scheme != "basic" && scheme != "bearer") {
    reader.report(
        policy, "authentication '" + scheme + "' is not supported by this version of Skald; supported: basic, bearer");
    return false;
  }
  const std::vector<std::string_view> fields = scheme == "basic" ? std::vector<std::string_view>{"username", "password"}
                                                                 : std::vector<std::string_view>{"token"};
  if (!what.is_mapping()) {
    reader.report(what, "'" + scheme + "' is a mapping");
    return false;
  }
  if (what.find("use") != nullptr) {
    read_secret(reader, what, fields);
    return true;
  }
  reader.only_keys(what, fields, "'" + scheme + "'");
  for (const auto field : fields) {
    if (what.find(field) == nullptr) reader.report(what, "'" + scheme + "' needs '" + std::string(field) + "'");
  }
  return false;
}

// In place of a name, what stands under it in `use.authentications`. Whether there are secrets in it.
bool read_authentication(TaskReader& reader, DocNode& policy) {
  if (!policy.is_mapping()) {
    reader.report(policy, "'authentication' is a mapping: { basic: ... }, { bearer: ... } or { use: name }");
    return false;
  }
  if (const DocNode* name = policy.find("use")) {
    const DocNode* named =
        name->is_string() ? reader.reusable("authentications", name->scalar.get<std::string>()) : nullptr;
    if (named == nullptr || !named->is_mapping()) {
      reader.report(*name, "'use' is the name of a mapping in 'use.authentications'");
      return false;
    }
    policy = *named;
  }
  return read_scheme(reader, policy);
}

void check_form(TaskReader& reader, const DocNode& with) {
  const auto* output = with.find("output");
  if (output != nullptr && !is_expression(*output) &&
      std::none_of(kOutputs.begin(), kOutputs.end(), [&](std::string_view name) { return output->scalar == name; })) {
    reader.report(*output, "'output' is content, raw or response");
  }
  const auto* redirect = with.find("redirect");
  if (redirect != nullptr && !is_expression(*redirect) && !redirect->scalar.is_boolean()) {
    reader.report(*redirect, "'redirect' is true or false");
  }
  for (const char* key : {"headers", "query"}) {
    const auto* pairs = with.find(key);
    if (pairs != nullptr && !pairs->is_mapping() && !is_expression(*pairs)) {
      reader.report(*pairs, std::string("'") + key + "' is a mapping, or one expression that gives it");
    }
  }
}

}  // namespace

Result<HttpCall> read_http_call(TaskReader& reader, const DocNode& node) {
  const auto* given = node.find("with");
  if (given == nullptr || !given->is_mapping() || given->find("method") == nullptr ||
      given->find("endpoint") == nullptr) {
    return reader.error(given != nullptr ? *given : node, "'call: http' needs with: { method, endpoint }");
  }
  reader.only_keys(*given, {"method", "endpoint", "headers", "body", "query", "output", "redirect"}, "'with'");
  check_form(reader, *given);
  DocNode with = *given;
  DocNode& endpoint = *entry(with, "endpoint");
  const auto* uri = endpoint.is_mapping() ? endpoint.find("uri") : &endpoint;
  if (uri == nullptr || !uri->is_string()) return reader.error(endpoint, "an endpoint needs 'uri'");
  std::vector<std::string> placeholders;
  if (!is_expression(*uri)) {
    placeholders = names_in(uri->scalar.get<std::string>());
    if (uri->scalar.get_ref<const std::string&>().find("${") != std::string::npos) {
      reader.report(*uri, "an expression is the whole of a string, as in ${ \"https://host/\\(.id)\" }; or write {id}");
    }
  }
  bool secrets = false;
  if (endpoint.is_mapping()) {
    reader.only_keys(endpoint, {"uri", "authentication"}, "an endpoint");
    DocNode* authentication = entry(endpoint, "authentication");
    secrets = authentication != nullptr && read_authentication(reader, *authentication);
  }
  return HttpCall{std::move(with), std::move(placeholders), secrets};
}

}  // namespace skald::core
