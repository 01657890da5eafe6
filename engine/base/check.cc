#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace skald {

void check_failed(const char* expression, const char* file, int line, const char* message) {
  std::fprintf(stderr, "skald: invariant broken at %s:%d: %s (%s)\n", file, line, message, expression);
  std::abort();
}

}  // namespace skald
