#pragma once

// Which sagas a list is to have, as parameters say it: of a request, or of a command that reads a folder.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "store/saga_log.h"

namespace skald::inspect {

inline constexpr std::size_t kMostItems = 1'000;    // of a page
inline constexpr std::size_t kMostValues = 16;      // of workflows, and of statuses
inline constexpr std::size_t kMostLabels = 32;      // as many as a saga may have
inline constexpr std::size_t kMostTextBytes = 256;  // of an id's beginning, and of an error's text

// Those by which sagas are listed: "running", ...
const std::vector<std::string>& saga_statuses();

using Parameters = std::multimap<std::string, std::string>;

// Error "bad-number".
Result<std::uint64_t> parse_number(const std::string& name, const std::string& text);

// workflow, status and label (each repeatable; label K=V), since, until, id, error, sort (started or id), reverse and
// count (true or false), limit, cursor. Errors: "unknown-parameter", "too-many-filters", "bad-...".
Result<store::ListQuery> list_query(const Parameters& parameters);

}  // namespace skald::inspect
