#include "engine/wire/cancel.h"

#include "engine/wire/codec.h"

namespace skald::wire {

std::string encode(const CancelMessage& cancel) {
  MsgWriter out;
  out.map(3);
  out.str("run");
  out.str(cancel.run.str());
  out.str("key");
  out.str(cancel.key);
  out.str("attempt");
  out.uint(cancel.attempt);
  return out.take();
}

Result<CancelMessage> decode_cancel(std::string_view body, bool json) {
  SKALD_ASSIGN(const std::string bytes, as_msgpack(body, json, "bad-cancel"));
  MsgReader in(bytes);
  CancelMessage cancel;
  read_map(in, [&](std::string_view key) {
    if (key == "run") {
      cancel.run = RunId(std::string(in.str()));
    } else if (key == "key") {
      cancel.key = in.str();
    } else if (key == "attempt") {
      cancel.attempt = read_u32(in);
    } else {
      in.skip();
    }
  });
  if (!in.ok() || cancel.key.empty()) {
    return fail(ErrorKind::kInvalid, "bad-cancel", "the message is no cancel: 'key' is missing or a field is wrong");
  }
  return cancel;
}

}  // namespace skald::wire
