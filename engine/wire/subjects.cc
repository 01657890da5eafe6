#include "engine/wire/subjects.h"

#include <fmt/format.h>

#include <algorithm>

namespace skald::wire {

Names::Names(std::string prefix) : prefix_(std::move(prefix)) {
  for (const char c : prefix_) stream_.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
}

std::string Names::subject(std::string_view kind, std::string_view rest) const {
  return fmt::format("{}.v1.{}.{}", prefix_, kind, rest);
}

std::string Names::event(std::string_view type) const {
  std::string token;
  for (const char c : type) {
    const bool bad = static_cast<unsigned char>(c) <= ' ' || c == '*' || c == '>' || c == '\x7F' ||
                     (c == '.' && (token.empty() || token.back() == '.'));
    token.push_back(bad ? '_' : c);
  }
  if (token.empty() || token.back() == '.') token.push_back('_');
  return subject("event", token);
}

std::string Names::task_consumer(std::string_view type) {
  std::string name;
  for (const char c : type) {
    if (c == '.') {
      name += "__";
    } else {
      name.push_back(c);
    }
  }
  return name;
}

Status check_prefix(std::string_view prefix) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (!prefix.empty() && prefix.size() <= 64 && std::all_of(prefix.begin(), prefix.end(), good)) return {};
  return fail(ErrorKind::kInvalid, "bad-prefix",
              fmt::format("'{}' is no prefix for subjects; expected 1 to 64 characters of a-z 0-9 -", prefix));
}

}  // namespace skald::wire
