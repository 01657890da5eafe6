#pragma once

// What an engine has done since its start, and what went wrong last, for whoever looks at it as a whole. Nothing of it
// is kept. Thread-safe.

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/core/event.h"

namespace skald::runtime {

class Activity {
 public:
  static constexpr std::size_t kMaxTaskTypes = 1'000;  // of further ones no times are kept
  static constexpr std::size_t kTroubled = 10;

  struct Totals {
    std::uint64_t started = 0;  // sagas
    std::uint64_t ended = 0;    // likewise
    std::uint64_t steps = 0;    // attempts of steps and undos that were answered
    std::uint64_t events = 0;
  };
  // How long attempts took, by the clocks of their workers.
  struct TaskTimes {
    std::string task;
    std::uint64_t count = 0;
    double mean_ms = 0;
    double max_ms = 0;
  };

  // What is noted of events, to be kept until they are durable.
  struct Done {
    struct Took {
      std::string task;
      std::int64_t ms = 0;
    };
    explicit Done(const std::vector<core::Event>& events);

    std::vector<core::EventType> types;  // of all events
    std::vector<Took> took;              // attempts whose times are known
  };
  // What has become durable of a saga.
  void note(const RunId& run, const Done& done);

  Totals totals() const;
  // By their mean, the slowest first, at most `most`.
  std::vector<TaskTimes> slowest(std::size_t most) const;
  // The sagas that became stuck or ended badly last, the latest first, each once.
  std::vector<RunId> troubled() const;

 private:
  struct Times {
    std::uint64_t count = 0;
    std::int64_t sum_ms = 0;
    std::int64_t max_ms = 0;
  };

  void note_times(const Done::Took& attempt);
  void note_trouble(const RunId& run);

  mutable std::mutex mutex_;
  Totals totals_;
  std::map<std::string, Times, std::less<>> by_task_;
  std::deque<RunId> troubled_;  // the latest first
};

}  // namespace skald::runtime
