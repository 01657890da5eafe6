// Results as the engine reads them: from workers of any make.

#include "engine/wire/result.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  for (const bool json : {false, true}) {
    const auto results = wire::decode_results(fuzz::text_of(data, size), json);
    if (!results) continue;
    const auto again = wire::decode_results(wire::encode(*results), false);
    SKALD_CHECK(again && *again == *results, "results survive being sent");
    for (const auto& result : *results) {
      (void)result.output.json();
      (void)result.error.json();
    }
  }
  return 0;
}
