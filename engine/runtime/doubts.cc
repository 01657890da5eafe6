// What became of publishes that went unanswered, or whose answer nobody noted before the engine was started again.
//
// A message that a worker has not acknowledged lies in the queue. One that was acknowledged has a result that was
// stored before. So where it is in neither, and every result up to then was taken, it never arrived: then it is
// published again, and under its id, which keeps it single should the first one still be on its way.

#include <algorithm>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "engine/runtime/dispatcher.h"

namespace skald::runtime {

struct Dispatcher::Doubts {
  std::vector<TaskOrder> orders;
  std::uint64_t after = 0;       // they were published behind this one
  std::uint64_t connection = 0;  // of `connections_`
};

Dispatcher::Doubts Dispatcher::doubts() {
  Doubts all;
  const std::lock_guard lock(mutex_);
  all.connection = connections_;
  if (count_of(Stage::kInDoubt) == 0) return all;
  all.after = noted_.last_seq;
  for (const auto& [name, entry] : tasks_) {
    if (entry.stage != Stage::kInDoubt) continue;
    all.orders.push_back(entry.order);
    all.after = std::min(all.after, entry.after);
  }
  return all;
}

void Dispatcher::settle_doubts() {
  const Doubts doubts = this->doubts();
  std::vector<std::uint64_t> places;
  if (!doubts.orders.empty()) {
    auto found = broker_.find(doubts.orders, doubts.after);
    if (!found) return;  // the connection is going; the next turn asks again
    places = std::move(*found);
  }
  {
    const std::lock_guard lock(mutex_);
    if (doubts.orders.empty() && count_of(Stage::kMissing) == 0) return;
  }
  // Behind the search: the result of a message that was acknowledged before it is among these.
  const auto results = broker_.results();
  if (!results) return;

  std::vector<std::pair<TaskOrder, std::uint64_t>> found;
  std::vector<TaskOrder> lost;
  {
    const std::lock_guard lock(mutex_);
    if (connections_ != doubts.connection) return;  // it may be another broker by now
    const Time now = clock_.now();
    for (std::size_t i = 0; i < places.size(); ++i) {
      const TaskOrder& order = doubts.orders[i];
      const auto at = tasks_.find(name_of(order.act));
      if (at == tasks_.end() || at->second.stage != Stage::kInDoubt) continue;
      if (at->second.order.act.dispatch != order.act.dispatch) continue;
      if (places[i] != 0 && !planted("publish-without-looking")) {
        set_acknowledged(at->second, places[i]);
        found.emplace_back(at->second.order, places[i]);
      } else {
        set_stage(at->second, Stage::kMissing);
        at->second.explained_by = results->last_seq;
        at->second.searched_at = now;
        ++at->second.searches;
      }
    }
    if (count_of(Stage::kMissing) > 0) {
      for (auto& [name, entry] : tasks_) {
        if (entry.stage != Stage::kMissing || !all_taken(entry, *results)) continue;
        if (now >= entry.searched_at + kSearchHolds * entry.searches || now < entry.searched_at) {
          set_stage(entry, Stage::kInDoubt);  // at the next turn
          continue;
        }
        set_stage(entry, Stage::kReported);
        entry.same_again = true;
        lost.push_back(entry.order);
      }
    }
  }
  if (!doubts.orders.empty()) {
    logger("dispatcher")
        ->info("looked for messages whose publish went unanswered of={} found={}", doubts.orders.size(), found.size());
  }
  for (const auto& [order, seq] : found) reports_.acknowledged(order, seq);
  for (const TaskOrder& order : lost) reports_.lost(order, true);
}

// Whether every result is taken that may explain why this attempt's message is not in the queue. The stream may have
// been made anew, or messages taken out of it, since.
bool Dispatcher::all_taken(const Entry& entry, const ResultsState& results) {
  return planted("publish-before-results") || results.taken_up_to >= std::min(entry.explained_by, results.last_seq);
}

// The mutex is held. The next broker may be an older copy of this one.
void Dispatcher::doubt_the_missing() {
  if (count_of(Stage::kMissing) == 0) return;
  for (auto& [name, entry] : tasks_) {
    if (entry.stage == Stage::kMissing) set_stage(entry, Stage::kInDoubt);
  }
}

}  // namespace skald::runtime
