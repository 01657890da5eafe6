// What goes over the wire when it is large, or of many kinds, or from many.

#include <fmt/format.h>

#include <csignal>
#include <thread>
#include <utility>
#include <vector>

#include "tests/bench/checkout_stack.h"
#include "tests/bench/measures.h"
#include "tests/bench/scale.h"
#include "tests/bench/serve.h"

namespace skald::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTypes = 100;
constexpr int kWorkers = 1'000;  // ten of each type
constexpr int kLarge = 400;      // sagas
constexpr std::size_t kLargeBytes = 255 * 1024;
constexpr int kSmall = 3'000;
constexpr std::chrono::seconds kLongest{60};
constexpr Millis kTick{10};

// Two digits, so that no name begins another.
std::string type_name(int i) { return fmt::format("bench.t{:02}", i); }

workers::TypeOptions answering(std::size_t concurrency, std::string output) {
  workers::TypeOptions type;
  type.concurrency = concurrency;
  type.handler = [output = std::move(output)](const workers::Task&, const std::stop_token&) {
    return workers::Answer::completed({{"data", output}});
  };
  return type;
}

class Wide {
 public:
  explicit Wide(const std::string& folder) : stack_(folder) {}
  ~Wide() {
    others_.signal(SIGTERM);
    others_.wait(Millis(10'000));
  }

  Result<Value> measure() {
    SKALD_TRY(stack_.start());
    stack_.run("five", kSmall, 256, "completed");  // warm
    Value all;
    SKALD_ASSIGN(all["types"], types());
    SKALD_ASSIGN(all["payloads"], payloads());
    SKALD_ASSIGN(all["workers"], many_workers());
    return all;
  }

 private:
  // Sagas of one call each: all of one type, and spread over all types.
  Result<Value> types() {
    SKALD_TRY(begin("types-worker"));
    for (int i = 0; i < kTypes; ++i) {
      SKALD_TRY(stack_.client().post_text("/v1/workflows", one_call(fmt::format("t{:02}", i), type_name(i)),
                                          "application/yaml"));
    }
    SKALD_ASSIGN(double warm, run(kSmall, [&](int i) { return of_type(i % kTypes); }));
    SKALD_ASSIGN(const double one, run(kSmall, [&](int) { return of_type(0); }));
    SKALD_ASSIGN(const double spread, run(kSmall, [&](int i) { return of_type(i % kTypes); }));
    return Value{
        {"of_one_per_second", one}, {"of_a_hundred_per_second", spread}, {"ratio", spread / one}, {"warm", warm}};
  }

  // Five steps, each with a task and a result of nearly 256 KiB.
  Result<Value> payloads() {
    const double before = resident_mb(stack_.server.pid());
    std::string text = "document: { dsl: '1.0.3', namespace: bench, name: large, version: '1.0.0' }\ndo:\n";
    for (int i = 1; i <= 5; ++i)
      text += fmt::format("  - s{}: {{ call: bench.large, with: '${{ . }}', effect: none }}\n", i);
    SKALD_TRY(stack_.client().post_text("/v1/workflows", text, "application/yaml"));
    const Value large{{"workflow", "bench/large"}, {"input", {{"data", std::string(kLargeBytes, 'x')}}}};
    SKALD_ASSIGN(const double rate, run(kLarge, [&](int) { return large; }));
    return Value{{"sagas_per_second", rate},
                 {"payload_mb_per_second", rate * 10 * static_cast<double>(kLargeBytes) / (1 << 20)},
                 {"resident_mb", {{"before", before}, {"after", resident_mb(stack_.server.pid())}}}};
  }

  // Sagas spread over all types, served by one worker process for all, and by ten workers for each.
  Result<Value> many_workers() {
    const auto spread = [](int i) { return of_type(i % kTypes); };
    SKALD_ASSIGN(const double few, run(kSmall, spread));
    SKALD_TRY(begin("crowd"));
    const auto start = Clock::now();
    while (serving() < kWorkers) {
      if (Clock::now() > start + kLongest) {
        return fail(ErrorKind::kTimeout, "not-serving", fmt::format("{} of {} workers serve", serving(), kWorkers));
      }
      std::this_thread::sleep_for(kTick);
    }
    SKALD_ASSIGN(const double warm, run(kSmall, spread));
    SKALD_ASSIGN(const double many, run(kSmall, spread));
    return Value{{"few_per_second", few},
                 {"thousand_per_second", many},
                 {"ratio", many / few},
                 {"warm", warm},
                 {"resident_mb", resident_mb(stack_.server.pid())}};
  }

  std::size_t serving() const {
    const auto types = stack_.client().get("/v1/workers");
    std::size_t all = 0;
    if (!types) return 0;
    for (const Value& type : types->is_array() ? *types : types->value("items", Value::array())) {
      all += type.value("workers", Value::array()).size();
    }
    return all;
  }

  Status begin(const std::string& name) {
    others_.signal(SIGTERM);
    others_.wait(Millis(10'000));
    SKALD_ASSIGN(others_, cli::Process::start({cli::find_program("skald-bench"), name, stack_.nats_url()},
                                              stack_.folder() + "/others.out"));
    return {};
  }

  static Value of_type(int i) {
    return {{"workflow", fmt::format("bench/t{:02}", i)}, {"input", {{"data", std::string(180, 'x')}}}};
  }

  static std::string one_call(const std::string& name, const std::string& type) {
    return fmt::format(
        "document: {{ dsl: '1.0.3', namespace: bench, name: {}, version: '1.0.0' }}\n"
        "do:\n  - only: {{ call: {}, with: {{ data: '${{ $input.data }}' }}, effect: none }}\n",
        name, type);
  }

  // Submits them as fast as they are taken; completed sagas a second.
  Result<double> run(int sagas, const std::function<Value(int)>& submission) {
    const double before = stack_.count("completed");
    const auto start = Clock::now();
    const int accepted = stack_.submit(sagas, submission);
    if (accepted < sagas)
      return fail(ErrorKind::kInternal, "refused", fmt::format("{} were refused", sagas - accepted));
    while (stack_.count("completed") < before + sagas) {
      if (Clock::now() > start + kLongest) {
        return fail(ErrorKind::kTimeout, "not-completed",
                    fmt::format("{} of {} are completed", stack_.count("completed") - before, sagas));
      }
      std::this_thread::sleep_for(kTick);
    }
    return sagas / std::chrono::duration<double>(Clock::now() - start).count();
  }

  CheckoutStack stack_;
  cli::Process others_;
};

}  // namespace

Result<Value> measure_wide(const std::string& folder) { return Wide(folder).measure(); }

int run_types_worker(const std::string& nats_url) {
  Serving all;
  all.options.nats_url = nats_url;
  for (int i = 0; i < kTypes; ++i) all.types.emplace(type_name(i), answering(64, std::string(80, 'y')));
  all.types.emplace("bench.large", answering(16, std::string(kLargeBytes, 'y')));
  return serve({std::move(all)});
}

int run_crowd(const std::string& nats_url) {
  std::vector<Serving> all(kWorkers);
  for (int i = 0; i < kWorkers; ++i) {
    Serving& one = all[static_cast<std::size_t>(i)];
    one.options.nats_url = nats_url;
    one.options.name = fmt::format("crowd-{}", i);
    one.types.emplace(type_name(i % kTypes), answering(4, std::string(80, 'y')));
  }
  return serve(std::move(all));
}

}  // namespace skald::bench
