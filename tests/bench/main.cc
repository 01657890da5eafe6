// skald-bench [checkout|latency|recovery|core|store|scale|large|wide|views] [-o json] [--sagas N] [--in-flight N]

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <iostream>

#include "engine/definition/jq_process.h"
#include "tests/bench/bench.h"
#include "tests/bench/recovery.h"
#include "tests/bench/scale.h"
#include "tests/bench/views.h"

namespace {

constexpr int kInFlightAtCrash = 10'000;
constexpr int kHandlersAtCrash = 1'000;
constexpr double kMostSecondsToDone = 4;
constexpr int kInStore = 1'000'000;

int complain(const skald::Error& error) {
  std::cerr << "skald-bench: " << error.message << "\n";
  return 1;
}

// A folder of its own below build/, for data on the disk that is measured; empty: it cannot be made.
std::string make_folder() {
  std::string folder = std::filesystem::current_path() / "build" / "bench-XXXXXX";
  std::filesystem::create_directories(std::filesystem::path(folder).parent_path());
  return ::mkdtemp(folder.data()) == nullptr ? "" : folder;
}

int print(const skald::Value& all, bool json) {
  if (json) {
    std::cout << all.dump(2) << "\n";
    return 0;
  }
  const skald::Value flat = all.flatten();
  for (const auto& [name, value] : flat.items()) {
    fmt::print("{:<52}{:>12}\n", name.substr(1),
               value.is_number() ? fmt::format("{:.3f}", value.get<double>()) : value.dump());
  }
  return 0;
}

using Measure = std::function<skald::Result<skald::Value>(const std::string& folder)>;

// In a folder of its own, which goes with it.
skald::Result<skald::Value> in_folder(const Measure& measure) {
  const std::string folder = make_folder();
  if (folder.empty()) return skald::fail(skald::ErrorKind::kIo, "no-folder", "cannot make a folder below build/");
  auto result = measure(folder);
  std::filesystem::remove_all(folder);
  return result;
}

int show(const skald::Result<skald::Value>& result, bool json) {
  return result ? print(*result, json) : complain(result.error());
}

skald::Result<skald::Value> recovery(int sagas, const std::string& folder) {
  SKALD_ASSIGN(skald::Value all, skald::bench::measure_recovery(sagas, folder + "/recovery"));
  SKALD_ASSIGN(all["killed_while_handled"], skald::bench::measure_kill(kHandlersAtCrash, folder + "/kill"));
  const skald::Value& killed = all["killed_while_handled"];
  all["ok"] = all.value("ok", false) && killed["all_done_s"] <= kMostSecondsToDone && killed["run_twice"] == 0;
  return all;
}

skald::Result<skald::Value> checkout(const skald::bench::Load& load, const std::string& folder) {
  SKALD_ASSIGN(const skald::bench::Times floor, skald::bench::measure_floor(load, folder));
  SKALD_ASSIGN(skald::Value all, skald::bench::measure_checkout(load, folder));
  const double floor_p50 = skald::bench::percentile(floor.alone_ms, 0.5);
  all["floor_sagas_per_second"] = floor.per_second;
  all["throughput_ratio"] = all["sagas_per_second"].get<double>() / floor.per_second;
  all["latency_ms"]["floor_p50"] = floor_p50;
  all["latency_ms"]["ratio_p50"] = all["latency_ms"]["p50"].get<double>() / floor_p50;
  return all;
}

int core(bool json) {
  const skald::Value all = skald::bench::measure_core(!json);
  return json ? print(all, true) : 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (skald::definition::is_expression_server(argc, argv)) return skald::definition::serve_expressions();
  const std::string first = argc == 3 ? argv[1] : "";
  if (first == "worker") return skald::bench::run_worker(argv[2]);
  if (argc == 5 && std::string(argv[1]) == "fill") return skald::bench::fill(argv[2], argv[3], argv[4]);
  if (first == "types-worker") return skald::bench::run_types_worker(argv[2]);
  if (first == "crowd") return skald::bench::run_crowd(argv[2]);
  if (first == "late-worker") return skald::bench::run_late_worker(argv[2]);
  if (first == "slow-worker") return skald::bench::run_slow_worker(argv[2]);
  CLI::App app("What the engine does, beside what the same machine can do at all.", "skald-bench");
  skald::bench::Load load;
  std::string name = "checkout";
  std::string format = "text";
  app.add_option("NAME", name, "which benchmark")
      ->check(CLI::IsMember({"checkout", "latency", "recovery", "core", "store", "scale", "large", "wide", "views"}));
  app.add_option("-o", format, "text or json")->check(CLI::IsMember({"text", "json"}));
  int sagas = 0;
  app.add_option("--sagas", sagas, "for throughput (20000), in flight at the crash (10000), or in the store (1000000)")
      ->check(CLI::Range(100, 100'000'000));
  std::string kept;
  app.add_option("--data", kept, "of scale and views: a folder for the stores, which stay and are taken again");
  app.add_option("--in-flight", load.in_flight, "at most")->check(CLI::Range(1, 10'000));
  double rate = 0;
  app.add_option("--rate", rate, "of latency: an open loop of so many sagas a second behind --sagas, and nothing else")
      ->check(CLI::Range(1, 100'000));
  CLI11_PARSE(app, argc, argv);
  const bool json = format == "json";
  if (sagas > 0) load.sagas = sagas;
  if (name == "core") return core(json);
  if (name == "store") return show(in_folder(skald::bench::measure_store), json);
  if (name == "wide") return show(in_folder(skald::bench::measure_wide), json);
  if (name == "large") return show(in_folder(skald::bench::measure_large), json);
  if (name == "scale" || name == "views") {
    const auto measure = name == "scale" ? skald::bench::measure_scale : skald::bench::measure_views;
    const auto in_store = [&](const std::string& folder) { return measure(sagas > 0 ? sagas : kInStore, folder); };
    return show(kept.empty() ? in_folder(in_store) : in_store(kept), json);
  }
  if (name == "recovery") {
    const auto result =
        in_folder([&](const std::string& folder) { return recovery(sagas > 0 ? sagas : kInFlightAtCrash, folder); });
    const int shown = show(result, json);
    return result && !result->value("ok", false) ? 1 : shown;
  }
  if (name == "latency" && rate > 0) {
    return show(
        in_folder([&](const std::string& folder) { return skald::bench::measure_open_loop(rate, load, folder); }),
        json);
  }
  const auto measure = name == "latency" ? skald::bench::measure_latency : checkout;
  return show(in_folder([&](const std::string& folder) { return measure(load, folder); }), json);
}
