// Times, durations, numbers and ids in queries.

#include "engine/api/queries.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/inspect/list_query.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  const std::string text(fuzz::text_of(data, size));
  if (const auto time = parse_time(text)) {
    const auto again = parse_time(format_time(*time));
    SKALD_CHECK(again && *again == *time, "a time survives being shown");
  }
  if (const auto wait = api::parse_wait(text)) {
    SKALD_CHECK(*wait >= Millis(0) && *wait <= api::kLongestWait, "a wait is bounded");
  }
  (void)inspect::parse_number("n", text);
  if (parse_saga_id(text)) SKALD_CHECK(!looks_like_uuid(text), "a saga's id is no run id");
  (void)parse_task_type(text);
  (void)shard_of_run(RunId(text));
  return 0;
}
