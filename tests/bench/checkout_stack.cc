#include "tests/bench/checkout_stack.h"

#include <fmt/format.h>
#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/bench/measures.h"

namespace skald::bench {
namespace {

using Clock = std::chrono::steady_clock;

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
  constexpr int kSubmitters = 8;
  const double before = count(end);
  std::atomic<int> next{0};
  std::atomic<int> ended{0};
  std::atomic<bool> done{false};
  const auto start = Clock::now();
  std::thread counter([&] {
    httplib::Client http(url());
    http.set_keep_alive(true);
    http.set_tcp_nodelay(true);
    while (!done) {
      const auto answer = http.Get(("/v1/sagas?count=true&status=" + end).c_str());
      if (answer) ended = static_cast<int>(Value::parse(answer->body).value("count", 0.0) - before);
      done = ended >= sagas;
      std::this_thread::sleep_for(Millis(3));
    }
  });
  std::vector<std::thread> submitters;
  for (int t = 0; t < kSubmitters; ++t) {
    submitters.emplace_back([&] {
      httplib::Client http(url());
      http.set_keep_alive(true);
      http.set_tcp_nodelay(true);
      while (next++ < sagas) {
        while (next - ended > in_flight && !done) std::this_thread::sleep_for(Millis(1));
        http.Post("/v1/sagas", submission(name).dump(), "application/json");
      }
    });
  }
  for (std::thread& submitter : submitters) submitter.join();
  counter.join();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<double> CheckoutStack::alone(const std::string& name, int sagas) const {
  httplib::Client http(url());
  http.set_keep_alive(true);
  http.set_tcp_nodelay(true);
  std::vector<double> took;
  for (int i = 0; i < sagas; ++i) {
    const auto start = Clock::now();
    if (!http.Post("/v1/sagas?wait=20s", submission(name).dump(), "application/json")) continue;
    took.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::sort(took.begin(), took.end());
  return took;
}

}  // namespace skald::bench
