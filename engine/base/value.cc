#include "engine/base/value.h"

#include <fmt/format.h>

#include "engine/base/check.h"

namespace skald {

Payload::Payload(const Value& value) {
  std::string bytes;
  Value::to_msgpack(value, bytes);
  bytes_ = std::make_shared<const std::string>(std::move(bytes));
}

Payload Payload::from_msgpack(std::string bytes) {
  Payload payload;
  payload.bytes_ = std::make_shared<const std::string>(std::move(bytes));
  return payload;
}

Result<Payload> Payload::from_json(std::string_view text) {
  SKALD_ASSIGN(const Value value, parse_json(text));
  return Payload(value);
}

Value Payload::value() const {
  if (empty()) return nullptr;
  Value value = Value::from_msgpack(bytes(), true, false);
  SKALD_CHECK(!value.is_discarded(), "a payload holds bytes that are not msgpack");
  return value;
}

std::string Payload::json() const { return to_json(value()); }

Result<Value> parse_json(std::string_view text) {
  int depth = 0;
  bool too_deep = false;
  const auto watch_depth = [&](int, Value::parse_event_t event, Value&) {
    using Event = Value::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) ++depth;
    if (event == Event::object_end || event == Event::array_end) --depth;
    if (depth > kMaxValueDepth) too_deep = true;
    return !too_deep;
  };
  const auto deep_error = [] {
    return fail(ErrorKind::kInvalid, "too-deep", fmt::format("JSON nested deeper than {} levels", kMaxValueDepth));
  };
  try {
    Value value = Value::parse(text, watch_depth);
    if (too_deep) return deep_error();
    return value;
  } catch (const Value::exception& error) {  // a parse_error, or an out_of_range for 1e999
    if (too_deep) return deep_error();
    std::string what = error.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..." -> "line 1, column 2: ..."
    if (const auto at = what.find(" at line "); at != std::string::npos) {
      what = what.substr(at + 4);
    } else if (const auto end = what.find("] "); end != std::string::npos) {
      what = what.substr(end + 2);
    }
    return fail(ErrorKind::kInvalid, "bad-json", "not valid JSON: " + what);
  }
}

std::string to_json(const Value& value, int indent) {
  return value.dump(indent, ' ', false, Value::error_handler_t::replace);
}

}  // namespace skald
