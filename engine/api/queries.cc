#include "engine/api/queries.h"

#include <fmt/format.h>

#include <charconv>

namespace skald::api {

Result<Millis> parse_wait(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(end, text.data() + text.size());
  const double factor = unit.empty() || unit == "s" ? 1'000 : unit == "ms" ? 1 : unit == "m" ? 60'000 : 0;
  if (error != std::errc() || factor == 0 || !(value >= 0 && value <= 1'000'000)) {
    return fail(ErrorKind::kInvalid, "bad-duration",
                fmt::format("'{}' is no duration; expected one such as 30s, 500ms or 2m", text));
  }
  return std::min(Millis(static_cast<std::int64_t>(value * factor)), kLongestWait);
}

Result<std::optional<Millis>> wait_of(const Request& request) {
  const std::string text = request.parameter("wait");
  if (text.empty()) return std::nullopt;
  SKALD_ASSIGN(const Millis wait, parse_wait(text));
  return wait;
}

Result<Value> json_body(const Request& request, const std::set<std::string>& known) {
  return json_object(request.body.empty() ? "{}" : request.body, known);
}

Result<Value> json_object(std::string_view json, const std::set<std::string>& known) {
  SKALD_ASSIGN(Value body, parse_json(json));
  if (!body.is_object()) return fail(ErrorKind::kInvalid, "bad-json", "the body must be a JSON object");
  for (const auto& [name, value] : body.items()) {
    if (known.count(name) > 0) continue;
    std::string names;
    for (const std::string& each : known) names += (names.empty() ? "" : ", ") + each;
    return fail(ErrorKind::kInvalid, "unknown-member", fmt::format("'{}' is not known here; known: {}", name, names));
  }
  return body;
}

Result<std::string> text_member(const Value& body, const char* name) {
  if (!body.contains(name) || body[name].is_null()) return std::string();
  if (body[name].is_string()) return body[name].get<std::string>();
  return fail(ErrorKind::kInvalid, "bad-member", fmt::format("'{}' must be text", name));
}

}  // namespace skald::api
