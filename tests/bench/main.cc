// skald-bench [checkout] [-o json] [--sagas N] [--in-flight N]

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "tests/bench/bench.h"

namespace {

int complain(const skald::Error& error) {
  std::cerr << "skald-bench: " << error.message << "\n";
  return 1;
}

int checkout(const skald::bench::Load& load, bool json) {
  std::string folder = std::filesystem::current_path() / "build" / "bench-XXXXXX";
  std::filesystem::create_directories(std::filesystem::path(folder).parent_path());
  if (::mkdtemp(folder.data()) == nullptr) return 1;
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
  if (json) {
    std::cout << all.dump(2) << "\n";
    return 0;
  }
  const skald::Value flat = all.flatten();
  for (const auto& [name, value] : flat.items()) fmt::print("{:<32}{:>12.3f}\n", name.substr(1), value.get<double>());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "worker") return skald::bench::run_worker(argv[2]);
  CLI::App app("What the engine does, beside what the same machine can do at all.", "skald-bench");
  skald::bench::Load load;
  std::string name = "checkout";
  std::string format = "text";
  app.add_option("NAME", name, "which benchmark")->check(CLI::IsMember({"checkout"}));
  app.add_option("-o", format, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_option("--sagas", load.sagas, "for throughput")->check(CLI::Range(100, 1'000'000));
  app.add_option("--in-flight", load.in_flight, "at most")->check(CLI::Range(1, 10'000));
  CLI11_PARSE(app, argc, argv);
  return checkout(load, format == "json");
}
