// An engine is killed while a thousand handlers are at work: how soon all is done, and whether any of them runs twice.

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>
#include <thread>
#include <vector>

#include "tests/bench/recovery.h"
#include "tests/bench/serve.h"
#include "tests/bench/stack.h"

namespace skald::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLongest{60};
constexpr std::chrono::seconds kHandlerTakes{2};
constexpr Millis kTick{10};
constexpr const char* kTask = "bench.slow";
constexpr const char* kWorkflow =
    "document: { dsl: '1.0.3', namespace: bench, name: slow, version: '1.0.0' }\n"
    "do:\n  - only: { call: bench.slow, with: { data: '${ $input.data }' }, effect: none }\n";

// The keys that handlers wrote, one a run.
std::vector<std::string> runs(const Stack& stack) {
  std::vector<std::string> keys;
  std::ifstream in(stack.folder() + "/worker.out");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("run ", 0) == 0) keys.push_back(line);
  }
  return keys;
}

// Waits until `count` says so many.
template <typename Count>
Status until(const char* what, std::size_t wanted, const Count& count) {
  const auto deadline = Clock::now() + kLongest;
  while (static_cast<std::size_t>(count()) < wanted) {
    if (Clock::now() > deadline) {
      return fail(ErrorKind::kTimeout, "not-completed", fmt::format("{} of {} {}", count(), wanted, what));
    }
    std::this_thread::sleep_for(kTick);
  }
  return {};
}

}  // namespace

Result<Value> measure_kill(int sagas, const std::string& folder) {
  Stack stack(folder);
  SKALD_TRY(stack.start_broker());
  SKALD_TRY(stack.start_server());
  SKALD_TRY(stack.start_worker("slow-worker"));
  SKALD_TRY(stack.wait_ready());
  SKALD_TRY(stack.client().post_text("/v1/workflows", kWorkflow, "application/yaml"));
  const Value submission = {{"workflow", "bench/slow"}, {"input", {{"data", std::string(180, 'x')}}}};
  const auto accepted = static_cast<std::size_t>(stack.submit(sagas, [&](int) { return submission; }));
  SKALD_TRY(until("handlers have begun", accepted, [&] { return runs(stack).size(); }));

  const auto killed = Clock::now();
  stack.server.signal(SIGKILL);
  stack.server.wait(Millis(10'000));
  SKALD_TRY(stack.start_server());
  SKALD_TRY(until("sagas are completed", accepted, [&] { return stack.count("completed"); }));
  const double seconds = std::chrono::duration<double>(Clock::now() - killed).count();
  const auto all = runs(stack);
  const std::set<std::string> different(all.begin(), all.end());
  return Value{{"in_flight", accepted}, {"all_done_s", seconds}, {"run_twice", all.size() - different.size()}};
}

int run_slow_worker(const std::string& nats_url) {
  const auto slow = [](const workers::Task& task, const std::stop_token&) {
    const std::string line = "run " + task.message.key + "\n";
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return workers::Answer::failed({{"title", "no output"}});
    std::this_thread::sleep_for(kHandlerTakes);
    return workers::Answer::completed({{"data", "y"}});
  };
  constexpr std::size_t kConcurrency = 1'000;
  workers::WorkerOptions options;
  options.nats_url = nats_url;
  return serve(options, {{kTask, {slow, kConcurrency, {}}}});
}

}  // namespace skald::bench
