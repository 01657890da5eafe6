// How soon an engine that was killed, or whose broker lost everything, is back with many sagas in flight.

#include "tests/bench/recovery.h"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>

#include "engine/bus/jetstream.h"
#include "engine/wire/subjects.h"
#include "tests/bench/serve.h"
#include "tests/bench/stack.h"

namespace skald::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Millis kTick{10};
constexpr std::chrono::seconds kLongest{120};
constexpr const char* kTask = "bench.late";  // nobody serves it until the end
constexpr const char* kWorkflow =
    "document: { dsl: '1.0.3', namespace: bench, name: late, version: '1.0.0' }\n"
    "do:\n  - only: { call: bench.late, with: { data: '${ $input.data }' }, effect: none }\n";

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

class Recovery {
 public:
  Recovery(int sagas, const std::string& folder) : sagas_(sagas), stack_(folder) {}

  Result<Value> measure() {
    SKALD_TRY(stack_.start_broker());
    SKALD_TRY(stack_.start_server());
    SKALD_TRY(stack_.wait_ready());
    SKALD_TRY(stack_.client().post_text("/v1/workflows", kWorkflow, "application/yaml"));
    Value all = {{"sagas", sagas_}};
    SKALD_ASSIGN(connection_, bus::Connection::open({stack_.nats_url(), "bench"}));
    SKALD_TRY(submit_all());
    // At once: much of what the broker has acknowledged is not noted yet.
    SKALD_ASSIGN(all["engine_killed"], engine_killed([] {}));
    SKALD_ASSIGN(all["broker_wiped"], broker_wiped());
    SKALD_ASSIGN(all["engine_killed_and_broker_wiped"], engine_killed([this] { (void)wipe(); }));
    SKALD_ASSIGN(all["served_late_seconds"], serve());
    const auto within = [&](const char* what, const char* how, double most_ms) {
      return all[what][how].get<double>() <= most_ms;
    };
    all["ok"] = within("engine_killed", "accepts_ms", 2'000) && within("engine_killed", "redispatched_ms", 10'000) &&
                within("broker_wiped", "redispatched_ms", 30'000) &&
                within("engine_killed_and_broker_wiped", "redispatched_ms", 30'000);
    return all;
  }

 private:
  // From the kill on: until a submission is accepted, until the broker has every task, and this engine knows it.
  Result<Value> engine_killed(const std::function<void()>& meanwhile) {
    const auto start = Clock::now();
    stack_.server.signal(SIGKILL);
    stack_.server.wait(Millis(10'000));
    meanwhile();
    SKALD_TRY(stack_.start_server());
    const cli::Client client({stack_.url(), "", Millis(1'000)});
    Value first = submission();
    first["id"] = fmt::format("first-{}", sagas_);  // one saga, however often it is asked for
    while (!client.post("/v1/sagas", first)) {
      if (Clock::now() > start + kLongest)
        return fail(ErrorKind::kTimeout, "not-ready", "the engine does not come back");
      std::this_thread::sleep_for(kTick);
    }
    ++sagas_;
    const double accepts_ms = ms_since(start);
    SKALD_ASSIGN(const double redispatched_ms, until_dispatched(start));
    return Value{{"accepts_ms", accepts_ms}, {"redispatched_ms", redispatched_ms}};
  }

  Result<Value> broker_wiped() {
    const auto start = Clock::now();
    SKALD_TRY(wipe());
    SKALD_ASSIGN(const double redispatched_ms, until_dispatched(start));
    return Value{{"redispatched_ms", redispatched_ms}};
  }

  Status wipe() {
    stack_.nats.signal(SIGKILL);
    stack_.nats.wait(Millis(10'000));
    std::filesystem::remove_all(stack_.folder() + "/nats");
    return stack_.start_broker();
  }

  // Milliseconds since `start` until every saga's task is in the stream and acknowledged to the engine.
  Result<double> until_dispatched(Clock::time_point start) {
    while (Clock::now() < start + kLongest) {
      const bool known = stack_.metric("\"tasks_waiting\"") == sagas_ && stack_.metric("\"tasks_unacknowledged\"") == 0;
      if (known && in_stream() == static_cast<std::uint64_t>(sagas_)) return ms_since(start);
      std::this_thread::sleep_for(kTick);
    }
    return fail(
        ErrorKind::kTimeout, "not-dispatched",
        fmt::format("{} of {} tasks are in the stream; the engine waits for {} and {} are unacknowledged", in_stream(),
                    sagas_, stack_.metric("\"tasks_waiting\""), stack_.metric("\"tasks_unacknowledged\"")));
  }

  std::uint64_t in_stream() const {
    const auto stream = bus::JetStream(*connection_).stream(wire::Names("skald").tasks_stream());
    return stream && *stream ? (*stream)->messages : 0;
  }

  // Seconds until a worker that comes only now has completed them all.
  Result<double> serve() {
    const auto start = Clock::now();
    SKALD_TRY(stack_.start_worker("late-worker"));
    while (stack_.count("completed") < sagas_) {
      if (Clock::now() > start + kLongest) {
        return fail(ErrorKind::kTimeout, "not-completed",
                    fmt::format("{} of {} sagas are completed", stack_.count("completed"), sagas_));
      }
      std::this_thread::sleep_for(kTick);
    }
    return ms_since(start) / 1'000;
  }

  Status submit_all() {
    const int accepted = stack_.submit(sagas_, [](int) { return submission(); });
    if (accepted == sagas_) return {};
    return fail(ErrorKind::kInternal, "refused", fmt::format("{} submissions were refused", sagas_ - accepted));
  }

  static Value submission() { return {{"workflow", "bench/late"}, {"input", {{"data", std::string(180, 'x')}}}}; }

  int sagas_;
  Stack stack_;
  std::unique_ptr<bus::Connection> connection_;
};

}  // namespace

Result<Value> measure_recovery(int sagas, const std::string& folder) { return Recovery(sagas, folder).measure(); }

int run_late_worker(const std::string& nats_url) {
  const auto done = [](const workers::Task&, const std::stop_token&) {
    return workers::Answer::completed({{"data", "y"}});
  };
  constexpr std::size_t kConcurrency = 256;
  workers::WorkerOptions options;
  options.nats_url = nats_url;
  return serve(options, {{kTask, {done, kConcurrency, {}}}});
}

}  // namespace skald::bench
