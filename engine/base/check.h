#pragma once

// Invariants that hold in release builds too. A broken one stops the process before it can write.

namespace skald {

// Prints the expression, its place and the message to stderr and aborts.
[[noreturn]] void check_failed(const char* expression, const char* file, int line, const char* message);

}  // namespace skald

#define SKALD_CHECK(expression, message)                                                \
  do {                                                                                  \
    if (!(expression)) ::skald::check_failed(#expression, __FILE__, __LINE__, message); \
  } while (false)
