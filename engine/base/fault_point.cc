#include "engine/base/fault_point.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>

namespace skald::with_faults {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

struct CrashAt {
  std::string point;  // empty: nowhere
  int count = 1;
  std::string while_exists;  // empty: always
};

CrashAt crash_at() {
  const std::string text = environment("SKALD_CRASH_AT");
  const std::size_t colon = text.find(':');
  CrashAt at{text.substr(0, colon), 1, environment("SKALD_CRASH_WHILE")};
  if (colon != std::string::npos) at.count = std::atoi(text.c_str() + colon + 1);
  if (!text.empty() && (at.point.empty() || at.count < 1)) {
    fmt::print(stderr, "SKALD_CRASH_AT: expected POINT:COUNT, not '{}'\n", text);
    std::abort();
  }
  return at;
}

struct Planted {
  std::mutex mutex;
  std::set<std::string, std::less<>> bugs;
};

Planted& planted_bugs() {
  static Planted bugs;
  static const bool read [[maybe_unused]] = [] {
    std::string text = environment("SKALD_PLANT");
    while (!text.empty()) {
      const std::size_t comma = text.find(',');
      bugs.bugs.insert(text.substr(0, comma));
      text.erase(0, comma == std::string::npos ? text.size() : comma + 1);
    }
    return true;
  }();
  return bugs;
}

}  // namespace

void crash_point(std::string_view point) {
  static const CrashAt at = crash_at();
  static std::atomic<int> passages{0};
  if (point != at.point) return;
  if (!at.while_exists.empty() && ::access(at.while_exists.c_str(), F_OK) != 0) return;
  if (++passages == at.count) ::kill(::getpid(), SIGKILL);
}

bool planted(std::string_view bug) {
  Planted& all = planted_bugs();
  const std::lock_guard lock(all.mutex);
  return all.bugs.count(bug) > 0;
}

void plant(std::string_view bug) {
  Planted& all = planted_bugs();
  const std::lock_guard lock(all.mutex);
  all.bugs.emplace(bug);
}

void unplant(std::string_view bug) {
  Planted& all = planted_bugs();
  const std::lock_guard lock(all.mutex);
  const auto at = all.bugs.find(bug);
  if (at != all.bugs.end()) all.bugs.erase(at);
}

}  // namespace skald::with_faults
