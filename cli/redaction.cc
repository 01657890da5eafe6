#include "cli/redaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>

namespace skald::cli {
namespace {

using Parts = std::span<const std::string>;

constexpr const char* kHidden = "[redacted]";
const std::set<std::string>& payload_names() {
  static const std::set<std::string> names = {"input",      "output", "context", "event",
                                              "correlated", "mail",   "error",   "stuck_on"};
  return names;
}

std::vector<std::string> parts_of(const std::string& pointer) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < pointer.size();) {
    const std::size_t end = std::min(pointer.find('/', at + 1), pointer.size());
    std::string part;
    for (std::size_t i = at + 1; i < end; ++i) {
      const bool escape = pointer[i] == '~' && i + 1 < end && (pointer[i + 1] == '0' || pointer[i + 1] == '1');
      part += !escape ? pointer[i] : pointer[i + 1] == '0' ? '~' : '/';
      if (escape) ++i;
    }
    parts.push_back(std::move(part));
    at = end;
  }
  return parts;
}

void hide(Value& value) {
  if (!value.is_null()) value = kHidden;
}

// `path` is where `value` stands below what the pattern begins at.
void hide_matching(Value& value, Parts path, Parts pattern) {
  if (pattern.empty()) return hide(value);
  const bool any_number = pattern[0] == "**";
  if (any_number) hide_matching(value, path, pattern.subspan(1));
  if (!path.empty()) {
    if (any_number) return hide_matching(value, path.subspan(1), pattern);
    if (pattern[0] == "*" || pattern[0] == path[0]) hide_matching(value, path.subspan(1), pattern.subspan(1));
    return;
  }
  if (!value.is_structured()) return;
  std::size_t place = 0;
  for (Value::iterator child = value.begin(); child != value.end(); ++child, ++place) {
    const std::string name = value.is_object() ? child.key() : std::to_string(place);
    if (any_number) {
      hide_matching(*child, {}, pattern);
    } else if (pattern[0] == "*" || pattern[0] == name) {
      hide_matching(*child, {}, pattern.subspan(1));
    }
  }
}

void hide_payloads(Value& value) {
  if (!value.is_structured()) return;
  for (Value::iterator child = value.begin(); child != value.end(); ++child) {
    const bool payload = value.is_object() && payload_names().count(child.key()) > 0;
    // A state names the event that it is the state after.
    const bool logged = child->is_object() && child->contains("seq") && child->contains("type");
    if (payload && !logged) {
      hide(*child);
    } else {
      hide_payloads(*child);
    }
  }
}

bool inside_payload(const std::vector<std::string>& path) {
  return std::any_of(path.begin(), path.end(), [](const auto& part) { return payload_names().count(part) > 0; });
}

}  // namespace

void Redaction::add_options(CLI::App& command) {
  command.add_option(
      "--redact", pointers_,
      "leave out what stands at this JSON pointer, as /input/card; * is any part, ** any number of them");
  command.add_flag("--redact-payloads", payloads_, "leave out all payloads and errors");
}

Status Redaction::prepare() {
  for (const std::string& pointer : pointers_) {
    if (pointer.empty() || pointer.front() != '/') {
      return fail(ErrorKind::kInvalid, "bad-pointer",
                  fmt::format("--redact: expected a JSON pointer, as /input/card or /**/card, not '{}'", pointer));
    }
    patterns_.push_back(parts_of(pointer));
  }
  return {};
}

Value Redaction::applied(Value shown) const {
  if (shown.is_object() && shown.contains("changes")) {
    for (Value& change : shown["changes"]) {
      const std::vector<std::string> path = parts_of(change.value("path", ""));
      for (const char* side : {"was", "now"}) {
        if (!change.contains(side)) continue;
        for (const auto& pattern : patterns_) hide_matching(change[side], path, pattern);
        if (payloads_ && inside_payload(path)) hide(change[side]);
        if (payloads_) hide_payloads(change[side]);
      }
    }
    return shown;
  }
  for (const auto& pattern : patterns_) hide_matching(shown, {}, pattern);
  if (payloads_) hide_payloads(shown);
  return shown;
}

}  // namespace skald::cli
