// skald-chaos [--minutes N] [--seed S] [-o json]: real processes under real faults. Exits 0 only if all that must hold
// held.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "tests/chaos/run.h"

namespace {

constexpr int kUsage = 2;

void print_text(const skald::Value& figures) {
  const skald::Value flat = figures.flatten();
  for (const auto& [name, value] : flat.items()) fmt::print("{:<36} {}\n", name.substr(1), value.dump());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Kills, pauses and starves a running store, and audits what is left.", "skald-chaos");
  double minutes = 5;
  std::string format = "text";
  skald::chaos::RunOptions options;
  options.seed = std::random_device{}();
  app.add_option("--minutes", minutes, "how long the faults last")->check(CLI::Range(0.1, 10'000.0));
  app.add_option("--seed", options.seed, "of the schedule; any without it");
  app.add_option("--per-second", options.per_second, "checkouts")->check(CLI::Range(0.1, 1'000.0));
  app.add_option("--intensity", options.intensity, "of the faults: 2 for twice as many")->check(CLI::Range(0.1, 100.0));
  app.add_option("-o", format, "text or json")->check(CLI::IsMember({"text", "json"}));
  app.add_flag("--quiet", options.quiet, "do not tell what is done while it is done");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  options.duration = skald::Millis(static_cast<std::int64_t>(minutes * 60'000));
  std::string folder = std::filesystem::temp_directory_path() / "skald-chaos-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  options.folder = folder;
  std::cerr << fmt::format("skald-chaos: seed {} in {}\n", options.seed, folder);

  const auto figures = skald::chaos::run(options);
  if (!figures) {
    std::cerr << fmt::format("skald-chaos: {}; its folder is {}\n", figures.error().message, folder);
    return 1;
  }
  if (format == "json") {
    std::cout << figures->dump(2) << "\n";
  } else {
    print_text(*figures);
  }
  if (figures->value("ok", false)) {
    std::filesystem::remove_all(folder);
    return 0;
  }
  std::cerr << fmt::format("skald-chaos: failed with seed {}; its folder is {}\n", options.seed, folder);
  return 1;
}
