#pragma once

// Of which types a worker takes several tasks in one message: those whose attempts are short, since all of a message's
// have to be done before it is acknowledged (docs/decisions/0014). Thread-safe.

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "workers/typical_time.h"

namespace skald::workers {

class ShortTasks {
 public:
  // `most`: of any type, in one message.
  explicit ShortTasks(std::size_t most) : most_(most) {}

  // Before all else. Of no type more go together than it does at a time.
  void add(const std::string& type, std::size_t concurrency);
  void took(const std::string& type, TypicalTime::Duration time);
  // One was not begun: what goes together with such might be held up.
  void handed_back(const std::string& type);
  // By type.
  using Together = std::map<std::string, std::uint32_t>;
  Together together() const;

  static constexpr std::chrono::milliseconds kShort{25};  // typically
  static constexpr std::chrono::milliseconds kAtFirst{100};
  static constexpr std::chrono::milliseconds kLeast{1};
  static constexpr std::chrono::milliseconds kMost{250};  // behind one of these it takes some forty short ones

 private:
  struct Type {
    std::size_t concurrency;
    TypicalTime typical;
  };

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::map<std::string, Type> types_;
};

}  // namespace skald::workers
