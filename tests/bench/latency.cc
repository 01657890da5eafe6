// How long a saga takes while others run: closed loops of several depths, open loops of fixed rates, and more than
// fits.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <thread>

#include "tests/bench/bench.h"
#include "tests/bench/checkout_stack.h"
#include "tests/bench/measures.h"
#include "tests/bench/open_loop.h"
#include "tests/bench/requests.h"

namespace skald::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kDepths[] = {16, 64, 256, 1'024};
constexpr double kShares[] = {0.25, 0.5, 0.75};  // of the rate at which it is saturated
constexpr double kOverload = 4;
constexpr std::chrono::seconds kOpenFor{8};
constexpr int kOpenConnections = 1'024;  // of an open loop: how many sagas it can have open
constexpr int kSubmitters = 256;         // connections of the overload: 32 bring no more than can be done

// What the loops before left to be done, compactions above all, is not what this one measures.
void wait_until_idle(const CheckoutStack& stack) {
  constexpr int kTries = 100;
  constexpr Millis kLook{200};
  constexpr double kIdle = 0.01;  // seconds of processor time meanwhile
  double before = stack.spent().all;
  for (int i = 0; i < kTries; ++i) {
    std::this_thread::sleep_for(kLook);
    const double now = stack.spent().all;
    if (now - before <= kIdle) return;
    before = now;
  }
}

Value open_loop(const CheckoutStack& stack, double rate) {
  wait_until_idle(stack);
  const auto sagas = static_cast<int>(rate * static_cast<double>(kOpenFor.count()));
  const CheckoutStack::Spent before = stack.spent();
  const double commits = stack.commits();
  const double stolen = stolen_seconds();
  const OpenLoop loop =
      run_open_loop(stack.url(), CheckoutStack::submission("five").dump(), sagas, rate, kOpenConnections);
  const CheckoutStack::Spent after = stack.spent();
  return {{"sagas_per_second", rate},
          {"p50_ms", percentile(loop.took, 0.5)},
          {"p90_ms", percentile(loop.took, 0.9)},
          {"p99_ms", percentile(loop.took, 0.99)},
          {"max_ms", loop.took.empty() ? 0 : loop.took.back()},
          {"processors_busy", (after.all - before.all) / loop.seconds},
          {"of_them_engine", (after.engine - before.engine) / loop.seconds},
          {"processors_stolen", (stolen_seconds() - stolen) / loop.seconds},
          {"fsyncs_per_saga", (stack.commits() - commits) / std::max(1, sagas)},
          {"failed", loop.failed}};
}

// What the same rate costs without an engine.
Status add_open_floor(Value& open, const Load& before, const std::string& folder) {
  const double rate = open["sagas_per_second"].get<double>();
  const std::string floor_folder = fmt::format("{}/open-floor-{:.0f}", folder, rate);
  std::filesystem::create_directories(floor_folder);
  const auto sagas = static_cast<int>(rate * static_cast<double>(kOpenFor.count()));
  SKALD_ASSIGN(const auto took, measure_open_floor(sagas, rate, before, floor_folder));
  open["floor_p50_ms"] = percentile(took, 0.5);
  open["floor_p99_ms"] = percentile(took, 0.99);
  return {};
}

// Submissions alone, faster than they can be done; how many are completed a second meanwhile.
Value overload(const CheckoutStack& stack, double rate) {
  std::atomic<int> next{0};
  std::atomic<int> accepted{0};
  std::atomic<int> refused{0};
  const double before = stack.count("completed");
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (int t = 0; t < kSubmitters; ++t) {
    threads.emplace_back([&] {
      Requests http(stack.url());
      const std::string body = CheckoutStack::submission("five").dump();
      for (int i = next++; Clock::now() < start + kOpenFor; i = next++) {
        std::this_thread::sleep_until(start + due_after(i, rate));
        const auto answer = http.post("/v1/sagas", body);
        ++(answer && answer->status == 201 ? accepted : refused);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const double completed = stack.count("completed") - before;
  const double goal = before + accepted;
  while (stack.count("completed") < goal && Clock::now() < start + std::chrono::seconds(120)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return {{"offered_per_second", rate},
          {"accepted_per_second", accepted / seconds},
          {"refused", refused.load()},
          {"completed_per_second", completed / seconds},
          {"drained_after_s", std::chrono::duration<double>(Clock::now() - start).count() - seconds},
          {"all_completed", stack.count("completed") >= goal}};
}

}  // namespace

Result<Value> measure_open_loop(double rate, const Load& before, const std::string& folder) {
  Value open;
  {
    CheckoutStack stack(folder);
    SKALD_TRY(stack.start());
    stack.run("five", before.sagas, before.in_flight, "completed");
    open = open_loop(stack, rate);
  }
  SKALD_TRY(add_open_floor(open, before, folder));
  return open;
}

Result<Value> measure_latency(const Load& load, const std::string& folder) {
  Value all = {{"closed", Value::array()}, {"open", Value::array()}};
  CheckoutStack stack(folder);
  SKALD_TRY(stack.start());
  stack.run("five", load.in_flight, load.in_flight, "completed");  // warm
  const auto alone = stack.alone("five", load.alone);
  all["alone"] = {{"p50_ms", percentile(alone, 0.5)}, {"p99_ms", percentile(alone, 0.99)}};
  double saturated = 0;
  for (const int depth : kDepths) {
    const double rate = load.sagas / stack.run("five", load.sagas, depth, "completed");
    const double undone = load.sagas / 2 / stack.run("undone", load.sagas / 2, depth, "compensated");
    saturated = std::max(saturated, rate);
    const std::string floor_folder = fmt::format("{}/floor-{}", folder, depth);
    std::filesystem::create_directories(floor_folder);
    SKALD_ASSIGN(const Times floor, measure_floor({load.sagas, depth, 1}, floor_folder));
    all["closed"].push_back({{"in_flight", depth},
                             {"sagas_per_second", rate},
                             {"compensated_per_second", undone},
                             {"floor_sagas_per_second", floor.per_second},
                             {"ratio", rate / floor.per_second}});
  }
  for (const double share : kShares) {
    Value open = open_loop(stack, std::floor(saturated * share));
    open["of_saturation"] = share;
    SKALD_TRY(add_open_floor(open, load, folder));
    all["open"].push_back(std::move(open));
  }
  all["overload"] = overload(stack, saturated * kOverload);
  all["overload"]["of_peak"] = all["overload"]["completed_per_second"].get<double>() / saturated;
  return all;
}

}  // namespace skald::bench
