// Tasks as workers read them.

#include "engine/wire/task.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  for (const bool json : {false, true}) {
    const auto tasks = wire::decode_tasks(fuzz::text_of(data, size), json);
    if (!tasks) continue;
    const auto again = wire::decode_tasks(wire::encode(*tasks), false);
    SKALD_CHECK(again && *again == *tasks, "tasks survive being sent");
    for (const auto& task : *tasks) (void)task.input.json();
  }
  return 0;
}
