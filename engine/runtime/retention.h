#pragma once

// Removes sagas that ended long ago. It looks for them in the store and asks their shards, which know whether anything
// of them is still open, to remove them: a logged act, see store::Removed. A bounded number goes at a time.
//
// Threading: turn() from one thread at a time; the rest from any.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/time.h"
#include "engine/runtime/broker.h"
#include "engine/runtime/metrics.h"
#include "store/saga_log.h"

namespace skald::runtime {

// A saga is kept for longer than a result that nobody has taken yet can lie in the broker: its late result would find
// nothing to complete or undo.
inline constexpr Millis kLeastRetention = kResultsKept + Millis(3'600'000);

// Error "retention-too-short" (kInvalid). Zero is no retention, and good.
Status check_retention(Millis keep);

class Retention {
 public:
  struct Options {
    Millis keep{0};                 // behind a saga's end; 0: for ever
    Millis look_every{60'000};      // while there is nothing to remove
    Millis pause{100};              // between removals
    std::size_t runs = 200;         // looked at in one turn
    std::uint64_t events = 10'000;  // of what is removed in one turn; one larger saga goes alone
  };
  // Asks a run's shard to remove it if it ended so long ago and nothing of it is open; `done` is called when it is
  // durable, with false where it stays. False: the shard is overloaded.
  using Remove = std::function<bool(const RunId& run, Millis keep, std::function<void(bool removed)> done)>;

  Retention(const store::SagaLog& log, const Clock& clock, Metrics& metrics, Options options, Remove remove);
  ~Retention() { stop(); }
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

  // Begins to look, on a thread of its own. Without it, turn() is to be called.
  void start();
  void stop();
  // Looks at the next sagas, and has those removed whose time is over. How long to wait before the next turn.
  Millis turn();

 private:
  // Whether these were the last of a round through all.
  bool look(Time ended_before);
  void remove_from(const std::vector<store::Summary>& sagas, Time ended_before);
  void settled(bool removed);
  void run();

  const store::SagaLog& log_;
  const Clock& clock_;
  Metrics& metrics_;
  const Options options_;
  const Remove remove_;

  std::size_t status_ = 0;  // which of the final ones is being gone through
  std::string cursor_;      // and how far

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::size_t open_ = 0;  // removals that are not settled
  bool round_over_ = false;
  bool removed_in_round_ = false;
  std::uint64_t removed_ = 0;
  std::thread thread_;  // last: it uses all the rest
};

}  // namespace skald::runtime
