#pragma once

// The proof of what a store has: of every saga its history, and that its summary is what its events make of it.

#include <cstdint>
#include <string>

#include "engine/inspect/damage.h"
#include "engine/inspect/history_check.h"
#include "engine/runtime/log_reader.h"

namespace skald::inspect {

// Proves sagas of a log, one after another; one thread.
class LogCheck {
 public:
  // `log` must outlive it.
  LogCheck(const runtime::OpenLog& log, FoundDamage found) : log_(log), found_(std::move(found)) {}

  // What cannot be read is damage like any other, named with the saga and, where it is known, the event.
  void saga(const RunId& run);

  const Proved& proved() const { return proved_; }

 private:
  void history(const store::Summary& summary);
  void read(const store::Summary& summary, HistoryCheck& check);
  void compare(const store::Summary& stored, const store::Summary& folded);
  void damaged(const store::Summary& summary, std::uint64_t seq, const std::string& what);

  const runtime::OpenLog& log_;
  const FoundDamage found_;
  Proved proved_;
};

}  // namespace skald::inspect
