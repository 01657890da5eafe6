#pragma once

// Sagas as all their events leave them, and those of long histories kept: who looks at one of them again does not have
// all of it folded again.

#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include "engine/core/undo_plan.h"
#include "engine/inspect/past.h"
#include "engine/runtime/saga_reader.h"

namespace skald::inspect {

struct Folded {
  core::State state;
  Past past;
  core::UndoPlan plan;  // of an order to undo now
};

// Of one log. Thread-safe; of a saga that is kept, one looks at a time.
class Folds {
 public:
  // At most so many events of all that are kept, of which each takes about 1 KB of memory; one saga may have more.
  explicit Folds(std::uint64_t most_kept = 60'000);
  ~Folds();
  Folds(const Folds&) = delete;
  Folds& operator=(const Folds&) = delete;

  // Calls `look` with the saga as it is now, at least as far as `view`, which was read just before. Errors:
  // "unknown-workflow", "expired", kDamaged.
  Status look(const runtime::SagaReader& reader, const runtime::SagaView& view,
              const std::function<void(const Folded&)>& look);

 private:
  struct Kept;
  // Shared by the list and by those that look, who may be at it when it is dropped.
  using KeptPtr = std::shared_ptr<Kept>;

  KeptPtr of(const RunId& run);
  void note(const KeptPtr& kept, std::uint64_t events);
  void drop(const KeptPtr& kept);

  const std::uint64_t most_kept_;
  std::mutex mutex_;         // never held over reads of the store
  std::list<KeptPtr> kept_;  // the last looked at first
};

}  // namespace skald::inspect
