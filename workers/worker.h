#pragma once

// The worker: fetches tasks of the types that it serves, calls their handlers, answers. This is the library form;
// `skald worker` is the same with HTTP calls as handlers (sidecar/).
//
// What it promises is in engine/wire/README.md: a task is acknowledged only after its result is in the broker, and a
// task that was handed back or lost comes again, to this worker or another. A handler may therefore be called more than
// once for a key, and must pass the key on to what it calls.
//
// Threading: handlers run on threads of the worker, as many at a time as the types' concurrency allows.

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>

#include "engine/base/result.h"
#include "engine/wire/result.h"
#include "engine/wire/task.h"
#include "workers/secrets.h"

namespace skald::workers {

struct Task {
  wire::TaskMessage message;
  std::uint32_t deliveries = 1;
  std::string traceparent;  // W3C; empty: none
};

// What a handler says of a task.
struct Answer {
  wire::Outcome outcome = wire::Outcome::kUnknown;
  Payload output;
  Payload error;  // RFC 7807
  std::optional<Millis> retry_after;
  // Set: the task was not begun and goes back to the broker, for this long, without using up an attempt. Where others
  // of its message were begun, it waits so long with the worker.
  std::optional<Millis> hand_back;

  static Answer completed(const Value& output);
  static Answer rejected(const Value& error) { return {wire::Outcome::kRejected, {}, Payload(error), {}, {}}; }
  static Answer failed(const Value& error, std::optional<Millis> retry_after = {}) {
    return {wire::Outcome::kFailed, {}, Payload(error), retry_after, {}};
  }
  static Answer unknown(const Value& error) { return {wire::Outcome::kUnknown, {}, Payload(error), {}, {}}; }
  static Answer later(Millis delay) { return {wire::Outcome::kFailed, {}, {}, {}, delay}; }
};

// The task's timeout is what is left of it. `stop` is requested when the attempt is cancelled; the handler may then end
// early, and still says what it knows. An
// exception counts as an unknown outcome. References to secrets in the task's input were replaced; the secrets are
// taken out of the answer.
using Handler = std::function<Answer(const Task& task, const std::stop_token& stop)>;

struct TypeOptions {
  Handler handler;
  std::size_t concurrency = 16;
  // Whether tasks are to be fetched now; not set: always.
  std::function<bool()> accepting;
  // How many it takes in one message at most, while they are short; no more than half of the concurrency
  // (docs/decisions/0014). One: where some may have to be handed back while others go on.
  std::size_t together = 16;
};

struct WorkerOptions {
  std::string nats_url = "nats://127.0.0.1:4222";
  std::string prefix = "skald";
  std::string name;                                              // empty: made of host and process
  Millis ack_wait{10'000};                                       // of the consumers; all workers of a type must agree
  Millis drain{30'000};                                          // how long stop() waits for what is in hand
  std::size_t remembered = 1'024;                                // results that a task delivered again is answered with
  std::function<std::map<std::string, std::string>()> breakers;  // for the presence
  Secrets secrets;                                               // for the tasks that refer to some
};

class Worker {
 public:
  // The broker and its streams may be away; the worker begins when they come. Errors: "bad-url", "bad-prefix",
  // "bad-task-type".
  static Result<std::unique_ptr<Worker>> start(WorkerOptions options, std::map<std::string, TypeOptions> types);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  const std::string& name() const;
  // All consumers stand: tasks can come.
  bool serving() const;
  std::size_t in_flight() const;

  // Takes no more, hands back what was not begun, waits for what is in hand and its results, within `drain`.
  // Idempotent.
  void stop();

 private:
  struct Impl;
  explicit Worker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace skald::workers
