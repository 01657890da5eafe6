// The reply subject of a message that the broker delivers.

#include "engine/bus/jetstream.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)skald::bus::delivery_info(std::string(skald::fuzz::text_of(data, size)));
  return 0;
}
