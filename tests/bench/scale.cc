// What an engine costs that has much in its store: sagas that wait, and sagas that have ended.

#include "tests/bench/scale.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "tests/bench/bench.h"
#include "tests/bench/checkout_stack.h"
#include "tests/bench/fill.h"
#include "tests/bench/measures.h"
#include "tests/bench/requests.h"

namespace skald::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLooks = 3;
constexpr int kReads = 2'000;
constexpr int kLoads = 7;  // of each store
constexpr int kLoad = 5'000;
constexpr int kInFlight = 256;
constexpr Millis kEndTimeout{30'000};
constexpr std::chrono::seconds kReadyTimeout{120};

constexpr const char* kOpen =
    "document: { dsl: '1.0.3', namespace: bench, name: waiting, version: '1.0.0' }\n"
    "do:\n  - pause: { wait: { days: 300 } }\n";

// The five steps of the checkout.
std::string ended_document() {
  std::string text = "document: { dsl: '1.0.3', namespace: bench, name: filled, version: '1.0.0' }\ndo:\n";
  for (int i = 1; i <= 5; ++i) {
    text += fmt::format("  - s{}: {{ call: bench.step, with: {{ data: '${{ $input.data }}' }}, effect: none }}\n", i);
  }
  return text;
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double median(std::vector<double> looks) {
  std::sort(looks.begin(), looks.end());
  return percentile(looks, 0.5);
}

// One store, and the engine over it.
class Store {
 public:
  Store(const std::string& folder, std::string name, int sagas)
      : name_(std::move(name)), sagas_(sagas), stack_(folder) {}

  // Adds so many sagas of the document; none where it is empty, or the store is there from an earlier run.
  Status fill(const std::string& document) {
    std::filesystem::create_directories(stack_.folder());
    const auto start = Clock::now();
    const bool is_there = std::filesystem::exists(stack_.folder() + "/engine");
    if (!document.empty() && !is_there) SKALD_TRY(fill_store(stack_.folder() + "/engine", document, sagas_));
    told["filled_seconds"] = seconds_since(start);
    SKALD_TRY(stack_.start());
    told["disk_mb"] = folder_bytes(stack_.folder() + "/engine") / (1 << 20);
    return {};
  }

  Status look() {
    std::vector<double> ready;
    std::vector<double> resident;
    for (int i = 0; i < kLooks; ++i) {
      stack_.server.signal(SIGTERM);
      stack_.server.wait(kEndTimeout);
      SKALD_ASSIGN(const double seconds, ready_again());
      ready.push_back(seconds * 1'000);
      resident.push_back(resident_mb(stack_.server.pid()));
    }
    told["ready_ms"] = median(ready);
    told["resident_mb"] = median(resident);
    return {};
  }

  // Shows sagas in no order, each from the store.
  void read() {
    Requests http(stack_.url());
    std::mt19937_64 random(1);
    std::vector<double> took;
    for (int i = 0; i < kReads; ++i) {
      const std::string id = filled_id(name_, random() % static_cast<std::uint64_t>(sagas_));
      const auto start = Clock::now();
      const auto answer = http.get("/v1/sagas/" + id);
      if (answer && answer->status == 200) took.push_back(seconds_since(start) * 1'000);
    }
    std::sort(took.begin(), took.end());
    told["read"] = took.size();
    told["get_ms"] = {{"p50", percentile(took, 0.5)}, {"p99", percentile(took, 0.99)}};
  }

  double sagas_per_second() { return kLoad / stack_.run("five", kLoad, kInFlight, "completed"); }
  // Behind a load: what it holds then, and how soon it is back from a kill, which leaves all to the write-ahead log.
  Status note_loaded() {
    told["resident_loaded_mb"] = resident_mb(stack_.server.pid());
    stack_.server.signal(SIGKILL);
    stack_.server.wait(kEndTimeout);
    SKALD_ASSIGN(const double seconds, ready_again());
    told["ready_after_kill_ms"] = seconds * 1'000;
    return {};
  }

  Value told = Value::object();

 private:
  // Seconds from the start of the process until it says that it is ready.
  Result<double> ready_again() {
    const auto start = Clock::now();
    SKALD_TRY(stack_.start_server());
    while (!stack_.client().get("/readyz")) {
      if (Clock::now() > start + kReadyTimeout) {
        return fail(ErrorKind::kTimeout, "not-ready", "the server does not become ready");
      }
      std::this_thread::sleep_for(Millis(1));
    }
    return seconds_since(start);
  }

  const std::string name_;
  const int sagas_;
  CheckoutStack stack_;
};

// Taken in turns, so that what else the machine does falls on both.
Value throughput(Store& empty, Store& ended) {
  std::vector<double> of_empty;
  std::vector<double> of_ended;
  std::vector<double> ratios;
  empty.sagas_per_second();  // warm
  ended.sagas_per_second();
  for (int i = 0; i < kLoads; ++i) {
    of_empty.push_back(empty.sagas_per_second());
    of_ended.push_back(ended.sagas_per_second());
    ratios.push_back(of_ended.back() / of_empty.back());
  }
  return {{"empty", of_empty}, {"ended", of_ended}, {"ratio", median(of_ended) / median(of_empty)}, {"ratios", ratios}};
}

}  // namespace

int fill(const std::string& dir, const std::string& what, const std::string& sagas) {
  const auto count = std::strtoull(sagas.c_str(), nullptr, 10);
  const Status filled = fill_store(dir, what == "open" ? kOpen : ended_document(), count);
  if (!filled) fmt::print(stderr, "skald-bench: {}\n", filled.error().message);
  return filled ? 0 : 1;
}

Result<Value> measure_scale(int sagas, const std::string& folder) {
  Value all = {{"sagas", sagas}};
  Store empty(folder + "/empty", "none", sagas);
  SKALD_TRY(empty.fill(""));
  SKALD_TRY(empty.look());
  {
    Store open(folder + "/open", "waiting", sagas);
    SKALD_TRY(open.fill(kOpen));
    SKALD_TRY(open.look());
    open.read();
    open.sagas_per_second();
    SKALD_TRY(open.note_loaded());
    all["open"] = std::move(open.told);
  }
  Store ended(folder + "/ended", "filled", sagas);
  SKALD_TRY(ended.fill(ended_document()));
  SKALD_TRY(ended.look());
  ended.read();
  all["throughput"] = throughput(empty, ended);
  for (Store* store : {&empty, &ended}) SKALD_TRY(store->note_loaded());
  all["empty"] = std::move(empty.told);
  all["ended"] = std::move(ended.told);
  return all;
}

}  // namespace skald::bench
