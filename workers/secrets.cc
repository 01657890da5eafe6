#include "workers/secrets.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "engine/base/secret.h"

namespace skald::workers {
namespace {

constexpr std::size_t kMaxBytes = 65'536;
constexpr std::string_view kInstead = "[secret]";

tl::unexpected<Error> unknown(std::string_view reference, std::string_view why) {
  return fail(ErrorKind::kNotFound, "unknown-secret", fmt::format("secret '{}': {}", reference, why));
}

void redact(std::string& text, const std::vector<std::string>& used) {
  for (const std::string& secret : used) {
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kInstead.size())) {
      text.replace(at, secret.size(), kInstead);
    }
  }
}

Value redacted(const Value& value, const std::vector<std::string>& used) {
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    redact(text, used);
    return text;
  }
  if (!value.is_structured()) return value;
  Value result = value.is_array() ? Value::array() : Value::object();
  for (const auto& [key, item] : value.items()) {
    std::string name = key;
    redact(name, used);
    if (value.is_array()) {
      result.push_back(redacted(item, used));
    } else {
      result[name] = redacted(item, used);
    }
  }
  return result;
}

}  // namespace

Result<Secrets> Secrets::open(const std::string& folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    return fail(ErrorKind::kInvalid, "no-folder",
                fmt::format("'{}' is no folder; secrets are files in one, named like them", folder));
  }
  Secrets secrets;
  secrets.folder_ = folder;
  return secrets;
}

Result<std::string> Secrets::find(const std::string& reference) const {
  const auto dot = reference.find('.');
  const std::string name = reference.substr(0, dot);
  if (folder_.empty()) return unknown(reference, "this worker has none; start it with --secrets");
  if (!is_secret_name(name)) return unknown(reference, "no secret has such a name");
  std::ifstream file(folder_ + "/" + name, std::ios::binary);
  if (!file) return unknown(reference, "this worker has no such secret");
  std::string text(kMaxBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  const auto bad = [&](std::string_view what) {
    return fail(ErrorKind::kInvalid, "bad-secret", fmt::format("secret '{}': {}", reference, what));
  };
  if (text.size() > kMaxBytes) return bad("it has more than 64 KiB");
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (dot == std::string::npos) return text.empty() ? Result<std::string>(bad("it is empty")) : text;
  const auto fields = parse_json(text);
  const std::string field = reference.substr(dot + 1);
  if (!fields || !fields->is_object()) return bad("it is no JSON object, and has no fields");
  if (!fields->contains(field)) return unknown(reference, "it has no such field");
  const Value& value = (*fields)[field];
  if (!value.is_string() || value.get_ref<const std::string&>().empty()) return bad("the field is no text");
  return value.get<std::string>();
}

Result<std::string> Secrets::replaced(const std::string& text, std::vector<std::string>& used) const {
  std::string result;
  std::size_t at = 0;
  for (auto open = text.find(kSecretOpens); open != std::string::npos; open = text.find(kSecretOpens, at)) {
    const auto inside = open + kSecretOpens.size();
    const auto close = text.find(kSecretCloses, inside);
    result.append(text, at, open - at);
    if (close == std::string::npos) return unknown(text.substr(inside, 64), "the reference does not end");
    const std::string reference = text.substr(inside, close - inside);
    at = close + kSecretCloses.size();
    if (reference.empty()) {
      result += kSecretOpens;  // of data
      continue;
    }
    if (reference.rfind(kSecretWord, 0) != 0) return unknown(reference, "this is no reference");
    SKALD_ASSIGN(std::string secret, find(reference.substr(kSecretWord.size())));
    result += secret;
    used.push_back(std::move(secret));
  }
  return result.append(text, at);
}

Result<Value> Secrets::filled(const Value& value, std::vector<std::string>& used) const {
  if (value.is_string()) {
    SKALD_ASSIGN(std::string text, replaced(value.get_ref<const std::string&>(), used));
    return Value(std::move(text));
  }
  if (!value.is_structured()) return value;
  Value result = value.is_array() ? Value::array() : Value::object();
  for (const auto& [key, item] : value.items()) {
    SKALD_ASSIGN(Value inside, filled(item, used));
    if (value.is_array()) {
      result.push_back(std::move(inside));
      continue;
    }
    SKALD_ASSIGN(const std::string name, replaced(key, used));
    result[name] = std::move(inside);
  }
  return result;
}

Result<Secrets::Filled> Secrets::fill(const Payload& input) const {
  Filled all;
  SKALD_ASSIGN(const Value value, filled(input.value(), all.used));
  all.input = Payload(value);
  // The longest first: one may be part of another.
  std::sort(all.used.begin(), all.used.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return all;
}

Payload redacted(const Payload& said, const std::vector<std::string>& used) {
  return said.empty() ? said : Payload(redacted(said.value(), used));
}

}  // namespace skald::workers
