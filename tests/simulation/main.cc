// skald-simulate: runs seeds, prints the first that breaks a rule and what the faults met.

#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "engine/base/log.h"
#include "tests/simulation/simulation.h"

namespace skald::simulation {
namespace {

struct Options {
  std::uint64_t seeds = 2'000;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> definitions;
  std::optional<std::uint64_t> definition;
  unsigned jobs = 2;
};

void print(const Report& report) {
  std::printf(
      "seed %llu: %llu sagas, %llu of them children, %llu steps, %llu faults, %llu lives of the engine, %llu late "
      "results\n",
      static_cast<unsigned long long>(report.seed), static_cast<unsigned long long>(report.sagas),
      static_cast<unsigned long long>(report.children), static_cast<unsigned long long>(report.steps),
      static_cast<unsigned long long>(report.faults), static_cast<unsigned long long>(report.lives),
      static_cast<unsigned long long>(report.late));
  for (const auto& [status, count] : report.ends) {
    std::printf("  %-12s %llu\n", status.c_str(), static_cast<unsigned long long>(count));
  }
  std::printf("  fingerprint %s\n", report.fingerprint.c_str());
}

// The share of one process: every jobs-th seed. Returns 0 where all rules held.
int run_share(const Options& options, unsigned share, bool tells) {
  const Documents documents = options.definitions ? Documents::kGenerated : Documents::kWritten;
  const char* const again = options.definitions ? "definition" : "seed";
  Meetings meetings;
  std::map<std::string, std::uint64_t> events;
  std::map<std::string, std::uint64_t> ends;
  std::uint64_t steps = 0;
  std::uint64_t children = 0;
  std::uint64_t removed = 0;
  std::uint64_t evicted = 0;
  int status = 0;
  for (std::uint64_t seed = 1 + share; seed <= options.seeds; seed += options.jobs) {
    const Report report = simulate(seed, documents);
    for (const auto& [name, count] : report.events) events[name] += count;
    meetings.add(report.meetings);
    for (const auto& [name, count] : report.ends) ends[name] += count;
    steps += report.steps;
    children += report.children;
    removed += report.removed;
    evicted += report.evicted;
    if (!report.broken) continue;
    std::printf("seed %llu breaks %s\n  again: ./run simulate --%s %llu\n", static_cast<unsigned long long>(seed),
                report.broken->c_str(), again, static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    status = 1;
  }
  if (!tells) return status;
  std::printf("of one process's share, %llu steps, %llu child sagas, %llu sagas removed, %llu evicted:\n%s",
              static_cast<unsigned long long>(steps), static_cast<unsigned long long>(children),
              static_cast<unsigned long long>(removed), static_cast<unsigned long long>(evicted),
              meetings.table().c_str());
  for (const auto& [name, count] : events) {
    std::printf("%-30s %llu events\n", name.c_str(), static_cast<unsigned long long>(count));
  }
  for (const auto& [name, count] : ends) {
    std::printf("%-12s %llu sagas\n", name.c_str(), static_cast<unsigned long long>(count));
  }
  return status;
}

int run_all(const Options& options) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<pid_t> children;
  std::fflush(stdout);
  for (unsigned share = 1; share < options.jobs; ++share) {
    const pid_t child = ::fork();
    if (child == 0) {
      const int status = run_share(options, share, false);
      std::fflush(stdout);
      ::_exit(status);
    }
    children.push_back(child);
  }
  int status = run_share(options, 0, true);
  for (const pid_t child : children) {
    int ended = 0;
    if (::waitpid(child, &ended, 0) != child || !WIFEXITED(ended) || WEXITSTATUS(ended) != 0) status = 1;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%llu seeds in %.1f s, %.0f a second: %s\n", static_cast<unsigned long long>(options.seeds), seconds,
              static_cast<double>(options.seeds) / seconds, status == 0 ? "all rules held" : "RULES WERE BROKEN");
  return status;
}

}  // namespace
}  // namespace skald::simulation

int main(int argc, char** argv) {
  skald::simulation::Options options;
  CLI::App app("Simulates an engine, its broker, disk, workers and services under faults, from seeds.");
  app.add_option("--seeds", options.seeds, "how many seeds, from 1 on")->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed, "only this one, and tell what happened");
  app.add_option("--definitions", options.definitions,
                 "as many seeds, each with a generated definition beside a written one")
      ->check(CLI::PositiveNumber);
  app.add_option("--definition", options.definition,
                 "only the seed with this generated definition, and tell what happened");
  app.add_option("--jobs", options.jobs, "processes")->check(CLI::Range(1, 64));
  std::string level = "off";
  app.add_option("--log", level, "log level of the engine");
  CLI11_PARSE(app, argc, argv);
  skald::setup_logging(level);
  using skald::simulation::Documents;
  if (options.definitions) options.seeds = *options.definitions;
  if (!options.seed && !options.definition) return skald::simulation::run_all(options);
  const auto report = options.definition ? skald::simulation::simulate(*options.definition, Documents::kGenerated)
                                         : skald::simulation::simulate(*options.seed);
  skald::simulation::print(report);
  if (!report.broken) return 0;
  for (const auto& line : report.struck) std::printf("  %s\n", line.c_str());
  std::printf("breaks %s\n", report.broken->c_str());
  if (!report.generated.empty()) std::printf("%s\n", report.generated.c_str());
  for (const auto& line : report.accused) std::printf("%s\n", line.c_str());
  return 1;
}
