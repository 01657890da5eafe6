#include "engine/wire/presence.h"

#include "engine/wire/codec.h"

namespace skald::wire {

std::string encode(const PresenceMessage& presence) {
  MsgWriter out;
  const bool several = presence.together > 1;
  out.map(several ? 6 : 5);
  out.str("worker");
  out.str(presence.worker);
  out.str("tasks");
  out.array(static_cast<std::uint32_t>(presence.tasks.size()));
  for (const std::string& task : presence.tasks) out.str(task);
  out.str("concurrency");
  out.uint(presence.concurrency);
  out.str("in_flight");
  out.uint(presence.in_flight);
  out.str("breakers");
  out.map(static_cast<std::uint32_t>(presence.breakers.size()));
  for (const auto& [service, state] : presence.breakers) {
    out.str(service);
    out.str(state);
  }
  if (several) {
    out.str("together");
    out.uint(presence.together);
  }
  return out.take();
}

Result<PresenceMessage> decode_presence(std::string_view body, bool json) {
  SKALD_ASSIGN(const std::string bytes, as_msgpack(body, json, "bad-presence"));
  MsgReader in(bytes);
  PresenceMessage presence;
  read_map(in, [&](std::string_view key) {
    if (key == "worker") {
      presence.worker = in.str();
    } else if (key == "tasks") {
      for (std::uint32_t left = in.array(); left > 0 && in.ok(); --left) presence.tasks.emplace_back(in.str());
    } else if (key == "concurrency") {
      presence.concurrency = read_u32(in);
    } else if (key == "in_flight") {
      presence.in_flight = read_u32(in);
    } else if (key == "together") {
      presence.together = read_u32(in);
    } else if (key == "breakers") {
      read_map(in, [&](std::string_view service) { presence.breakers[std::string(service)] = in.str(); });
    } else {
      in.skip();
    }
  });
  if (!in.ok() || presence.worker.empty()) {
    return fail(ErrorKind::kInvalid, "bad-presence",
                "the message is no presence: 'worker' is missing or a field is wrong");
  }
  return presence;
}

}  // namespace skald::wire
