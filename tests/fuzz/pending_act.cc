// What the store holds of a task or event that waits for the broker.

#include "engine/runtime/live_saga.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  const auto row = runtime::decode_act_row(fuzz::text_of(data, size));
  if (!row) return 0;
  const auto again = runtime::decode_act_row(runtime::encode(*row));
  SKALD_CHECK(again && *again == *row, "a row survives being stored");
  return 0;
}
