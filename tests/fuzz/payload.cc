// Documents of users, as JSON and as msgpack.

#include "engine/base/msgpack.h"
#include "engine/base/value.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  const std::string_view bytes = fuzz::text_of(data, size);
  if (const auto value = parse_json(bytes)) {
    const Payload payload(*value);
    SKALD_CHECK(check_msgpack(payload.bytes()), "what was JSON is msgpack that we take");
    SKALD_CHECK(payload.value() == *value, "a document survives being packed");
    const auto again = Payload::from_json(payload.json());
    SKALD_CHECK(again && *again == payload, "a document survives being shown");
  }
  if (check_msgpack(bytes)) {
    const Payload payload = Payload::from_msgpack(std::string(bytes));
    SKALD_CHECK(parse_json(payload.json()), "what is msgpack that we take can be shown");
  }
  return 0;
}
