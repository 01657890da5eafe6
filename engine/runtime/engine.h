#pragma once

// The engine as its front doors see it. Implemented by LocalEngine (local_engine.h); tests of the doors bring their
// own.
//
// Threading: every method may be called from any thread and none blocks on the disk or the broker, except deploy() and
// the reads, which read the store. Callbacks run on an engine thread, after all that was decided before is durable:
// they must be short and must not call back into blocking work. A callback is called exactly once, unless the process
// ends.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/value.h"
#include "engine/runtime/activity.h"
#include "engine/runtime/saga_reader.h"
#include "engine/runtime/watchers.h"
#include "store/saga_log.h"
#include "store/summary.h"

namespace skald::runtime {

struct Submission {
  std::string workflow;  // "namespace/name"; "name" alone where one namespace has it
  std::string version;   // empty: the highest by semver
  std::string id;        // empty: one is made
  Payload input;         // empty: an empty object
  std::map<std::string, std::string> labels;
};

struct Submitted {
  RunId run;
  bool created = false;  // false: the run of this id existed, with the same workflow, version and input
  SagaId id;             // as submitted, or as made up
  std::shared_ptr<const SagaView> begun;  // how it stood at its start, if it was created and has not ended with that
};

enum class Verb { kCancel, kTerminate, kCompensate, kSuspend, kResume, kRetry, kSkip, kResolve, kSignal };

struct Operation {
  Verb verb = Verb::kCancel;
  std::string reason;
  std::string who;
  std::string step;                   // retry, skip, resolve: a reference; empty where only one fits
  std::optional<std::uint64_t> seen;  // the sequence number that the caller saw
  Payload output;                     // resolve
  Payload event;                      // signal: what is sent, a CloudEvent (cloud_event.h)
};

struct Deployed {
  std::string workflow;
  std::string version;
  bool created = false;  // false: the identical document was there
  std::vector<std::string> warnings;
};

// Who serves a task type, and what waits for it.
struct TaskTypeStatus {
  struct Worker {
    std::string name;
    std::uint32_t concurrency = 0;
    std::uint32_t in_flight = 0;
    Time seen;
    Value breakers;              // object: service -> state, empty where there is none
    std::uint32_t together = 1;  // how many tasks of the type it takes in one message
  };
  std::string task;
  std::vector<Worker> workers;
  std::uint64_t waiting = 0;           // attempts dispatched and not answered
  std::optional<Time> oldest;          // since when the oldest of them waits
  std::optional<Time> unserved_since;  // set while no worker serves it although something waits
  std::optional<Time> last_heard;      // when a worker last said that it serves it, or that it leaves
};

// How far an attempt in flight has come, as the engine knows.
struct AttemptStatus {
  bool at_broker = false;     // the broker has it
  std::optional<Time> taken;  // when it was noticed that a worker has it; none: not known
};

// What an engine as a whole has done since its start, and has before it now.
struct Activities {
  Activity::Totals totals;
  std::uint64_t commits = 0;
  std::uint64_t tasks_waiting = 0;   // attempts dispatched and not answered
  std::uint64_t unacknowledged = 0;  // of these, those that the broker is not known to have
  std::uint64_t live_sagas = 0;      // in memory
  std::vector<Activity::TaskTimes> slowest;
  std::vector<RunId> troubled;  // became stuck or ended badly, the latest first
};

struct Readiness {
  bool log_ok = false;
  bool broker_ok = false;
  std::optional<Time> broker_since;  // since when broker_ok is what it is
  std::string detail;                // what is wrong
};

class Engine : public SagaReader {
 public:
  // Errors: "bad-definition" (kInvalid), "version-taken" (kConflict), "write-failed".
  virtual Result<Deployed> deploy(const std::string& source, const std::string& file) = 0;
  virtual std::vector<store::DefinitionRow> definitions() const = 0;

  // Errors: "unknown-workflow" (kNotFound), "bad-id", "id-taken" (kConflict: another input), "payload-too-large",
  // "too-many-labels", "overloaded" (kOverloaded; nothing was kept).
  virtual void submit(Submission submission, std::function<void(Result<Submitted>)> done) = 0;

  // Errors: "unknown-saga" (kNotFound), those of core::decide, "overloaded". On success, the summary as it then is.
  virtual void operate(const std::string& id_or_run, Operation operation,
                       std::function<void(Result<store::Summary>)> done) = 0;

  // Publishes an event (cloud_event.h makes it): whoever awaits it gets it. Done when the broker has it. Error:
  // kUnavailable "broker-away", and it may have it all the same.
  virtual void publish(Payload cloud_event, std::function<void(Status)> done) = 0;

  // Calls `changed` after each commit that added events to the run, until unwatch(). May be called from an engine
  // thread while watch() has not returned yet.
  using Changed = Watchers::Changed;
  virtual std::uint64_t watch(const RunId& run, Changed changed) = 0;
  // Likewise, of every run.
  using AnyChanged = std::function<void(const RunId& run)>;
  virtual std::uint64_t watch_all(AnyChanged changed) = 0;
  // After it returns, `changed` is not running and is not called again.
  virtual void unwatch(std::uint64_t watcher) = 0;

  // Backs the store up into a folder of this host, one backup at a time; `keep` above 0: then drops all but the latest
  // so many. Errors: those of SagaLog::backup.
  virtual void backup(std::string dir, std::size_t keep, std::function<void(Result<store::BackedUp>)> done) = 0;

  virtual std::vector<TaskTypeStatus> workers() const = 0;
  // Of a step's attempt, by the step's key; none: no such attempt is in flight.
  virtual std::optional<AttemptStatus> attempt(const std::string& key, std::uint32_t attempt) const = 0;
  virtual Readiness readiness() const = 0;
  virtual Activities activities() const = 0;
  // Prometheus text format.
  virtual std::string metrics() const = 0;
};

}  // namespace skald::runtime
