#include "tests/counts/tracer.h"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>
#include <vector>

namespace skald::counts {
namespace {

constexpr Millis kMost{20'000};
constexpr Millis kTick{5};

bool is_traced(const std::filesystem::path& thread) {
  std::ifstream in(thread / "status");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("TracerPid:", 0) == 0) return std::stoi(line.substr(line.find(':') + 1)) != 0;
  }
  return true;  // it has ended
}

bool all_traced(pid_t pid) {
  std::error_code ignored;
  for (const auto& thread : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid), ignored)) {
    if (!is_traced(thread.path())) return false;
  }
  return true;
}

tl::unexpected<Error> refused(std::string_view what) {
  return fail(ErrorKind::kUnavailable, "no-strace", fmt::format("strace {}", what));
}

}  // namespace

Result<Tracer> Tracer::start(pid_t pid, const std::string& file) {
  const std::string strace = cli::find_program("strace");
  if (strace.empty()) return refused("is not here");
  SKALD_ASSIGN(
      cli::Process process,
      cli::Process::start(
          {"/bin/sh", "-c", "exec \"$@\" 2>&1", "sh", strace, "-f", "-c", "-q", "-o", file, "-p", std::to_string(pid)},
          file + ".out"));  // through a shell, for what it says of threads that it meets waiting
  const auto deadline = std::chrono::steady_clock::now() + kMost;
  std::string how;
  while (!all_traced(pid)) {
    if (process.ended(how)) return refused(how);
    if (std::chrono::steady_clock::now() > deadline) {
      process.signal(SIGINT);
      return refused("does not begin");
    }
    std::this_thread::sleep_for(kTick);
  }
  return Tracer(std::move(process), file);
}

Result<std::map<std::string, double>> Tracer::stop() {
  process_.signal(SIGINT);
  if (!process_.wait(kMost)) return refused("does not end");
  // "% time  seconds  usecs/call  calls  [errors]  syscall", then lines of dashes around the rows.
  std::map<std::string, double> calls;
  std::ifstream in(file_);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    const std::vector<std::string> row(std::istream_iterator<std::string>(words), {});
    if (row.size() < 5 || row.front() == "%" || row.front().front() == '-') continue;
    calls[row.back()] = std::stod(row[3]);
  }
  if (calls.empty()) return refused("has counted nothing");
  return calls;
}

}  // namespace skald::counts
