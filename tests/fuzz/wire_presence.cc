// What workers say of themselves.

#include "engine/wire/presence.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  for (const bool json : {false, true}) {
    const auto message = wire::decode_presence(fuzz::text_of(data, size), json);
    if (!message) continue;
    const auto again = wire::decode_presence(wire::encode(*message), false);
    SKALD_CHECK(again && *again == *message, "a message survives being sent");
  }
  return 0;
}
