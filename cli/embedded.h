#pragma once

// Files of the source tree that are compiled in: the demo store's workflow and sidecars.

#include <string>

namespace skald::cli {

// By its path in the source tree; a path that is not compiled in is a broken invariant.
const std::string& embedded(const std::string& path);

}  // namespace skald::cli
