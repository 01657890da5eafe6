#pragma once

// How many attempts wait for their answers, by task type, and since when the oldest does. Kept as they come and go, for
// there may be hundreds of thousands. One thread at a time.

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/time.h"

namespace skald::runtime {

class TaskCounts {
 public:
  void add(const std::string& type, Time since);
  // One that was added.
  void remove(const std::string& type, Time since);

  // Whether the oldest of some type has gone, so that its time is too early until refresh().
  bool stale() const { return stale_ > 0; }
  // Gives each type the oldest anew: `each(see)` calls see(type, since) for all that wait.
  template <typename Each>
  void refresh(const Each& each) {
    for (auto& [type, waiting] : by_type_) waiting.oldest.reset();
    each([this](const std::string& type, Time since) {
      std::optional<Time>& oldest = by_type_.at(type).oldest;
      oldest = oldest ? std::min(*oldest, since) : since;
    });
    for (auto& [type, waiting] : by_type_) waiting.stale = false;
    stale_ = 0;
  }

  // How many, and since when the oldest waits.
  std::map<std::string, std::pair<std::uint64_t, Time>> by_type() const;

 private:
  struct Waiting {
    std::uint64_t count = 0;
    std::optional<Time> oldest;  // none where there are none
    bool stale = false;
  };
  // Types stay, as the definitions that name them do.
  std::map<std::string, Waiting> by_type_;
  std::size_t stale_ = 0;  // of them
};

}  // namespace skald::runtime
