// What anybody may publish: an event as the broker brings it.

#include "engine/runtime/cloud_event.h"

#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  auto given = parse_json(fuzz::text_of(data, size));
  if (!given) return 0;
  const auto event = runtime::cloud_event(std::move(*given), Time{0}, {});
  if (!event) return 0;
  const Value value = event->value();
  SKALD_CHECK(value.contains("id") && value.contains("type") && value.contains("source"), "what is taken is whole");
  const auto again = runtime::cloud_event(value, Time{1}, {});
  SKALD_CHECK(again && *again == *event, "an event that is whole stays as it is");
  SKALD_CHECK(runtime::event_message_id(value).size() == 70, "its message id is a hash");
  return 0;
}
