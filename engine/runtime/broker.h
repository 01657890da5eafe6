#pragma once

// What the runtime needs of the broker. NatsBroker (nats_broker.h) is the real one; tests and the simulation bring
// their own.
//
// Threading: all methods from any thread. publish_* and cancel return at once; what is marked "asks" waits for the
// broker's answer, within kAskTimeout, and is called from the dispatcher's thread alone.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/value.h"
#include "engine/bus/connection.h"
#include "engine/core/state.h"
#include "engine/runtime/engine.h"

namespace skald::runtime {

inline constexpr Millis kAskTimeout{3'000};
// How long a result waits in the broker for an engine to take it.
inline constexpr Millis kResultsKept{24 * 3'600'000};

// One attempt on its way to the workers.
struct TaskOrder {
  core::TaskAct act;
  RunId run;
  SagaId saga;
  bus::Pace pace = bus::Pace::kNow;  // kSoon: it may wait for flush(), to be written together with others
};

using TaskOrders = std::vector<const TaskOrder*>;

// An emitted CloudEvent on its way to the events stream.
struct EventOrder {
  RunId run;
  std::string act;  // "event:<key>": its message id
  Payload event;
};

// Whether the broker has it: the stream's sequence, or an error. After a kTimeout or kUnreachable the message may still
// arrive; after any other it was not taken. Called once, from a thread of the broker's, never from within the publish
// itself.
using Published = std::function<void(Result<std::uint64_t> stream_seq)>;

struct ResultDelivery {
  std::uint64_t seq = 0;
  std::string body;
  bool json = false;
  std::string ack;  // for acknowledge_results()
  // Grows whenever results are handed out anew, from the last that was acknowledged on; sequences of other generations
  // say nothing.
  std::uint64_t generation = 0;
  bool more = false;  // the next is about to be handed out
};

// A published event, as JSON.
struct EventDelivery {
  std::string body;
  std::string ack;  // for acknowledge_event()
};

struct StreamState {
  std::string created;  // changes when the stream is made anew
  std::uint64_t last_seq = 0;
};

// How far the engine has come with the results.
struct ResultsState {
  std::uint64_t last_seq = 0;  // of the stream
  // All up to here were acknowledged or are gone; never more than `last_seq`.
  std::uint64_t taken_up_to = 0;
};

// The consumer through which workers get a task type's messages; all zero where no worker has ever served it.
struct TaskConsumer {
  std::uint64_t delivered_up_to = 0;  // stream sequence
  std::uint64_t in_hand = 0;          // handed out and not acknowledged
};

class Broker {
 public:
  virtual ~Broker() = default;

  virtual bool connected() const = 0;
  // Called with true and false as the connection comes and goes, from a thread of the broker's.
  virtual void on_connection(std::function<void(bool up)> changed) = 0;

  // One message: of one task, or of several of one type, at most wire::kMaxTasksPerMessage, which a worker gets
  // together. None of them is kept.
  virtual void publish_tasks(const TaskOrders& orders, Published done) = 0;
  // Sends the tasks that wait for it.
  virtual void flush() {}
  virtual void publish_event(const EventOrder& order, Published done) = 0;
  // Tells workers that an attempt is no longer wanted. Nothing depends on its arrival.
  virtual void cancel(const TaskOrder& order) = 0;

  // Asks. Makes the streams and consumers that are missing and claims them for this store. Error "broker-taken"
  // (kConflict): they belong to another store, to a newer incarnation of this one, or to a newer engine on a copy of
  // it.
  virtual Status prepare() = 0;
  // Asks. Whether they are still claimed for this engine. Errors: as above.
  virtual Status check_claim() { return {}; }
  // Asks. None where the stream is missing.
  virtual Result<std::optional<StreamState>> tasks_stream() = 0;
  // Asks.
  virtual Result<TaskConsumer> task_consumer(const std::string& task_type) = 0;
  // Asks. Deletes consumers that are ahead of their stream, whose last sequence was `last_seq`: what is published up to
  // where they are would never reach them. `rolled_back`: it is known to have gone back to there, and may have grown
  // since.
  virtual Status repair_consumers(std::uint64_t last_seq, bool rolled_back) = 0;
  // Asks. Whether the message was still there.
  virtual Result<bool> withdraw(std::uint64_t stream_seq) = 0;
  // Asks. Whether the message at `stream_seq` is this order's: a stream that was rolled back gives out sequences anew.
  virtual Result<bool> present(const TaskOrder& order, std::uint64_t stream_seq) = 0;
  // Asks. Where each of these orders' messages lies in the tasks stream, behind `after`; zero: not there.
  virtual Result<std::vector<std::uint64_t>> find(const std::vector<TaskOrder>& orders, std::uint64_t after) = 0;
  // Asks.
  virtual Result<ResultsState> results() = 0;

  // Hands every result message to `take`, one after another. Begins when the streams are prepared, and goes on over
  // reconnects.
  virtual void consume_results(std::function<void(ResultDelivery)> take) = 0;
  // Acknowledges this delivery and all before it.
  virtual void acknowledge_results(const ResultDelivery& delivery) = 0;
  // Publishes an event of somebody's: a copy with its source and id within two minutes counts as the same.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): those that do keep it
  virtual void publish_cloud_event(const Payload& event, Published done) {
    (void)event;
    done(fail(ErrorKind::kUnavailable, "broker-away", "this broker carries no events"));
  }
  // Hands every event that is published from now on, whether or not the broker is there, to `take`, one after another,
  // and again where it is not acknowledged. Goes on over reconnects; what is published while the broker has lost this
  // engine's place is lost.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): those that do keep it
  virtual void consume_events(std::function<void(EventDelivery)> take) { (void)take; }
  virtual void acknowledge_event(const EventDelivery& delivery) { (void)delivery; }
  // Calls `seen` for every worker that announces itself, once for each of its task types.
  virtual void on_presence(std::function<void(const std::string& task_type, TaskTypeStatus::Worker)> seen) = 0;
  // Stops handing out results, events and presences; after it returns, `take` is not running.
  virtual void stop() = 0;
};

}  // namespace skald::runtime
