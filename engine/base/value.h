#pragma once

// Data of users: Value is a parsed document, Payload the msgpack bytes of one.
//
// Payloads travel as bytes from end to end and are parsed only where something looks inside. Bytes made of a Value are
// canonical (object keys sorted, shortest number forms), so that equal values have equal bytes; what a worker sends
// stays as it came, also as a part of others.

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace skald {

using Value = nlohmann::json;

// How deep documents may nest; deeper ones are refused as "too-deep".
inline constexpr int kMaxValueDepth = 128;

// Immutable and cheap to copy; safe to share between threads. An empty Payload is none at all, not null.
class Payload {
 public:
  Payload() = default;
  // The msgpack bytes of the value.
  explicit Payload(const Value& value);
  // Takes msgpack bytes as they are; the caller has checked them (see check_msgpack in msgpack.h).
  static Payload from_msgpack(std::string bytes);
  // Parses JSON text. Errors: "bad-json" (with line and column), "too-deep".
  static Result<Payload> from_json(std::string_view text);

  bool empty() const { return bytes_ == nullptr; }
  std::string_view bytes() const { return bytes_ ? std::string_view(*bytes_) : std::string_view(); }
  std::size_t size() const { return bytes().size(); }

  // Null where empty. Bytes that are no msgpack are a broken invariant.
  Value value() const;
  // JSON text; "null" where empty.
  std::string json() const;

  bool operator==(const Payload& other) const { return bytes() == other.bytes() && empty() == other.empty(); }

 private:
  std::shared_ptr<const std::string> bytes_;  // shared: events, state and messages hold the same payload
};

// Parses JSON text into a Value. Errors: "bad-json" (with line and column), "too-deep".
Result<Value> parse_json(std::string_view text);

// A Value as JSON text; bytes that are not UTF-8 are replaced, never thrown on.
std::string to_json(const Value& value, int indent = -1);

}  // namespace skald
