#pragma once

// Invariants that hold in release builds too. A broken one stops the process before it can write.

#include <stdexcept>
#include <string>

namespace skald {

// What a broken invariant is while a ChecksThrow lives.
class BrokenInvariant : public std::logic_error {
 public:
  explicit BrokenInvariant(const std::string& what) : std::logic_error(what) {}
};

// While one lives, a broken invariant on its thread is thrown and does not end the process: for readers of what
// somebody may have made up. They write nothing, and throw away all that was under way.
class ChecksThrow {
 public:
  ChecksThrow();
  ~ChecksThrow();
  ChecksThrow(const ChecksThrow&) = delete;
  ChecksThrow& operator=(const ChecksThrow&) = delete;
};

// Prints the expression, its place and the message to stderr and aborts; see ChecksThrow.
[[noreturn]] void check_failed(const char* expression, const char* file, int line, const char* message);

}  // namespace skald

#define SKALD_CHECK(expression, message)                                                \
  do {                                                                                  \
    if (!(expression)) ::skald::check_failed(#expression, __FILE__, __LINE__, message); \
  } while (false)
