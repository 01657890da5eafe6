// The fields of requests to the demo services.

#include "engine/base/value.h"
#include "services/common/faults.h"
#include "services/common/fields.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  const auto body = parse_json(fuzz::text_of(data, size));
  if (!body) return 0;
  (void)services::text_field(*body, "order");
  if (const auto amount = services::integer_field(*body, "amount", 1, services::kMaxAmount)) {
    SKALD_CHECK(*amount >= 1 && *amount <= services::kMaxAmount, "a number keeps to its range");
  }
  if (const auto rate = services::number_field(*body, "error_rate", 0, 1, 0)) {
    SKALD_CHECK(*rate >= 0 && *rate <= 1, "a number keeps to its range");
  }
  if (const auto items = services::items_field(*body)) {
    SKALD_CHECK(services::items_field({{"items", services::items_json(*items)}}), "items can be sent on");
  }
  services::Faults faults;
  if (faults.set(*body)) (void)faults.draw();
  return 0;
}
