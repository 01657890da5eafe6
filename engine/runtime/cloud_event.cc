#include "engine/runtime/cloud_event.h"

#include <fmt/format.h>

#include "engine/base/hash.h"
#include "engine/core/arrivals.h"

namespace skald::runtime {
namespace {

constexpr std::size_t kMaxAttribute = 1'000;  // bytes of type, source, id and subject

tl::unexpected<Error> bad(std::string what) { return fail(ErrorKind::kInvalid, "bad-event", std::move(what)); }

Status check_text(const Value& event, const char* attribute, bool needed) {
  const auto at = event.find(attribute);
  if (at == event.end()) {
    if (needed) return bad(fmt::format("the event has no '{}'", attribute));
    return {};
  }
  const bool good = at->is_string() && !at->get_ref<const std::string&>().empty() &&
                    at->get_ref<const std::string&>().size() <= kMaxAttribute;
  if (!good) return bad(fmt::format("'{}' of an event is text of 1 to {} bytes", attribute, kMaxAttribute));
  return {};
}

}  // namespace

Result<Payload> cloud_event(Value given, Time now, const core::Limits& limits) {
  if (!given.is_object()) return bad("an event is an object with at least 'type' and 'source'");
  SKALD_TRY(check_text(given, "type", true));
  SKALD_TRY(check_text(given, "source", true));
  SKALD_TRY(check_text(given, "id", false));
  SKALD_TRY(check_text(given, "subject", false));
  if (given.value("specversion", Value("1.0")) != "1.0") return bad("'specversion' of an event is \"1.0\"");
  given["specversion"] = "1.0";
  if (!given.contains("id")) given["id"] = to_hex(random_bytes(16));
  if (!given.contains("time")) given["time"] = format_time(now);
  Payload event(given);
  if (event.size() > limits.payload_bytes) {
    return fail(
        ErrorKind::kTooLarge, "payload-too-large",
        fmt::format("the event has {} bytes as msgpack; a payload may have {}", event.size(), limits.payload_bytes));
  }
  return event;
}

Value signal_event(const std::string& name, const std::string& id, const SagaId& saga, Value data) {
  Value event{{"type", name}, {"source", "urn:skald:signal"}, {"subject", saga.str()}};
  if (!id.empty()) event["id"] = id;
  if (!data.is_null()) event["data"] = std::move(data);
  return event;
}

std::string event_message_id(const Value& cloud_event) {
  return "event:" + to_hex(bytes_of(sha256(core::identity_of(cloud_event))));
}

}  // namespace skald::runtime
