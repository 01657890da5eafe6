#pragma once

// A broker whose every answer the test gives, and what a dispatcher reports over it.

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "engine/runtime/dispatcher.h"
#include "tests/bus/nats_fixture.h"

namespace skald::runtime {

using skald::testing::eventually;

// Holds every publish until the test answers it. Says that no worker was handed anything, unless told otherwise.
class ScriptedBroker final : public Broker {
 public:
  bool connected() const override { return up_; }
  void on_connection(std::function<void(bool up)> changed) override {
    const std::lock_guard lock(mutex_);
    changed_ = std::move(changed);
  }
  void publish_tasks(const TaskOrders& orders, Published done) override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> keys;
    for (const TaskOrder* order : orders) keys.push_back(order->act.key);
    letters_.push_back(std::move(keys));
    open_.push_back(std::move(done));
  }
  void publish_event(const EventOrder&, Published) override {}
  void cancel(const TaskOrder&) override { ++cancels_; }
  Status prepare() override {
    if (while_preparing) std::exchange(while_preparing, {})();
    return {};
  }
  Result<std::optional<StreamState>> tasks_stream() override {
    StreamState now{"today", last_seq_};
    if (while_answering) while_answering();
    return std::optional(now);
  }
  Result<TaskConsumer> task_consumer(const std::string&) override {
    const std::lock_guard lock(mutex_);
    return consumer_;
  }
  Status repair_consumers(std::uint64_t, bool) override { return {}; }
  Result<bool> withdraw(std::uint64_t seq) override {
    const std::lock_guard lock(mutex_);
    withdrawn_.push_back(seq);
    return true;
  }
  Result<bool> present(const TaskOrder& order, std::uint64_t) override {
    const std::lock_guard lock(mutex_);
    asked_.insert(order.act.key);
    return present_.load() && order.act.key != gone_;
  }
  Result<std::vector<std::uint64_t>> find(const std::vector<TaskOrder>& orders, std::uint64_t after) override {
    if (while_searching) std::exchange(while_searching, {})();
    if (!answers) return silent();
    const std::lock_guard lock(mutex_);
    Search search{{}, after};
    std::vector<std::uint64_t> places;
    for (const TaskOrder& order : orders) {
      search.keys.push_back(order.act.key);
      places.push_back(queued_[order.act.key]);
    }
    searches_.push_back(std::move(search));
    return places;
  }
  Result<ResultsState> results() override {
    if (!answers) return silent();
    const std::lock_guard lock(mutex_);
    return results_;
  }
  void consume_results(std::function<void(ResultDelivery)>) override {}
  void acknowledge_results(const ResultDelivery&) override {}
  void on_presence(std::function<void(const std::string&, TaskTypeStatus::Worker)>) override {}
  void stop() override {}

  // Answers the oldest publish that is open; waits for one.
  ::testing::AssertionResult answer(Result<std::uint64_t> seq) {
    Published done;
    const bool came = eventually([&] {
      const std::lock_guard lock(mutex_);
      if (open_.empty()) return false;
      done = std::move(open_.front());
      open_.pop_front();
      return true;
    });
    if (!came) return ::testing::AssertionFailure() << "nothing was published";
    if (seq) last_seq_ = *seq;
    done(std::move(seq));
    return ::testing::AssertionSuccess();
  }
  void connect(bool up) {
    up_ = up;
    std::function<void(bool)> changed;
    {
      const std::lock_guard lock(mutex_);
      changed = changed_;
    }
    if (changed) changed(up);
  }
  int cancels() const { return cancels_; }
  std::function<void()> while_answering;  // of the stream's state: set while nobody asks
  std::function<void()> while_preparing;  // once
  void set_stream(std::uint64_t last_seq, TaskConsumer consumer) {
    last_seq_ = last_seq;
    const std::lock_guard lock(mutex_);
    consumer_ = consumer;
  }
  // The keys of each message that was published.
  std::vector<std::vector<std::string>> letters() {
    const std::lock_guard lock(mutex_);
    return letters_;
  }
  // The stream's places whose messages were taken out.
  std::vector<std::uint64_t> withdrawn() {
    const std::lock_guard lock(mutex_);
    return withdrawn_;
  }
  void set_present(bool present) { present_ = present; }
  void set_gone(const std::string& key) { gone_ = key; }
  // Where a message lies; 0: nowhere.
  void queue(const std::string& key, std::uint64_t seq) {
    const std::lock_guard lock(mutex_);
    queued_[key] = seq;
  }
  void set_results(ResultsState results) {
    const std::lock_guard lock(mutex_);
    results_ = results;
  }
  struct Search {
    std::vector<std::string> keys;
    std::uint64_t after;
  };
  std::vector<Search> searches() {
    const std::lock_guard lock(mutex_);
    return searches_;
  }
  std::function<void()> while_searching;  // once
  std::atomic<bool> answers{true};        // questions about places and results
  // For how many attempts it was asked whether their message is there.
  std::size_t asked() {
    const std::lock_guard lock(mutex_);
    return asked_.size();
  }

 private:
  static tl::unexpected<Error> silent() {
    return fail(ErrorKind::kTimeout, "request-timeout", "the test's broker does not answer");
  }

  std::mutex mutex_;
  std::atomic<bool> up_{true};
  std::atomic<int> cancels_{0};
  std::atomic<std::uint64_t> last_seq_{0};
  std::atomic<bool> present_{true};
  std::string gone_;
  std::set<std::string> asked_;
  std::vector<std::uint64_t> withdrawn_;
  std::map<std::string, std::uint64_t> queued_;
  ResultsState results_;
  std::vector<Search> searches_;
  TaskConsumer consumer_;
  std::function<void(bool)> changed_;
  std::deque<Published> open_;
  std::vector<std::vector<std::string>> letters_;
};

struct Reports final : DispatchReports {
  void acknowledged(const TaskOrder&, std::uint64_t) override { ++acknowledged_count; }
  void published(const EventOrder&) override {}
  void overdue(const TaskOrder&) override {}
  void withdrawn(const TaskOrder&) override { ++withdrawn_count; }
  void lost(const TaskOrder&, bool same_message) override {
    ++lost_count;
    if (same_message) ++same_count;
  }
  void epoch(const BrokerNote& note) override {
    const std::lock_guard lock(mutex);
    notes.push_back(note);
    ++epoch_count;
  }
  void taken(const Error&) override {}

  std::atomic<int> acknowledged_count{0};
  std::atomic<int> withdrawn_count{0};
  std::atomic<int> lost_count{0};
  std::atomic<int> same_count{0};   // of these, those to be published under the same id
  std::atomic<int> epoch_count{0};  // notes of where the broker stands
  std::mutex mutex;
  std::vector<BrokerNote> notes;  // those
};

// Sets the time by hand; for dispatchers without a thread.
class SetClock final : public Clock {
 public:
  Time now() const override { return now_; }
  void pass(Millis time) { now_ = now_ + time; }

 private:
  Time now_{1'700'000'000'000};
};

// The dispatcher compares itself with the broker so many times.
inline void look(Dispatcher& dispatcher, SetClock& clock, int times) {
  for (int i = 0; i < times; ++i) {
    clock.pass(Dispatcher::kReconcileEvery);
    dispatcher.turn();
  }
}

}  // namespace skald::runtime
