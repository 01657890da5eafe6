#include "engine/runtime/live_saga.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/fault_point.h"
#include "engine/base/msgpack.h"
#include "engine/core/apply.h"
#include "engine/core/children.h"
#include "engine/core/kinds.h"
#include "engine/core/undos.h"
#include "store/chain.h"

namespace skald::runtime {
namespace {

constexpr std::size_t kLoadPage = 1000;

store::PendingStep pending_step(const core::Step& step) {
  store::PendingStep pending;
  pending.step = step.task->reference;
  pending.task = core::kind_of(*step.task).task_type(*step.task);
  pending.attempt = step.attempt;
  pending.since = step.scheduled_at;
  pending.last_error = step.error;
  if (step.phase == core::StepPhase::kWaiting) pending.next_retry_at = step.due;
  return pending;
}

// A `wait`, or a try that is to be repeated.
store::PendingStep pending_wait(const core::Frame& frame) {
  store::PendingStep pending;
  pending.step = frame.task->reference;
  pending.attempt = frame.round + 1;
  pending.since = frame.entered_at;
  pending.last_error = frame.caught;
  pending.next_retry_at = frame.due;
  return pending;
}

// A listen: what comes next is no attempt, and has no time.
store::PendingStep pending_listen(const core::Frame& frame) {
  store::PendingStep pending;
  pending.step = frame.task->reference;
  pending.attempt = 1;
  pending.since = frame.entered_at;
  return pending;
}

// Calls `missing` for each of `rows` that is not among `others`; both are sorted.
template <typename Row, typename Missing>
void each_missing(const std::vector<Row>& rows, const std::vector<Row>& others, Missing missing) {
  for (const Row& row : rows) {
    if (!std::binary_search(others.begin(), others.end(), row)) missing(row);
  }
}

store::CompensationCounts count_undos(const core::State& state) {
  store::CompensationCounts counts;
  const bool goes_on = state.final != core::SagaStatus::kTerminated;
  counts.done = state.undos_done;
  counts.skipped = state.undos_skipped;
  if (!goes_on) return counts;
  counts.stuck = core::stuck_undos(state);
  counts.pending = static_cast<std::uint32_t>(state.undoing.size()) - counts.stuck;
  return counts;
}

}  // namespace

std::string encode(const ActRow& row) {
  MsgWriter out;
  out.array(4);
  out.uint(row.attempt);
  out.uint(row.dispatch);
  out.uint(row.event_seq);
  out.uint(row.stream_seq);
  return out.take();
}

Result<ActRow> decode_act_row(std::string_view bytes) {
  MsgReader in(bytes);
  ActRow row;
  const bool four = in.array() == 4;
  row.attempt = static_cast<std::uint32_t>(in.uint());
  row.dispatch = static_cast<std::uint32_t>(in.uint());
  row.event_seq = in.uint();
  row.stream_seq = in.uint();
  if (!four || !in.ok() || !in.at_end()) {
    return fail(ErrorKind::kDamaged, "damaged-pending", "a pending act in the store cannot be read");
  }
  return row;
}

LiveSaga::LiveSaga(Catalog::WorkflowPtr workflow, std::string_view store_id, const RunId& run)
    : state(core::make_state(std::move(workflow))), head_(store::chain_start(store_id, run, state.workflow->hash)) {}

Result<std::unique_ptr<LiveSaga>> LiveSaga::load(const store::SagaLog& log, const Catalog& catalog, const RunId& run) {
  SKALD_ASSIGN(const auto summary, log.summary(run));
  if (!summary) return fail(ErrorKind::kNotFound, "unknown-saga", fmt::format("no saga has the run id {}", run.str()));
  SKALD_ASSIGN(auto workflow, catalog.find(summary->workflow, summary->version));
  auto saga = std::make_unique<LiveSaga>(std::move(workflow), log.store_id(), run);
  while (saga->state.seq < summary->events) {
    SKALD_ASSIGN(const auto page, log.events(run, saga->state.seq + 1, kLoadPage));
    if (page.empty()) break;
    for (const auto& stored : page) {
      SKALD_ASSIGN(const core::Event event, core::decode_event(stored.bytes));
      core::apply(saga->state, event);
      saga->head_ = stored.hash;
    }
  }
  if (saga->state.seq != summary->events || saga->head_ != summary->head) {
    return fail(ErrorKind::kDamaged, "damaged-history",
                fmt::format("the history of run {} ends at event {}, its summary at {}", run.str(), saga->state.seq,
                            summary->events));
  }
  saga->status_ = summary->status;
  const core::Outward owed = core::outward(saga->state);
  saga->timers_ = owed.timers;
  saga->awaits_ = owed.awaits;
  for (const auto& task : owed.tasks) saga->tasks_[task.key] = task;
  for (const auto& child : owed.children) saga->children_[child.key] = child;
  SKALD_TRY(saga->load_acts(log));
  return saga;
}

Status LiveSaga::load_acts(const store::SagaLog& log) {
  SKALD_ASSIGN(const auto rows, log.pending_of(state.run));
  for (const auto& row : rows) {
    if (row.act == kTasksRow) {
      has_tasks_row_ = true;
      continue;
    }
    ActRow& act = acts_[row.act];
    SKALD_ASSIGN(act, decode_act_row(row.bytes));
    act.stored = true;
  }
  for (const auto& [key, task] : tasks_) {
    ActRow& act = acts_["task:" + key];
    if (act.attempt != task.attempt || act.dispatch != task.dispatch) {
      act = {task.attempt, task.dispatch, 0, 0, act.stored};
    }
  }
  return {};
}

void LiveSaga::append_events(const std::vector<core::Event>& events, store::Batch& batch) {
  for (const core::Event& event : events) {
    std::string bytes = core::encode(event);
    head_ = store::chain_next(head_, bytes);
    batch.events.push_back({state.run, event.seq, std::move(bytes), head_});
  }
}

void LiveSaga::diff_timers(std::vector<core::Timer> now, store::Batch& batch) {
  each_missing(timers_, now, [&](const auto& gone) {
    batch.timers_removed.push_back({gone.due, state.run, gone.name});
  });
  each_missing(now, timers_, [&](const auto& added) { batch.timers.push_back({added.due, state.run, added.name}); });
  timers_ = std::move(now);
}

void LiveSaga::diff_awaits(std::vector<core::Awaited> now, store::Batch& batch) {
  each_missing(awaits_, now, [&](const auto& gone) {
    batch.awaits_removed.push_back({state.run, gone.type, gone.subject});
  });
  each_missing(now, awaits_, [&](const auto& added) {
    batch.awaits.push_back({state.run, added.type, added.subject});
  });
  awaits_ = std::move(now);
}

void LiveSaga::diff_tasks(std::vector<core::TaskAct> now, store::Batch& batch, ActChanges& changes) {
  std::map<std::string, core::TaskAct> next;
  for (auto& task : now) {
    std::string key = task.key;
    next.emplace(std::move(key), std::move(task));
  }
  for (auto& [key, task] : tasks_) {
    const auto at = next.find(key);
    const bool other_attempt = at != next.end() && at->second.attempt != task.attempt;
    if (at == next.end()) {
      changes.ended.push_back(std::move(task));
    } else if (other_attempt) {
      changes.ended.push_back(task);
    }
    if (at == next.end()) end_task(key, batch);
  }
  for (const auto& [key, task] : next) {
    const auto before = tasks_.find(key);
    const bool same_attempt = before != tasks_.end() && before->second.attempt == task.attempt;
    if (same_attempt && before->second == task) continue;
    (same_attempt ? changes.changed : changes.begun).push_back(task);
    begin_task(task, batch);
  }
  tasks_ = std::move(next);
  note_tasks(batch);
}

void LiveSaga::remove_row(const std::string& act, ActRow& row, store::Batch& batch) {
  if (!row.stored) return;
  row.stored = false;
  batch.pending_removed.push_back({state.run, act, ""});
}

void LiveSaga::end_task(const std::string& key, store::Batch& batch) {
  const auto at = acts_.find("task:" + key);
  if (at == acts_.end()) return;
  remove_row(at->first, at->second, batch);
  acts_.erase(at);
}

void LiveSaga::begin_task(const core::TaskAct& task, store::Batch& batch) {
  const auto at = acts_.try_emplace("task:" + task.key).first;
  ActRow& row = at->second;
  if (row.attempt == task.attempt && row.dispatch == task.dispatch) return;
  remove_row(at->first, row, batch);  // it is of the attempt or dispatch before
  row = {task.attempt, task.dispatch, 0, 0};
}

void LiveSaga::note_tasks(store::Batch& batch) {
  if (has_tasks_row_ == !tasks_.empty() || planted("forget-pending-rows")) return;
  has_tasks_row_ = !tasks_.empty();
  auto& rows = has_tasks_row_ ? batch.pending : batch.pending_removed;
  rows.push_back({state.run, std::string(kTasksRow), ""});
}

void LiveSaga::diff_children(const std::vector<core::ChildAct>& now, store::Batch& batch, ActChanges& changes) {
  std::map<std::string, core::ChildAct> next;
  for (const auto& child : now) next.emplace(child.key, child);
  for (const auto& [key, child] : children_) {
    if (next.count(key) > 0) continue;
    acts_.erase("child:" + key);
    batch.pending_removed.push_back({state.run, "child:" + key, ""});
  }
  for (const auto& [key, child] : next) {
    const auto before = children_.find(key);
    if (before != children_.end() && before->second == child) continue;
    changes.children.push_back(child);
    if (before != children_.end()) continue;
    ActRow& row = acts_["child:" + key];
    row = {1, 1, 0, 0, true};
    batch.pending.push_back({state.run, "child:" + key, encode(row)});
  }
  children_ = std::move(next);
}

void LiveSaga::owe_event(const std::string& act, const core::Event& event, store::Batch& batch) {
  acts_[act] = {1, 1, event.seq, 0, true};
  batch.pending.push_back({state.run, act, encode(acts_[act])});
}

store::Batch LiveSaga::commit(const std::vector<core::Event>& events, ActChanges& changes) {
  store::Batch batch;
  if (events.empty()) return batch;
  append_events(events, batch);
  core::Outward owed = core::outward(state);
  diff_timers(std::move(owed.timers), batch);
  diff_awaits(std::move(owed.awaits), batch);
  diff_tasks(std::move(owed.tasks), batch, changes);
  diff_children(owed.children, batch, changes);
  for (const core::Event& event : events) {
    if (event.type == core::EventType::kEventEmitted) {
      owe_event("event:" + event.key, event, batch);
      changes.emitted.push_back(event);
    } else if (auto report = core::report_to_parent(state, event)) {
      owe_event("parent:" + report->key, event, batch);
      changes.reports.push_back(std::move(*report));
    }
  }
  store::SummaryChange change{summary(), status_};
  status_ = change.now.status;
  batch.summaries.push_back(std::move(change));
  return batch;
}

bool LiveSaga::acknowledged(const std::string& act, std::uint32_t attempt, std::uint32_t dispatch,
                            std::uint64_t stream_seq) {
  const auto at = acts_.find(act);
  if (at == acts_.end() || at->second.attempt != attempt || at->second.dispatch != dispatch) return false;
  at->second.stream_seq = stream_seq;
  return true;
}

std::optional<store::PendingRow> LiveSaga::note(const std::string& act) {
  const auto at = acts_.find(act);
  if (at == acts_.end() || at->second.stream_seq == 0) return std::nullopt;
  at->second.stored = true;
  return store::PendingRow{state.run, act, encode(at->second)};
}

std::optional<store::PendingRow> LiveSaga::published(const std::string& act) {
  if (acts_.erase(act) == 0) return std::nullopt;
  return store::PendingRow{state.run, act, ""};
}

store::Summary LiveSaga::summary() const {
  store::Summary summary;
  summary.run = state.run;
  summary.id = state.id;
  summary.workflow = state.workflow->full_name();
  summary.version = state.workflow->version;
  summary.definition_hash = state.workflow->hash;
  const core::SagaStatus status = core::status_of(state);
  summary.status = core::name_of(status);
  summary.final = core::is_final(status);
  summary.started_at = state.started_at;
  summary.ended_at = state.ended_at;
  summary.labels = state.labels;
  if (status != core::SagaStatus::kCompleted && status != core::SagaStatus::kRunning) summary.error = state.error;
  summary.input_hash = state.input_hash;
  summary.requested_version = state.requested_version;
  summary.output_seq = state.output_seq;
  for (const std::string& key : state.open_steps) summary.pending.push_back(pending_step(state.steps.at(key)));
  for (const auto& [key, frame] : state.frames) {
    if (frame.phase == core::FramePhase::kWaiting) summary.pending.push_back(pending_wait(frame));
    if (frame.phase == core::FramePhase::kListening) summary.pending.push_back(pending_listen(frame));
    if (frame.stuck_on.empty()) continue;
    const auto step = state.steps.find(key);
    store::PendingStep pending;
    if (step != state.steps.end()) pending = pending_step(step->second);
    pending.step = frame.task->reference;
    pending.last_error = frame.stuck_on;
    summary.pending.push_back(std::move(pending));
  }
  summary.compensation = count_undos(state);
  if (summary.final) summary.left_behind = core::left_behind(state);
  summary.events = state.seq;
  summary.head = head_;
  return summary;
}

}  // namespace skald::runtime
