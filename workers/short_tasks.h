#pragma once

// Of which types a worker takes several tasks in one message: those whose attempts are short, since all of a message's
// have to be done before it is acknowledged (docs/decisions/0014); and how many messages it asks for. Thread-safe.

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "workers/typical_time.h"

namespace skald::workers {

class ShortTasks {
 public:
  // Before all else. `most`: in one message; no more than half of what is done at a time.
  void add(const std::string& type, std::size_t concurrency, std::size_t most);
  // A message brought so many.
  void came(const std::string& type, std::size_t tasks);
  void took(const std::string& type, TypicalTime::Duration time);
  // One was not begun: what goes together with such might be held up.
  void handed_back(const std::string& type);
  // By type.
  using Together = std::map<std::string, std::uint32_t>;
  Together together() const;
  // How many messages to ask for, with so many tasks of the type in hand: as many as would fill its concurrency if they
  // brought what messages brought of late.
  std::size_t room(const std::string& type, std::size_t in_hand) const;

  static constexpr std::chrono::milliseconds kShort{25};  // typically
  static constexpr std::chrono::milliseconds kAtFirst{100};
  static constexpr std::chrono::milliseconds kLeast{1};
  static constexpr std::chrono::milliseconds kMost{250};  // behind one of these it takes some forty short ones

 private:
  struct Type {
    std::size_t concurrency;
    std::size_t most;
    double mean;  // of the tasks of a message
    TypicalTime typical;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Type> types_;
};

}  // namespace skald::workers
