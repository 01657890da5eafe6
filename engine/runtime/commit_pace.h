#pragma once

// Whether a commit is worth putting off until more has gathered. Each costs the same, here and in all that follows it,
// and with many sagas at work a few events would come each half millisecond: then it waits until enough are there, but
// no longer behind the one before than some times what commits have taken of late, which is less where disk and
// processors are fast. Where few come, or so many that enough gather meanwhile anyway, it does not wait.
//
// Threading: none; its owner's lock.

#include <chrono>
#include <cstddef>

namespace skald::runtime {

class CommitPace {
 public:
  using Clock = std::chrono::steady_clock;

  // So many events more are to be committed.
  void appended(std::size_t events, Clock::time_point now = Clock::now());
  // So many decisions more are to be made for it.
  void expected(std::size_t decisions) { waiting_ += kEventsOfADecision * decisions; }
  // What waits is being committed.
  void begun(Clock::time_point now = Clock::now());
  // That commit took so long.
  void ended(Clock::duration took);
  // Until when what waits should wait for more; the past: it should not.
  Clock::time_point wait_until() const;
  // Whether decisions may wait for the commit that comes next, however soon it comes: with what waits for it they are
  // no more than the next four take.
  bool decisions_may_wait() const { return many_come_ && waiting_ < kCommitsAhead * enough(); }

  // Whether enough waits for the next commit.
  bool enough_wait() const { return waiting_ >= enough(); }
  // Whether processors have time while so many events are committed: commits took much longer of late than it takes to
  // write those.
  bool leaves_time(std::size_t events) const { return events * kLeastOfAnEvent < took_; }

  // How long it waits at most, and for how many events: so many come meanwhile where it waits at all.
  Clock::duration patience() const { return patience_; }
  std::size_t enough() const;

  static constexpr int kTimes = 3;                                   // what a commit takes
  static constexpr std::chrono::microseconds kLeastPatience{1'000};  // all that wakes for a commit costs as well
  static constexpr std::chrono::microseconds kMostPatience{2'500};
  static constexpr std::size_t kMostEnough = 32;
  static constexpr std::size_t kCommitsAhead = 4;       // beyond that, shards decide beside the journal's thread
  static constexpr std::size_t kEventsOfADecision = 2;  // a step has completed, the next is scheduled
  static constexpr std::chrono::microseconds kLeastOfAnEvent{24};  // several times what writing one costs
  static constexpr std::chrono::milliseconds kMostTook{4};         // a disk that stands still says nothing of the rest
  static constexpr std::chrono::milliseconds kWindow{8};

 private:
  static constexpr int kRemembered = 16;  // commits, about: one that met a busy disk says little of the others

  Clock::duration patience_ = kMostPatience;
  Clock::duration took_{};
  Clock::time_point begun_;  // the last commit
  std::size_t waiting_ = 0;
  Clock::time_point window_;
  std::size_t now_ = 0;     // events in this window
  bool many_come_ = false;  // then a quarter less are many still
};

}  // namespace skald::runtime
