#include "cli/commands/part_file.h"

#include <unistd.h>

#include <atomic>

#include "cli/commands/common.h"
#include "engine/base/check.h"

namespace skald::cli {
namespace {

// A signal handler knows nothing but what is global.
std::atomic<const char*> part = nullptr;
static_assert(std::atomic<const char*>::is_always_lock_free);

// unlink and _exit may be called here (POSIX.1, signal-safety(7)); nothing waits for what else the process is about.
void remove_and_end(int) {
  if (const char* path = part) ::unlink(path);
  ::_exit(kInterrupted);
}

}  // namespace

PartFile::PartFile(std::string path) : path_(std::move(path)) {
  const char* other = part.exchange(path_.c_str());
  SKALD_CHECK(other == nullptr, "a signal removes one file");
  struct sigaction action {};
  action.sa_handler = remove_and_end;
  ::sigfillset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    ::sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

PartFile::~PartFile() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  part = nullptr;
}

}  // namespace skald::cli
