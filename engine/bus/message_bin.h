#pragma once

// Where messages of libnats go when they are done with. The library hands each to a thread of its own to be freed, and
// wakes that thread: a context switch for every message. Here they gather, and go many at a time.
//
// Threading: any.

#include <cstddef>
#include <mutex>
#include <vector>

typedef struct __natsMsg natsMsg;  // NOLINT(bugprone-reserved-identifier): the library's name

namespace skald::bus {

class MessageBin {
 public:
  MessageBin() = default;
  ~MessageBin() { empty(); }
  MessageBin(const MessageBin&) = delete;
  MessageBin& operator=(const MessageBin&) = delete;

  // Nobody reads it any more. `bytes`: its size, or about that.
  void add(natsMsg* message, std::size_t bytes);
  void empty();

  static constexpr std::size_t kMost = 1'024;
  static constexpr std::size_t kMostBytes = 1'048'576;

 private:
  std::mutex mutex_;
  std::vector<natsMsg*> messages_;
  std::size_t bytes_ = 0;
};

}  // namespace skald::bus
