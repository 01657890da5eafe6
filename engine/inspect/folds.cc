#include "engine/inspect/folds.h"

#include <algorithm>
#include <optional>

#include "engine/core/apply.h"
#include "engine/inspect/fold.h"

namespace skald::inspect {
namespace {

constexpr std::uint64_t kLong = 1'000;  // events; shorter histories are folded in a few milliseconds

Status fold_on(const runtime::SagaReader& reader, const runtime::SagaView& view, std::optional<Folded>& folded) {
  if (!folded) {
    SKALD_ASSIGN(auto workflow, reader.workflow(view.summary.workflow, view.summary.version));
    folded.emplace(Folded{core::make_state(std::move(workflow)), {}, {}});
  }
  core::State& state = folded->state;
  const std::uint64_t before = state.seq;
  SKALD_TRY(each_event(reader, view.summary.run, before + 1, 0, [&](const store::StoredEvent& stored) -> Status {
    SKALD_ASSIGN(const core::Event event, core::decode_event(stored.bytes));
    core::apply(state, event);
    inspect::note(folded->past, event, state);
    return {};
  }));
  SKALD_TRY(all_read(reader, view, state.seq));
  if (state.seq != before) folded->plan = core::undo_plan(state);
  return {};
}

}  // namespace

struct Folds::Kept {
  explicit Kept(RunId its_run) : run(std::move(its_run)) {}

  const RunId run;
  std::mutex mutex;
  std::optional<Folded> folded;  // under `mutex`
  std::uint64_t events = 0;      // under that of the list
};

Folds::Folds(std::uint64_t most_kept) : most_kept_(most_kept) {}
Folds::~Folds() = default;

Status Folds::look(const runtime::SagaReader& reader, const runtime::SagaView& view,
                   const std::function<void(const Folded&)>& look) {
  if (view.summary.events < kLong) {
    std::optional<Folded> folded;
    SKALD_TRY(fold_on(reader, view, folded));
    look(*folded);
    return {};
  }
  const KeptPtr kept = of(view.summary.run);
  const std::lock_guard lock(kept->mutex);
  if (const Status done = fold_on(reader, view, kept->folded); !done) {
    kept->folded.reset();
    drop(kept);
    return done;
  }
  note(kept, kept->folded->state.seq);
  look(*kept->folded);
  return {};
}

Folds::KeptPtr Folds::of(const RunId& run) {
  const std::lock_guard lock(mutex_);
  const auto at = std::find_if(kept_.begin(), kept_.end(), [&run](const KeptPtr& kept) { return kept->run == run; });
  if (at == kept_.end()) {
    kept_.push_front(std::make_shared<Kept>(run));
  } else {
    kept_.splice(kept_.begin(), kept_, at);
  }
  return kept_.front();
}

void Folds::note(const KeptPtr& kept, std::uint64_t events) {
  const std::lock_guard lock(mutex_);
  kept->events = events;
  std::uint64_t sum = 0;
  for (auto at = kept_.begin(); at != kept_.end();) {
    sum += (*at)->events;
    at = sum > most_kept_ && at != kept_.begin() ? kept_.erase(at) : std::next(at);
  }
}

void Folds::drop(const KeptPtr& kept) {
  const std::lock_guard lock(mutex_);
  kept_.remove(kept);
}

}  // namespace skald::inspect
