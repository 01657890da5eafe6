#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/bench/bench.h"
#include "tests/bench/checkout_stack.h"
#include "tests/bench/measures.h"
#include "tests/bench/serve.h"
#include "workers/worker.h"

namespace skald::bench {
Result<Value> measure_checkout(const Load& load, const std::string& folder) {
  CheckoutStack engine(folder);
  SKALD_TRY(engine.start());
  Value result = {{"engine_rss_mb", {{"idle", resident_mb(engine.server.pid())}}}};
  engine.run("five", load.in_flight, load.in_flight, "completed");  // warm
  const CheckoutStack::Spent before = engine.spent();
  const double commits = engine.commits();
  const double bytes = folder_bytes(engine.folder() + "/engine");
  const double written = written_bytes(engine.server.pid());
  const double seconds = engine.run("five", load.sagas, load.in_flight, "completed");
  const CheckoutStack::Spent after = engine.spent();
  result["sagas_per_second"] = load.sagas / seconds;
  result["engine_cpu_s_per_1000_sagas"] = (after.engine - before.engine) * 1'000 / load.sagas;
  result["total_cpu_s_per_1000_sagas"] = (after.all - before.all) * 1'000 / load.sagas;
  result["fsyncs_per_saga"] = (engine.commits() - commits) / load.sagas;
  result["log_bytes_per_saga"] = (folder_bytes(engine.folder() + "/engine") - bytes) / load.sagas;
  result["written_bytes_per_saga"] = (written_bytes(engine.server.pid()) - written) / load.sagas;
  result["engine_rss_mb"]["loaded"] = resident_mb(engine.server.pid());
  const auto alone = engine.alone("five", load.alone);
  result["latency_ms"] = {{"p50", percentile(alone, 0.5)}, {"p99", percentile(alone, 0.99)}};
  const double undo_seconds = engine.run("undone", load.sagas / 2, load.in_flight, "compensated");
  const auto undone = engine.alone("undone", load.alone);
  result["compensated"] = {{"sagas_per_second", load.sagas / 2 / undo_seconds},
                           {"p50_ms", percentile(undone, 0.5)},
                           {"p99_ms", percentile(undone, 0.99)}};
  return result;
}

int run_worker(const std::string& nats_url) {
  const auto done = [](const workers::Task&, const std::stop_token&) {
    return workers::Answer::completed({{"data", std::string(80, 'y')}});
  };
  const auto refuse = [](const workers::Task&, const std::stop_token&) {
    return workers::Answer::rejected({{"title", "no"}, {"status", 409}});
  };
  constexpr std::size_t kConcurrency = 256;
  workers::WorkerOptions options;
  options.nats_url = nats_url;
  options.name = "bench-worker";  // as long on every machine: it stands in the events
  return serve(options, {{"bench.step", {done, kConcurrency, {}}},
                         {"bench.reject", {refuse, kConcurrency, {}}},
                         {"bench.undo", {done, kConcurrency, {}}}});
}

std::chrono::steady_clock::duration due_after(int n, double per_second) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(n / per_second));
}

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

}  // namespace skald::bench
