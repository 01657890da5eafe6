#pragma once

// Keeps a pull request to a durable consumer open and hands out what comes, over reconnects, restarts of the server and
// consumers that were deleted.
//
// Threading: `take` runs on the subscription's thread, one message after another; the rest from any thread.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/bus/connection.h"

namespace skald::bus {

class PullSubscription {
 public:
  struct Options {
    std::string stream;
    std::string consumer;
    // Makes the consumer where it is missing; called before the first pull and when the broker says that it is gone.
    std::function<Status()> ensure;
    // How many messages may be asked for now; 0: none until wake().
    std::function<std::size_t()> room;
    std::function<void(Message)> take;
    // Called by the thread that asks, now and then, at least once a second; may be none.
    std::function<void()> look;
  };

  PullSubscription(Connection& connection, Options options);
  // After it, `take` is not running. Not to be called from within `take`.
  ~PullSubscription();
  PullSubscription(const PullSubscription&) = delete;
  PullSubscription& operator=(const PullSubscription&) = delete;

  // There may be room again, or the connection has come back.
  void wake();
  // What was asked for of a server that is gone will not come.
  void reset();

  static constexpr Millis kExpires{10'000};  // of a request, at the server
  static constexpr Millis kGrace{2'000};     // until a request without a word of its end counts as lost
  static constexpr Millis kRetryEvery{250};  // after a refusal
  // Where too many wait, twice as long each time: a consumer holds 512 requests (max_waiting), and of more workers than
  // that the others ask in vain.
  static constexpr Millis kMaxRetry{8'000};
  static constexpr std::size_t kMaxBatch = 256;

 private:
  void run();
  void received(Message message);

  Connection& connection_;
  const Options options_;
  const std::string inbox_;
  std::unique_ptr<Subscription> subscription_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool missing_ = true;        // the consumer has to be made first
  bool refused_ = false;       // wait before asking again
  Millis pause_{kRetryEvery};  // so long
  bool full_ = false;          // there was no room; wake() is awaited
  std::uint64_t request_ = 0;  // the one that is open
  std::size_t expected_ = 0;   // messages that it still may bring
  std::chrono::steady_clock::time_point asked_at_;
  std::thread thread_;  // last: it uses all the rest
};

}  // namespace skald::bus
