#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace skald {
namespace {

thread_local int throwing = 0;

}  // namespace

ChecksThrow::ChecksThrow() { ++throwing; }
ChecksThrow::~ChecksThrow() { --throwing; }

void check_failed(const char* expression, const char* file, int line, const char* message) {
  if (throwing > 0) throw BrokenInvariant(message);
  std::fprintf(stderr, "skald: invariant broken at %s:%d: %s (%s)\n", file, line, message, expression);
  std::abort();
}

}  // namespace skald
