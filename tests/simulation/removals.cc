// What must hold of sagas that retention removes (I13).

#include <fmt/format.h>

#include <algorithm>

#include "store/verify.h"
#include "tests/simulation/simulation.h"

namespace skald::simulation {

// Before it is done: only what is final goes, with nothing open, when its time is over and nobody above it may want it
// undone.
void Simulation::check_removals(const store::Batch& batch) {
  for (const store::Removal& removal : batch.removals) {
    const store::Summary& last = removal.last;
    const std::string& id = last.id.str();
    auto stored = disk_.log.summary(last.run);
    for (const store::SummaryChange& change : batch.summaries) {
      if (change.now.run == last.run) stored = std::optional(change.now);
    }
    if (!stored || !*stored || **stored != last) return violated("I13: removed, and otherwise than it stands: " + id);
    const auto open = disk_.log.timers(shard_of_run(last.run).value_or(0), Time{INT64_MAX}, 100'000);
    const bool timers = std::any_of(open->begin(), open->end(), [&](const auto& row) { return row.run == last.run; });
    const auto rows = disk_.log.pending_of(last.run);
    const bool acts = std::any_of(rows->begin(), rows->end(), [&](const auto& row) {
      return std::none_of(batch.pending_removed.begin(), batch.pending_removed.end(),
                          [&](const auto& gone) { return gone.run == row.run && gone.act == row.act; });
    });
    const bool undoing = last.compensation.pending > 0 || last.compensation.stuck > 0;
    if (!last.final || undoing || acts || timers) return violated("I13: removed with something open: " + id);
    if (!last.ended_at || removal.at - *last.ended_at < retention_.keep) {
      return violated("I13: removed before its time: " + id);
    }
    const auto verified = store::verify_chain(disk_.log, last.run);
    auto history = history_of(disk_.log, last.run);
    if (!verified || !history || history->empty()) return violated("I6: removed, and damaged: " + id);
    for (std::string above = history->front().parent_run; !above.empty();) {
      const auto parent = disk_.log.summary(RunId(above));
      if (!parent || !*parent) break;
      const store::CompensationCounts& undos = (*parent)->compensation;
      const bool over = (*parent)->final && undos.pending == 0 && undos.stuck == 0;
      if (!over) return violated("I13: removed while a saga above it is under way: " + id);
      above = history_of(disk_.log, RunId(above))->front().parent_run;
    }
    for (const store::EventRecord& record : batch.events) {  // what goes into the history with it
      if (record.run == last.run) history->push_back(*core::decode_event(record.bytes));
    }
    removed_[last.run] = {last, std::move(*history), true};
  }
}

// At the end: nothing of it is left but its id.
void Simulation::check_removed(const Told& saga) {
  const store::Summary& last = saga.summary;
  const auto stays = disk_.log.removed(last.run);
  const auto run = disk_.log.find(last.id);
  const bool known = run && *run == last.run && (*stays)->events == last.events && (*stays)->head == last.head;
  if (!known) return violated("I13: what stays of a removed saga is not what it was: " + last.id.str());
  const auto events = disk_.log.events(last.run, 1, 1);
  const auto rows = disk_.log.pending_of(last.run);
  if (!events->empty() || !rows->empty()) violated("I13: something of a removed saga is left: " + last.id.str());
}

// Its clients try again.
void Simulation::check_that_ids_stay_used() {
  for (const Client& client : clients_) {
    if (!was_removed(client.id)) continue;
    engine_->submit({client.workflow, "", client.id, client.input, {}},
                    [this, id = client.id](const Result<runtime::Submitted>& again) {
                      const bool refused = !again && again.error().code == "expired";
                      if (alive() && !refused) violated("I13: the id of a removed saga is used again: " + id);
                    });
  }
  poke();
}

}  // namespace skald::simulation
