// Values of the store: summaries, definitions, hashed events, counts.

#include "store/records.h"
#include "store/status_counts.h"
#include "store/summary.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  using namespace skald::store;
  const std::string_view bytes = fuzz::text_of(data, size);
  if (const auto summary = decode_summary(bytes)) {
    const auto again = decode_summary(encode(*summary));
    SKALD_CHECK(again && *again == *summary, "a summary survives being stored");
    (void)summary->error.json();
  }
  if (const auto row = decode_definition(bytes)) {
    const auto again = decode_definition(encode(*row));
    SKALD_CHECK(again && again->source == row->source && again->deployed_at == row->deployed_at,
                "a definition survives being stored");
  }
  if (const auto event = decode_event(7, bytes)) {
    const EventRecord record{RunId(), event->seq, event->bytes, event->hash};
    SKALD_CHECK(encode_event(record) == bytes, "an event survives being stored");
  }
  if (const auto counts = decode_status_counts(bytes)) {
    const std::string stored = encode(*counts);
    const auto again = decode_status_counts(stored);
    SKALD_CHECK(again && encode(*again) == stored, "counts survive being stored");
  }
  return 0;
}
