#pragma once

// Which sagas a list is to have, as parameters say it: of a request, or of a command that reads a folder.

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/result.h"
#include "store/saga_log.h"

namespace skald::inspect {

inline constexpr std::size_t kMostItems = 1'000;  // of a page

using Parameters = std::multimap<std::string, std::string>;

// Error "bad-number".
Result<std::uint64_t> parse_number(const std::string& name, const std::string& text);

// workflow, status, label (K=V, repeatable), since, until, limit, cursor; count is passed over. Errors:
// "unknown-parameter", "bad-...".
Result<store::ListQuery> list_query(const Parameters& parameters);

}  // namespace skald::inspect
