#include "workers/sidecar/template.h"

#include <fmt/format.h>

namespace skald::workers {
namespace {

Result<Value> member(const std::string& name, const Value& input) {
  if (input.is_object() && input.contains(name)) return input[name];
  return fail(ErrorKind::kInvalid, "missing-input", fmt::format("the input has no '{}'", name));
}

Result<std::string> as_text(const std::string& name, const Value& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return to_json(value);
  return fail(ErrorKind::kInvalid, "missing-input", fmt::format("the input's '{}' is neither text nor a number", name));
}

template <typename Encode>
Result<std::string> fill(const std::string& text, const Value& input, Encode encode) {
  std::string filled;
  std::size_t at = 0;
  while (true) {
    const std::size_t open = text.find('{', at);
    const std::size_t close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos) return filled + text.substr(at);
    const std::string name = text.substr(open + 1, close - open - 1);
    SKALD_ASSIGN(const Value value, member(name, input));
    SKALD_ASSIGN(const std::string plain, as_text(name, value));
    filled += text.substr(at, open - at) + encode(plain);
    at = close + 1;
  }
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain) {
      encoded.push_back(c);
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

Result<std::string> fill_path(const std::string& path, const Value& input) {
  return fill(path, input, percent_encoded);
}

Result<Value> fill_body(const Value& body, const Value& input) {
  if (body.is_string()) {
    const std::string text = body.get<std::string>();
    const bool one = text.size() > 2 && text.front() == '{' && text.find('}') == text.size() - 1;
    if (one) return member(text.substr(1, text.size() - 2), input);
    SKALD_ASSIGN(const std::string filled, fill(text, input, [](const std::string& plain) { return plain; }));
    return Value(filled);
  }
  Value result = body;
  if (body.is_structured()) {
    for (auto at = result.begin(); at != result.end(); ++at) {
      SKALD_ASSIGN(*at, fill_body(*at, input));
    }
  }
  return result;
}

}  // namespace skald::workers
