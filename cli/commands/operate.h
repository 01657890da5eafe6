#pragma once

// What is known of the operators' verbs elsewhere.

#include <string>
#include <vector>

namespace skald::cli {

// The statuses of the sagas that a verb can act on; none for any other command, or where every saga will do.
std::vector<std::string> statuses_for(const std::string& verb);

}  // namespace skald::cli
