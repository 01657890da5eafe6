#pragma once

// Carries what is decided and durable to the broker, and keeps watch over it until it is answered: publishes, notes
// acknowledgements, withdraws, tells overdue attempts, and reconciles with a broker that has forgotten.
//
// The broker is a doorbell, not a ledger: everything here can be made anew from the store.
//
// Threading: all methods from any thread; reports come from the dispatcher's thread or the broker's.

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "engine/base/time.h"
#include "engine/runtime/broker.h"
#include "engine/runtime/drive.h"
#include "engine/runtime/task_counts.h"

namespace skald::runtime {

// What is noted of the tasks stream.
struct BrokerNote {
  std::string created;  // its birth; empty: nothing was noted
  std::uint64_t last_seq = 0;
  // Where the store does not say that the broker has an attempt, it lies behind this, or nowhere.
  std::uint64_t unnoted_from = 0;
};

// What the dispatcher finds out; each becomes a command to the saga or a note in the store.
class DispatchReports {
 public:
  virtual ~DispatchReports() = default;
  virtual void acknowledged(const TaskOrder& order, std::uint64_t stream_seq) = 0;
  virtual void published(const EventOrder& order) = 0;
  virtual void overdue(const TaskOrder& order) = 0;
  virtual void withdrawn(const TaskOrder& order) = 0;
  // The attempt has to be published again. `same_message`: the first publish went unanswered, and did not arrive.
  // The dispatcher waits for change() with the order that then stands.
  virtual void lost(const TaskOrder& order, bool same_message) = 0;
  // Notes where the broker stands, for the next engine.
  virtual void epoch(const BrokerNote& note) = 0;
  // The streams belong to another store, or to a newer engine on this one: the engine must stop.
  virtual void taken(const Error& error) = 0;
};

struct DispatchStats {
  std::uint64_t published = 0;
  std::uint64_t republished = 0;
  std::uint64_t withdrawn = 0;
  std::uint64_t overdue = 0;
  std::uint64_t epochs = 0;
  std::uint64_t refused = 0;         // publishes that the broker did not take
  std::uint64_t waiting = 0;         // attempts that are watched over now
  std::uint64_t unacknowledged = 0;  // of these, those that the broker is not known to have
};

class Dispatcher {
 public:
  Dispatcher(Broker& broker, const Clock& clock, DispatchReports& reports, BrokerNote noted,
             Drive drive = Drive::kThreads);
  ~Dispatcher() { stop(); }
  // Begins to look at the broker: when all that was owed before a restart has been handed in with adopt(), doubt() and
  // expect().
  void start();
  // Ends the thread; no report comes from it any more. The other methods may still be called, and come to nothing.
  void stop();

  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // How many of so many tasks of a type may go in one message; without it, one. To be set before start().
  void on_together(std::function<std::size_t(const std::string& task_type, std::size_t tasks)> most);
  // What was begun together; those of a type that may go in one message do.
  void dispatch(std::vector<TaskOrder> orders);
  // The same attempt with another dispatch number, or now cancelled, or to be published again after lost().
  void change(TaskOrder order);
  // The attempt is closed. `withdraw`: a copy of its message may still lie in the queue.
  void end(const core::TaskAct& act, bool withdraw);
  // That the broker has an attempt at `stream_seq` is in the store.
  struct NotedAct {
    std::string key;
    std::uint32_t attempt = 0;
    std::uint64_t stream_seq = 0;
  };
  void noted(const std::vector<NotedAct>& acts);
  // After a restart: an attempt that the broker had acknowledged.
  void adopt(TaskOrder order, std::uint64_t stream_seq);
  // After a restart: an attempt of which nobody noted whether the broker has it.
  void doubt(TaskOrder order);
  // After a restart: an attempt that is not to be looked for; change() will publish it, as another dispatch.
  void expect(TaskOrder order);
  void emit(EventOrder order);

  // Looks at the broker now instead of at the next turn.
  void wake();
  // What the thread does every kTick, and when it is woken. Only for Drive::kTurns.
  void turn();
  bool prepared() const;
  // Likewise, and since when; the latter is not known while a connection is going.
  std::pair<bool, std::optional<Time>> broker() const;
  // How far this attempt has come; none: it is not in flight.
  std::optional<AttemptStatus> attempt(const std::string& key, std::uint32_t attempt) const;
  // Whether a worker may have had the attempt before the deliveries that the broker now counts: the broker has been
  // away since it got the attempt, and may have come back without its last notes; or an engine before this one sent it.
  bool may_be_redelivered(const std::string& key, std::uint32_t attempt) const;
  // How many attempts have no answer.
  std::size_t open_tasks() const { return open_tasks_; }
  DispatchStats stats() const;
  // Attempts by task type: how many, and since when the oldest waits, as it was not more than kOldestEvery ago.
  std::map<std::string, std::pair<std::uint64_t, Time>> waiting() const;

