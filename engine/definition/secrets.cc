#include "engine/definition/secrets.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "engine/base/secret.h"

namespace skald::definition {
namespace {

constexpr std::string_view kVariable = "$secrets";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::size_t blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])) != 0) ++at;
  return at;
}

// A step of a path at `at`, which is moved behind it: .name, ."name" or ["name"]. Empty: there is none.
std::string step(std::string_view text, std::size_t& at) {
  std::size_t here = at;
  const bool bracket = here < text.size() && text[here] == '[';
  const bool dot = here < text.size() && text[here] == '.';
  if (!bracket && !dot) return {};
  here = bracket ? blanks(text, here + 1) : here + 1;
  if (dot && here < text.size() && is_word(text[here])) {
    const std::size_t begin = here;
    while (here < text.size() && is_word(text[here])) ++here;
    at = here;
    return std::string(text.substr(begin, here - begin));
  }
  if (here >= text.size() || text[here] != '"') return {};
  const auto end = text.find('"', here + 1);
  if (end == std::string_view::npos) return {};
  std::string name(text.substr(here + 1, end - here - 1));
  here = bracket ? blanks(text, end + 1) : end + 1;
  if (bracket && (here >= text.size() || text[here] != ']')) return {};
  at = bracket ? here + 1 : here;
  return name;
}

void uses_in(const DocNode& node, std::vector<SecretUse>& uses, std::vector<const DocNode*>& bad) {
  for (const DocNode& item : node.items) uses_in(item, uses, bad);
  for (const auto& [key, value] : node.entries) uses_in(value, uses, bad);
  if (!node.is_string()) return;
  const std::string_view text = node.scalar.get_ref<const std::string&>();
  for (auto at = text.find(kVariable); at != std::string_view::npos; at = text.find(kVariable, at)) {
    at += kVariable.size();
    if (at < text.size() && is_word(text[at])) continue;  // another variable
    SecretUse use{step(text, at), {}, &node};
    use.field = step(text, at);
    std::size_t behind = at;
    const bool deeper = !step(text, behind).empty() || (at < text.size() && text[at] == '[');
    if (!is_secret_name(use.name) || (!use.field.empty() && !is_secret_name(use.field)) || deeper) {
      bad.push_back(&node);
    } else {
      uses.push_back(std::move(use));
    }
  }
}

void escape(std::string& text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) return;
  // Parts of a bracket, which an expression could put together, are no UTF-8: they are replaced.
  text = Value::parse(to_json(text)).get<std::string>();
  for (auto at = text.find(kSecretOpens); at != std::string::npos; at = text.find(kSecretOpens, at)) {
    at += kSecretOpens.size();
    text.insert(at, kSecretCloses);
  }
}

}  // namespace

void escape_secrets(Value& data) {
  if (data.is_string()) {
    escape(data.get_ref<std::string&>());
  } else if (data.is_array()) {
    for (Value& item : data) escape_secrets(item);
  } else if (data.is_object()) {
    Value escaped = Value::object();
    for (auto& [key, value] : data.items()) {
      std::string name = key;
      escape(name);
      escape_secrets(value);
      escaped[std::move(name)] = std::move(value);
    }
    data = std::move(escaped);
  }
}

std::vector<SecretUse> secrets_in(const DocNode& node, std::vector<const DocNode*>& bad) {
  std::vector<SecretUse> uses;
  uses_in(node, uses, bad);
  return uses;
}

Value secrets_variable(const std::vector<SecretUse>& uses) {
  Value variable = Value::object();
  for (const SecretUse& use : uses) {
    Value& secret = variable[use.name];
    if (use.field.empty()) {
      if (secret.is_object()) return nullptr;
      secret = secret_reference(use.name);
    } else {
      if (secret.is_string()) return nullptr;
      secret[use.field] = secret_reference(use.name, use.field);
    }
  }
  return variable;
}

}  // namespace skald::definition
