#pragma once

// A simulated nats-server: the two streams that matter, their consumers, and what becomes of them when it dies.
// Modelled on what FACTS say of JetStream 2.9 to 2.15: acknowledged messages that come back, streams that roll back
// while their consumers stay, acknowledgements by anybody for anything.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/wire/task.h"
#include "tests/simulation/world.h"

namespace skald::simulation {

// A message of the task queue: a task, or several of one type.
struct Parcel {
  std::vector<wire::TaskMessage> tasks;
  std::vector<std::string> ids;  // of each
  std::string id() const { return ids.size() == 1 ? ids.front() : wire::tasks_message_id(ids); }
  const std::string& type() const { return tasks.front().task; }
};

class BrokerServer {
 public:
  // Hands a message to a worker; false where none is there to take it.
  using ToWorker = std::function<bool(std::uint64_t seq, const Parcel& parcel, std::uint32_t deliveries)>;
  using ToEngine = std::function<void(std::uint64_t seq, const std::string& body)>;

  explicit BrokerServer(World& world) : world_(world) {}

  void to_worker(ToWorker take) { to_worker_ = std::move(take); }
  // Empty while no engine consumes.
  void to_engine(ToEngine take) { to_engine_ = std::move(take); }

  bool up() const { return up_; }

  // Streams exist after prepare(); without them nothing is taken.
  void prepare();
  // Whose the streams are: a later incarnation takes them over from an earlier, and purges its tasks.
  void claim(std::uint64_t incarnation);
  bool prepared() const { return !created_.empty(); }
  const std::string& created() const { return created_; }

  // The sequence; that of the first where the id was seen within the de-duplication window; none without a stream.
  std::optional<std::uint64_t> publish_tasks(const Parcel& parcel);
  std::optional<std::uint64_t> publish_result(const std::string& body);
  void publish_event(const std::string& id) { events_.insert(id); }
  const std::set<std::string>& events() const { return events_; }

  std::uint64_t last_task() const { return last_task_; }
  std::uint64_t delivered_up_to(const std::string& type) const;
  std::uint64_t in_hand(const std::string& type) const;
  bool delete_task(std::uint64_t seq) { return tasks_.erase(seq) > 0; }
  const Parcel* parcel(std::uint64_t seq) const;
  std::uint64_t some_task() const;  // of those in the stream; 0: none
  // Tasks that a worker has or will get. A rollback can leave others behind that no consumer hands out any more.
  std::size_t open_tasks() const;
  // A worker's acknowledgement of one handing out: deletes the message, although it may be in other hands by then.
  // `id`: the message's.
  void acknowledge_task(std::uint64_t seq, std::uint32_t delivery, const std::string& id);
  // An acknowledgement that was meant for another message.
  void acknowledge_astray(std::uint64_t seq);
  void in_progress(std::uint64_t seq);
  void wake_workers();

  std::uint64_t last_result() const { return last_result_; }
  // Up to where all results were acknowledged, or are gone.
  std::uint64_t results_taken() const;
  void acknowledge_results(std::uint64_t seq);
  // As an engine does it at every connect: a new consumer hands out all that is there.
  void restart_results();
  // Makes the consumers of tasks anew that are ahead of `last_task`, and that of the results if it is ahead.
  void repair_consumers(std::uint64_t last_task);

  // Faults.
  void wipe();
  void snapshot();  // what rollback() goes back to
  void rollback();
  void restart();
  std::size_t lose_results(std::size_t most);
  void set_up(bool up);
  // Results that the broker had acknowledged and lost before an engine got them.
  const std::vector<std::string>& lost_results() const { return lost_results_; }
  // Ids that were published again when they were no longer known, although the first message lay in the queue, or a
  // worker had answered it.
  const std::set<std::string>& repeated() const { return repeated_; }
  // This one is not counted among them: it lay unread when nobody could find it.
  void excuse(const std::string& id) { excused_.insert(id); }
  // Keys of tasks that it lost while workers may have had them in hand.
  const std::set<std::string>& lost_tasks() const { return lost_tasks_; }

  static constexpr Millis kAckWait{10'000};
  static constexpr Millis kResultsAckWait{5'000};
  static constexpr Millis kDedupWindow{3'000};

 private:
  struct Task {
    Parcel parcel;
    std::uint32_t deliveries = 0;
    std::optional<Time> out_until;  // in a worker's hands
  };
  struct Snapshot {
    std::map<std::uint64_t, Task> tasks;
    std::uint64_t last_task = 0;
    std::map<std::uint64_t, std::string> results;
    std::uint64_t last_result = 0;
  };

  void acknowledge(std::uint64_t seq, std::uint32_t delivery);
  void pump(const std::string& type);
  void pump_results();
  void hand_out(std::uint64_t seq, Task& task);
  void expire(std::uint64_t seq, const std::string& created);
  void watch_results();
  void lose_all();
  void lost(const Task& task);

  World& world_;
  ToWorker to_worker_;
  ToEngine to_engine_;
  bool up_ = true;
  std::string created_;
  std::uint64_t births_ = 0;
  std::uint64_t incarnation_ = 1;

  std::map<std::uint64_t, Task> tasks_;
  std::uint64_t last_task_ = 0;
  std::map<std::string, std::uint64_t> delivered_;  // of each task type's consumer
  std::map<std::string, std::pair<Time, std::uint64_t>> ids_;
  std::map<std::string, std::uint64_t> seen_;  // ids of tasks, and where each lay last
  std::set<std::string> answered_;             // whose results are there, or were acknowledged
  std::set<std::string> repeated_;
  std::set<std::string> excused_;
  std::map<std::uint64_t, Task> acknowledged_;  // lately: they may come back

  std::map<std::uint64_t, std::string> results_;
  std::uint64_t last_result_ = 0;
  std::uint64_t results_delivered_ = 0;
  std::uint64_t results_floor_ = 0;  // up to where the consumer is acknowledged; a rollback leaves it ahead
  std::uint64_t results_heard_ = 0;  // likewise, of the results that are in the stream now
  std::uint64_t results_watch_ = 0;

  std::set<std::string> events_;
  std::vector<std::string> lost_results_;
  std::set<std::string> lost_tasks_;
  Snapshot snapshot_;
};

}  // namespace skald::simulation
