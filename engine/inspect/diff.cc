#include "engine/inspect/diff.h"

#include <algorithm>

namespace skald::inspect {
namespace {

using Pointer = Value::json_pointer;

void compare(const Value& was, const Value& now, const Pointer& at, Value& found);

void gone(const Value& was, const Pointer& at, Value& found) {
  found.push_back({{"path", at.to_string()}, {"was", was}});
}
void come(const Value& now, const Pointer& at, Value& found) {
  found.push_back({{"path", at.to_string()}, {"now", now}});
}

void compare_objects(const Value& was, const Value& now, const Pointer& at, Value& found) {
  for (const auto& [name, value] : was.items()) {
    const auto other = now.find(name);
    if (other == now.end()) {
      gone(value, at / name, found);
    } else {
      compare(value, *other, at / name, found);
    }
  }
  for (const auto& [name, value] : now.items()) {
    if (!was.contains(name)) come(value, at / name, found);
  }
}

void compare_lists(const Value& was, const Value& now, const Pointer& at, Value& found) {
  const std::size_t both = std::min(was.size(), now.size());
  for (std::size_t i = 0; i < both; ++i) compare(was[i], now[i], at / i, found);
  for (std::size_t i = was.size(); i > both; --i) gone(was[i - 1], at / (i - 1), found);
  for (std::size_t i = both; i < now.size(); ++i) come(now[i], at / i, found);
}

void compare(const Value& was, const Value& now, const Pointer& at, Value& found) {
  if (was.is_object() && now.is_object()) return compare_objects(was, now, at, found);
  if (was.is_array() && now.is_array()) return compare_lists(was, now, at, found);
  // 1 and 1.0 are equal to the library, and two documents to a reader.
  if (was == now && was.is_number_float() == now.is_number_float()) return;
  found.push_back({{"path", at.to_string()}, {"was", was}, {"now", now}});
}

}  // namespace

Value changes(const Value& was, const Value& now) {
  Value found = Value::array();
  compare(was, now, Pointer(), found);
  return found;
}

}  // namespace skald::inspect
