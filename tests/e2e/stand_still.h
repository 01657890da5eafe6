#pragma once

#include <signal.h>
#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace skald::testing {

// Sends SIGSTOP and waits until no thread of the process runs any more: on a busy machine the others work on for as
// long as it takes until the first of them is run and stops them all. False: it does not stand still within five
// seconds, or there is no such process. SIGCONT lets it go on.
inline bool stand_still(pid_t pid) {
  namespace fs = std::filesystem;
  const fs::path threads = "/proc/" + std::to_string(pid) + "/task";
  // "1234 (name) T ...": the name may hold anything (proc_pid_stat(5)). A thread that has ended meanwhile is none.
  const auto stopped = [](const fs::directory_entry& thread) {
    std::ifstream in(thread.path() / "stat");
    const std::string stat{std::istreambuf_iterator<char>(in), {}};
    const std::size_t end = stat.rfind(')');
    return end == std::string::npos || stat.compare(end, 3, ") T") == 0;
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  if (pid <= 0 || ::kill(pid, SIGSTOP) != 0) return false;
  while (std::chrono::steady_clock::now() < deadline) {
    std::error_code gone;
    const fs::directory_iterator all(threads, gone);
    if (!gone && std::all_of(begin(all), end(all), stopped)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace skald::testing
