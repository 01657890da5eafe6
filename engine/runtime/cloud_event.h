#pragma once

// Events from outside, as the engine takes them: CloudEvents 1.0 in their JSON form.

#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/value.h"
#include "engine/core/decide.h"

namespace skald::runtime {

// The event, with the members that may be left out (specversion, id, time). Errors: "bad-event" (kInvalid): no object,
// or `type`, `source`, `id` or `subject` is no text of 1 to 1,000 bytes; "payload-too-large".
Result<Payload> cloud_event(Value given, Time now, const core::Limits& limits);

// A signal: an event of this type for one saga. An `id` makes sending it again harmless; empty: one is made.
Value signal_event(const std::string& name, const std::string& id, const SagaId& saga, Value data);

// What the broker knows two copies of one event by.
std::string event_message_id(const Value& cloud_event);

}  // namespace skald::runtime
