#pragma once

// How messages of the wire are read: msgpack maps with string keys, or the same as JSON. Unknown keys are skipped, so
// that newer senders can say more.

#include <string>
#include <string_view>

#include "engine/base/msgpack.h"
#include "engine/base/result.h"

namespace skald::wire {

inline constexpr std::size_t kMaxPayloadBytes = 256 * 1024;
inline constexpr std::size_t kMaxMessageBytes = 1024 * 1024;  // what the broker takes by default

// Reads a map: calls `field(key)` for each key, which reads its value from `in`.
template <typename Field>
void read_map(MsgReader& in, Field field) {
  for (std::uint32_t left = in.map(); left > 0 && in.ok(); --left) field(in.str());
}

inline std::uint32_t read_u32(MsgReader& in) {
  const std::uint64_t number = in.uint();
  if (number > 0xFFFFFFFFU) in.set_failed();
  return static_cast<std::uint32_t>(number);
}

// The bytes of a message as msgpack, whatever form it came in. Error: `code`.
inline Result<std::string> as_msgpack(std::string_view body, bool json, std::string_view code) {
  if (body.size() > kMaxMessageBytes) return fail(ErrorKind::kTooLarge, code, "the message is larger than 1 MiB");
  if (json) {
    auto parsed = Payload::from_json(body);
    if (!parsed) return fail(ErrorKind::kInvalid, code, parsed.error().message);
    return std::string(parsed->bytes());
  }
  if (const Status checked = check_msgpack(body); !checked) {
    return fail(ErrorKind::kInvalid, code, checked.error().message);
  }
  return std::string(body);
}

// The JSON form of a msgpack message.
inline std::string as_json(std::string msgpack) { return Payload::from_msgpack(std::move(msgpack)).json(); }

}  // namespace skald::wire
