// Events as they stand in the store.

#include "engine/core/event.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  const auto event = core::decode_event(fuzz::text_of(data, size));
  if (!event) return 0;
  const auto again = core::decode_event(core::encode(*event));
  SKALD_CHECK(again && *again == *event, "an event survives being stored");
  const auto shown = parse_json(to_json(core::to_value(*event)));
  SKALD_CHECK(shown, "an event can be shown");
  return 0;
}
