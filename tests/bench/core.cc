// Micro-benchmarks: how long each piece of tests/pieces takes.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "engine/definition/jq_process.h"
#include "tests/bench/bench.h"
#include "tests/pieces/piece.h"

namespace skald::bench {
namespace {

constexpr std::size_t kAtOnce = 256;  // calls that are prepared together, while the clock stands still
constexpr double kSeconds = 0.2;      // of each piece, at least

void measure(benchmark::State& state, const pieces::Piece& piece) {
  std::function<void()> work;
  while (state.KeepRunningBatch(kAtOnce)) {
    state.PauseTiming();
    work = piece.prepare(kAtOnce);
    state.ResumeTiming();
    for (std::size_t i = 0; i < kAtOnce; ++i) work();
  }
}

// Prints a row a piece as it comes, or keeps quiet; and notes all.
class Reporter final : public benchmark::BenchmarkReporter {
 public:
  explicit Reporter(bool prints) : prints_(prints) {}

  bool ReportContext(const Context&) override {
    if (prints_) fmt::print("{:<56}{:>12}{:>12}\n", "piece", "ns", "cpu ns");
    return true;
  }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      const std::string& name = run.run_name.function_name;
      const double ns = run.GetAdjustedRealTime();
      const double cpu_ns = run.GetAdjustedCPUTime();
      if (prints_) fmt::print("{:<56}{:>12.1f}{:>12.1f}\n", name, ns, cpu_ns);
      all_[name] = {{"ns", ns}, {"cpu_ns", cpu_ns}};
    }
  }
  Value take() { return std::move(all_); }

 private:
  const bool prints_;
  Value all_ = Value::object();
};

}  // namespace

Value measure_core(bool prints) {
  definition::JqProcess jq;
  std::vector<pieces::Piece> all = pieces::all_pieces();
  for (pieces::Piece& piece : pieces::jq_pieces(jq)) all.push_back(std::move(piece));
  for (const pieces::Piece& piece : all) {
    // Of the wall's time, since another process does what is left to jq.
    benchmark::RegisterBenchmark(piece.name.c_str(), [&piece](benchmark::State& state) { measure(state, piece); })
        ->UseRealTime()
        ->MinTime(kSeconds);
  }
  Reporter reporter(prints);
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return reporter.take();
}

}  // namespace skald::bench
