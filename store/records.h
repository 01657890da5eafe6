#pragma once

// The values of the column families other than summaries (summary.h).

#include <string>
#include <string_view>

#include "store/saga_log.h"

namespace skald::store {

// The event's hash, then its bytes.
std::string encode_event(const EventRecord& event);
// Error: "damaged-event".
Result<StoredEvent> decode_event(std::uint64_t seq, std::string_view value);

// What stands in the place of a removed run's summary: a msgpack map whose first key is "removed_at".
std::string encode(const Removed& removed);
bool is_removed(std::string_view bytes);
// Error: "damaged-summary".
Result<Removed> decode_removed(std::string_view bytes);

// A msgpack map; see store/README.md.
std::string encode(const DefinitionRow& row);
// Error: "damaged-definition".
Result<DefinitionRow> decode_definition(std::string_view bytes);

}  // namespace skald::store
