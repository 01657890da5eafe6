#pragma once

// The table of docs/profile.md.

#include <map>
#include <string>

namespace skald::conformance {

// The status of each row by its id. Throws where a row is not `| `id` | status | note |` with an id of its own.
std::map<std::string, std::string> read_profile();

}  // namespace skald::conformance