  static constexpr Millis kTick{250};
  static constexpr Millis kMissingTick{25};  // while results are awaited that may explain what is missing
  // Then what was missing may have arrived since; behind each search longer, so that one comes to an end.
  static constexpr Millis kSearchHolds{1'000};
  static constexpr Millis kOverdueEvery{1'000};
  static constexpr Millis kReconcileEvery{10'000};
  static constexpr Millis kOverdueGrace{2'000};
  static constexpr Millis kGoneGrace{5'000};  // between a task's message going and its result coming
  static constexpr Millis kWarnEvery{10'000};
  static constexpr Millis kOldestEvery{500};                   // to find it takes a walk over all attempts
  static constexpr std::size_t kMaxGoneChecks = 1'000;         // of a look; the next goes on behind them
  static constexpr std::size_t kMaxTogetherBytes = 64 * 1024;  // of inputs in one message

 private:
  enum class Stage {
    kUnsent,    // not published, or refused
    kSent,      // its acknowledgement is awaited
    kAcked,     // the broker has it
    kInDoubt,   // its publish went unanswered: it is looked for
    kMissing,   // it is not in the queue; a result that is not taken yet may explain that
    kReported,  // lost() was called; change() is awaited
  };

  struct Entry {
    TaskOrder order;
    Stage stage = Stage::kUnsent;
    std::vector<std::uint64_t> copies;  // stream sequences; the last is the newest
    Time acked_at;
    std::optional<Time> delivered_at;
    std::optional<Time> gone_since;
    std::uint64_t after = 0;                  // it was published when the stream had come so far
    Time searched_at;                         // of what is missing
    int searches = 0;                         // likewise
    std::uint64_t explained_by = 0;           // of what is missing or gone: a result up to this one would explain it
    bool noted = false;                       // of what is acknowledged: the store says so
    bool same_again = false;                  // of what was reported: change() may bring the same message
    bool may_be_out = false;                  // in a copy that is not among `copies`
    std::optional<std::uint64_t> connection;  // through which it was published: of `connections_`
    bool cancel_sent = false;
  };
  using Table = std::map<std::string, Entry>;  // by name_of()
  struct Suspect {
    std::string name;
    TaskOrder order;
    std::uint64_t copy;
  };

  struct EventEntry {
    EventOrder order;
    bool sent = false;
  };

  // "<key>#<attempt>"
  static std::string name_of(const std::string& key, std::uint32_t attempt);
  static std::string name_of(const core::TaskAct& act) { return name_of(act.key, act.attempt); }
  void run();
  void look_at_broker();
  void prepare_broker();
  void set_prepared(bool prepared);
  bool is_taken(const Error& error);
  // The entry of this attempt, which has this order from now on, and whether there was none.
  std::pair<Entry&, bool> keep(TaskOrder order);
  void forget(Table::iterator at);
  void set_stage(Entry& entry, Stage stage);
  std::size_t& count_of(Stage stage) { return in_stage_[static_cast<std::size_t>(stage)]; }
  std::size_t count_of(Stage stage) const { return in_stage_[static_cast<std::size_t>(stage)]; }
  void set_acknowledged(Entry& entry, std::uint64_t seq);
  void set_order(Entry& entry, TaskOrder order);
  // None of its copies is its own any more.
  void let_go(Entry& entry);
  // Adds an act to what is known of all, or takes it away.
  void count(const core::TaskAct& act, std::int64_t by);
  void publish_unsent();
  using Letter = std::vector<Entry*>;  // what goes in one message
  std::vector<Letter> letters(const std::vector<Entry*>& entries) const;
  void publish(const Letter& letter, bus::Pace pace);
  struct Sent {
    std::string name;
    std::uint32_t dispatch;
  };
  void tasks_published(const std::vector<Sent>& sent, std::uint64_t connection, Result<std::uint64_t> seq);
  void refused(const std::string& what, const Error& error);
  void publish_event(EventEntry& entry);
  void event_published(const std::string& act, Result<std::uint64_t> seq);
  void settle_doubts();
  struct Doubts;
  Doubts doubts();
  void doubt_the_missing();
  static bool all_taken(const Entry& entry, const ResultsState& results);
  void cancel_attempts();
  bool same_connection(const Entry& entry) const { return entry.connection == connections_; }
  void withdraw_copies();
  void find_overdue();
  bool reconcile();
  std::uint64_t unnoted_from() const;
  void begin_epoch(const StreamState& stream);
  void find_gone();
  std::vector<Suspect> suspects();
  // What was asked of consumers during one look at the broker.
  using Consumers = std::map<std::string, TaskConsumer>;
  Result<bool> is_gone(const TaskOrder& order, std::uint64_t copy, Consumers& asked);

  Broker& broker_;
  const Clock& clock_;
  DispatchReports& reports_;
  const Drive drive_;
  std::function<std::size_t(const std::string& task_type, std::size_t tasks)> together_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Table tasks_;
  std::atomic<std::size_t> open_tasks_{0};                  // its size
  std::unordered_map<std::uint64_t, std::size_t> holders_;  // by copy: how many of these have it
  std::array<std::size_t, 6> in_stage_{};                   // of these
  std::int64_t cancelling_ = 0;                             // of these, those that are no longer wanted
  std::int64_t timed_ = 0;                                  // of these, those whose attempts have a timeout
  mutable TaskCounts counts_;                               // likewise
  mutable Time oldest_found_;
  std::map<std::string, EventEntry> events_;  // by act
  std::deque<std::uint64_t> to_withdraw_;
  DispatchStats stats_;
  BrokerNote noted_;
  std::string checked_up_to_;      // the last attempt that find_gone() looked for
  std::uint64_t connections_ = 0;  // how often the broker came or went
  bool prepared_ = false;
  Time prepared_since_;  // since when that is what it is
  bool woken_ = false;
  bool taken_ = false;  // the streams are another's
  bool stopping_ = false;
  Time warned_at_;
  Time overdue_at_;
  Time reconcile_at_;
  std::thread thread_;  // last: it uses all the rest
};

}  // namespace skald::runtime
