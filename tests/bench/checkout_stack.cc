#include "tests/bench/checkout_stack.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/bench/measures.h"
#include "tests/bench/requests.h"

namespace skald::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Each waits for its answer, which comes with a commit: with eight, no more than 3,400 a second were ever submitted.
constexpr int kMostSubmitters = 32;

std::string workflow(const std::string& name, const char* fourth) {
  std::string text =
      fmt::format("document: {{ dsl: '1.0.3', namespace: bench, name: {}, version: '1.0.0' }}\ndo:\n", name);
  for (int i = 1; i <= 5; ++i) {
    const std::string undo =
        i == 2 || i == 3 ? ", compensate: { call: bench.undo, with: { forward_key: '${ $forward.key }' } }" : "";
    text += fmt::format("  - s{}: {{ call: {}, with: {{ data: '${{ $input.data }}' }}, effect: {}{} }}\n", i,
                        i == 4 ? fourth : "bench.step", undo.empty() ? "none" : "some", undo);
  }
  // Steps with an undo have an effect, which is the default.
  for (std::size_t at = text.find(", effect: some"); at != std::string::npos; at = text.find(", effect: some")) {
    text.erase(at, std::string(", effect: some").size());
  }
  return text;
}

}  // namespace

Value CheckoutStack::submission(const std::string& name) {
  return {{"workflow", "bench/" + name}, {"input", {{"data", std::string(180, 'x')}}}};
}

Status CheckoutStack::start() {
  SKALD_TRY(start_broker());
  SKALD_TRY(start_server());
  SKALD_TRY(start_worker("worker"));
  SKALD_TRY(wait_ready());
  SKALD_TRY(client().post_text("/v1/workflows", workflow("five", "bench.step"), "application/yaml"));
  SKALD_TRY(client().post_text("/v1/workflows", workflow("undone", "bench.reject"), "application/yaml"));
  return {};
}

CheckoutStack::Spent CheckoutStack::spent() const {
  const double engine = cpu_seconds(server.pid());
  return {engine, engine + cpu_seconds(nats.pid()) + cpu_seconds(worker.pid()) + cpu_seconds(::getpid())};
}

double CheckoutStack::run(const std::string& name, int sagas, int in_flight, const std::string& end) const {
  const int submitters_wanted = std::min(in_flight, kMostSubmitters);
  const double before = count(end);
  std::mutex mutex;
  std::condition_variable changed;
  int next = 0;
  int ended = 0;
  const auto start = Clock::now();
  std::thread counter([&] {
    Requests http(url());
    while (ended < sagas) {  // which only this thread writes
      const auto answer = http.get("/v1/sagas?count=true&status=" + end);
      if (answer) {
        const std::lock_guard lock(mutex);
        ended = static_cast<int>(Value::parse(answer->body).value("count", 0.0) - before);
      }
      changed.notify_all();
      std::this_thread::sleep_for(Millis(3));
    }
  });
  std::vector<std::thread> submitters;
  for (int t = 0; t < submitters_wanted; ++t) {
    submitters.emplace_back([&] {
      Requests http(url());
      const std::string body = submission(name).dump();
      const auto begin_another = [&] {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return next >= sagas || next - ended < in_flight; });
        return next++ < sagas;
      };
      while (begin_another()) http.post("/v1/sagas", body);
    });
  }
  for (std::thread& submitter : submitters) submitter.join();
  counter.join();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<double> CheckoutStack::alone(const std::string& name, int sagas) const {
  Requests http(url());
  const std::string body = submission(name).dump();
  std::vector<double> took;
  for (int i = 0; i < sagas; ++i) {
    const auto start = Clock::now();
    if (!http.post("/v1/sagas?wait=20s", body)) continue;
    took.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::sort(took.begin(), took.end());
  return took;
}

}  // namespace skald::bench
