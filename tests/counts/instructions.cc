#include "tests/counts/instructions.h"

#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "cli/process.h"

namespace skald::counts {
namespace {

constexpr double kTolerance = 2;  // per cent
constexpr Millis kMost{120'000};  // on a machine that is busy with other things
constexpr const char* kCounted = "skald_counted";

// The C library and OpenSSL choose their code by what the processor can do; so do they not.
constexpr const char* kPlainLibc =
    "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX_Fast_Unaligned_Load,-AVX2,-AVX,-BMI1,-BMI2,-ERMS,-FSRM,-LZCNT,-MOVBE,-RTM";
constexpr const char* kPlainOpenssl = "OPENSSL_ia32cap=0:0";

// What skald-pieces prints of a piece.
struct Ran {
  double times = 0;
  double allocations = 0;  // of each
  std::string name;
};

std::vector<std::string> lines_of(const std::string& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Ran> read_ran(const std::string& file) {
  std::vector<Ran> all;
  for (const std::string& line : lines_of(file)) {
    std::istringstream in(line);
    Ran ran;
    if (in >> ran.times >> ran.allocations && std::getline(in >> std::ws, ran.name)) all.push_back(std::move(ran));
  }
  return all;
}

// The sums of callgrind's file, one for each time that the counted function was left.
std::vector<double> read_sums(const std::string& file) {
  constexpr std::string_view kDump = "desc: Trigger: ";
  constexpr std::string_view kSum = "summary: ";
  std::vector<double> sums;
  bool ours = false;
  for (const std::string& line : lines_of(file)) {
    if (line.rfind(kDump, 0) == 0) ours = line.find(kCounted) != std::string::npos;
    if (ours && line.rfind(kSum, 0) == 0) sums.push_back(std::stod(line.substr(kSum.size())));
  }
  return sums;
}

}  // namespace

Result<std::vector<Count>> count_instructions(const std::string& folder) {
  const std::string valgrind = cli::find_program("valgrind");
  if (valgrind.empty()) return fail(ErrorKind::kUnavailable, "no-valgrind", "there is no valgrind here");
  const std::string printed = folder + "/printed";
  const std::string counted = folder + "/counted";
  SKALD_ASSIGN(cli::Process process,
               cli::Process::start(
                   {"/usr/bin/env", "-i", kPlainLibc, kPlainOpenssl, "LD_BIND_NOW=1", valgrind, "--tool=callgrind",
                    fmt::format("--toggle-collect={}", kCounted), fmt::format("--dump-after={}", kCounted),
                    "--combine-dumps=yes", "--callgrind-out-file=" + counted, "--log-file=" + folder + "/valgrind.log",
                    cli::find_program("skald-pieces")},
                   printed));
  if (!process.wait(kMost)) {
    process.signal(SIGKILL);
    return fail(ErrorKind::kTimeout, "valgrind-failed", "the pieces do not end under valgrind");
  }
  const auto ran = read_ran(printed);
  const auto sums = read_sums(counted);
  if (ran.empty() || ran.size() != sums.size()) {
    return fail(ErrorKind::kInternal, "valgrind-failed",
                fmt::format("{} pieces ran under valgrind, {} were counted", ran.size(), sums.size()));
  }
  std::vector<Count> all;
  for (std::size_t i = 0; i < ran.size(); ++i) {
    all.push_back({"instructions/" + ran[i].name, sums[i] / ran[i].times, kTolerance});
    all.push_back({"allocations/" + ran[i].name, ran[i].allocations, kTolerance});
  }
  return all;
}

}  // namespace skald::counts
