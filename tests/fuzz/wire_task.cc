// Tasks as workers read them.

#include "engine/wire/task.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  for (const bool json : {false, true}) {
    const auto task = wire::decode_task(fuzz::text_of(data, size), json);
    if (!task) continue;
    const auto again = wire::decode_task(wire::encode(*task), false);
    SKALD_CHECK(again && *again == *task, "a task survives being sent");
    (void)task->input.json();
  }
  return 0;
}
