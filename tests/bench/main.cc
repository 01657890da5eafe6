// skald-bench [checkout|latency|recovery|core|store|scale|large|wide] [-o json] [--sagas N] [--in-flight N]

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "engine/definition/jq_process.h"
#include "tests/bench/bench.h"
#include "tests/bench/recovery.h"
#include "tests/bench/scale.h"

namespace {

constexpr int kInFlightAtCrash = 10'000;
constexpr int kHandlersAtCrash = 1'000;
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

int recovery(int sagas, bool json) {
  const std::string folder = make_folder();
  if (folder.empty()) return 1;
  auto result = skald::bench::measure_recovery(sagas, folder + "/recovery");
  const auto killed = skald::bench::measure_kill(kHandlersAtCrash, folder + "/kill");
  std::filesystem::remove_all(folder);
  if (!result) return complain(result.error());
  if (!killed) return complain(killed.error());
  const bool ok = result->value("ok", false) && (*killed)["all_done_s"] <= 4.0 && (*killed)["run_twice"] == 0;
  (*result)["killed_while_handled"] = *killed;
  (*result)["ok"] = ok;
  print(*result, json);
  return ok ? 0 : 1;
}

int store(bool json) {
  const std::string folder = make_folder();
  if (folder.empty()) return 1;
  const auto result = skald::bench::measure_store(folder);
  std::filesystem::remove_all(folder);
  return result ? print(*result, json) : complain(result.error());
}

int scale(int sagas, const std::string& kept, bool json) {
  const std::string folder = kept.empty() ? make_folder() : kept;
  if (folder.empty()) return 1;
  const auto result = skald::bench::measure_scale(sagas, folder);
  if (kept.empty()) std::filesystem::remove_all(folder);
  return result ? print(*result, json) : complain(result.error());
}

int wide(bool json) {
  const std::string folder = make_folder();
  if (folder.empty()) return 1;
  const auto result = skald::bench::measure_wide(folder);
  std::filesystem::remove_all(folder);
  return result ? print(*result, json) : complain(result.error());
}

int large(bool json) {
  const std::string folder = make_folder();
  if (folder.empty()) return 1;
  const auto result = skald::bench::measure_large(folder);
  std::filesystem::remove_all(folder);
  return result ? print(*result, json) : complain(result.error());
}

int latency(const skald::bench::Load& load, bool json) {
  const std::string folder = make_folder();
  if (folder.empty()) return 1;
  const auto result = skald::bench::measure_latency(load, folder);
  std::filesystem::remove_all(folder);
  return result ? print(*result, json) : complain(result.error());
}

int checkout(const skald::bench::Load& load, bool json) {
  const std::string folder = make_folder();
  if (folder.empty()) return 1;
  const auto floor = skald::bench::measure_floor(load, folder);
  if (!floor) return complain(floor.error());
  auto result = skald::bench::measure_checkout(load, folder);
  std::filesystem::remove_all(folder);
  if (!result) return complain(result.error());
  skald::Value& all = *result;
  const double floor_p50 = skald::bench::percentile(floor->alone_ms, 0.5);
  all["floor_sagas_per_second"] = floor->per_second;
  all["throughput_ratio"] = all["sagas_per_second"].get<double>() / floor->per_second;
  all["latency_ms"]["floor_p50"] = floor_p50;
  all["latency_ms"]["ratio_p50"] = all["latency_ms"]["p50"].get<double>() / floor_p50;
  return print(all, json);
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
      ->check(CLI::IsMember({"checkout", "latency", "recovery", "core", "store", "scale", "large", "wide"}));
  app.add_option("-o", format, "text or json")->check(CLI::IsMember({"text", "json"}));
  int sagas = 0;
  app.add_option("--sagas", sagas, "for throughput (2000), in flight at the crash (10000), or in the store (1000000)")
      ->check(CLI::Range(100, 100'000'000));
  std::string kept;
  app.add_option("--data", kept, "of scale: a folder for its stores, which stay and are taken again");
  app.add_option("--in-flight", load.in_flight, "at most")->check(CLI::Range(1, 10'000));
  CLI11_PARSE(app, argc, argv);
  if (name == "store") return store(format == "json");
  if (name == "wide") return wide(format == "json");
  if (name == "large") return large(format == "json");
  if (name == "core") return core(format == "json");
  if (name == "recovery") return recovery(sagas > 0 ? sagas : kInFlightAtCrash, format == "json");
  if (name == "scale") return scale(sagas > 0 ? sagas : kInStore, kept, format == "json");
  if (sagas > 0) load.sagas = sagas;
  if (name == "latency") return latency(load, format == "json");
  return checkout(load, format == "json");
}
