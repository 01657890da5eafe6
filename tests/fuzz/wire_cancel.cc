// What tells workers that an attempt is no longer wanted.

#include "engine/wire/cancel.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  for (const bool json : {false, true}) {
    const auto message = wire::decode_cancel(fuzz::text_of(data, size), json);
    if (!message) continue;
    const auto again = wire::decode_cancel(wire::encode(*message), false);
    SKALD_CHECK(again && *again == *message, "a message survives being sent");
  }
  return 0;
}
