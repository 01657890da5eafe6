#include "engine/runtime/shard_worker.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/fault_point.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/core/apply.h"
#include "engine/core/children.h"

namespace skald::runtime {
namespace {

constexpr std::size_t kMaxDrain = 256;  // jobs of one turn, one batch
constexpr Millis kNotesWait{1'000};     // how long notes wait for a commit to go with
// How long the note of an acknowledgement waits to become needless: the act has closed. It spares a restarted engine to
// look for it in the queue, no more.
constexpr Millis kNoteNeeded{200};

bool is_redispatch(const core::Command& command) { return std::holds_alternative<core::AttemptRedispatched>(command); }

// Whether a copy of the message may lie in the queue although the attempt is closed: not where its one worker answered.
bool may_lie_in_queue(const core::TaskAct& act, const core::Command& command) {
  const auto* result = std::get_if<core::TakeResult>(&command);
  const bool answered = result != nullptr && result->key == act.key && result->attempt == act.attempt;
  return !answered || act.dispatch > 1 || result->deliveries > 1;
}

}  // namespace

ShardWorker::ShardWorker(ShardContext& context, std::vector<ShardId> shards)
    : context_(context), shards_(std::move(shards)) {
  if (context_.drive == Drive::kThreads) thread_ = std::thread([this] { run(); });
}

void ShardWorker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  filled_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool ShardWorker::post(Job job) { return push(queue_, kMaxQueued, std::move(job)); }
bool ShardWorker::post_start(Job job) {
  if (!keep(starts_, kMaxStarts, std::move(job))) return false;
  if (!context_.journal.expect(1)) filled_.notify_one();
  return true;
}
void ShardWorker::post_always(Job job) { (void)push(queue_, queue_.max_size(), std::move(job)); }

bool ShardWorker::keep(std::deque<Job>& queue, std::size_t most, Job job) {
  const std::lock_guard lock(mutex_);
  if (queue.size() >= most || stopping_) return false;
  queue.push_back(std::move(job));
  return true;
}

bool ShardWorker::push(std::deque<Job>& queue, std::size_t most, Job job) {
  if (!keep(queue, most, std::move(job))) return false;
  filled_.notify_one();
  return true;
}

void ShardWorker::post_quietly(Job job) {
  const std::lock_guard lock(mutex_);
  if (!stopping_) quiet_.push_back(std::move(job));
}

void ShardWorker::enqueue(Job job) {
  const std::lock_guard lock(mutex_);
  if (!stopping_) queue_.push_back(std::move(job));
}

void ShardWorker::wait_for_jobs() {
  std::unique_lock lock(mutex_);
  while (queue_.empty() && starts_.empty() && !stopping_ && std::chrono::steady_clock::now() < next_timer_) {
    filled_.wait_until(lock, next_timer_);
  }
}

ShardWorker::Drained ShardWorker::take_jobs() {
  const std::lock_guard lock(mutex_);
  Drained drained;
  for (std::deque<Job>* queue : {&quiet_, &queue_, &starts_}) {
    while (!queue->empty() && drained.jobs.size() < kMaxDrain) {
      drained.jobs.push_back(std::move(queue->front()));
      queue->pop_front();
    }
    drained.all = drained.all && queue->empty();
  }
  return drained;
}

void ShardWorker::work(const std::deque<Job>& jobs) {
  for (const Job& job : jobs) job(*this);
  fire_timers();
  const std::uint64_t before = last_append_;
  flush();
  settle_touched();
  evict();
  if (last_append_ == before) return;
  // What waits for this worker is decided while the journal commits; a worker that has nothing to do commits itself.
  has_jobs() ? context_.journal.wake() : context_.journal.lead();
}

bool ShardWorker::has_jobs() {
  const std::lock_guard lock(mutex_);
  return !queue_.empty() || !starts_.empty();
}

bool ShardWorker::turn() {
  const std::uint64_t before = last_append_;
  const Drained drained = take_jobs();
  work(drained.jobs);
  return !drained.jobs.empty() || last_append_ != before;
}

void ShardWorker::work_once() {
  const Drained drained = take_jobs();
  work(drained.jobs);
  const auto next = std::chrono::steady_clock::now() + until_next_timer();
  const std::lock_guard lock(mutex_);
  const bool sooner = next < next_timer_;
  next_timer_ = next;
  // For what was queued meanwhile, who did that sees to it.
  if (sooner || !drained.all) filled_.notify_one();
}

void ShardWorker::work_here() {
  std::unique_lock working(working_, std::try_to_lock);
  if (!working || context_.drive != Drive::kThreads) return wake();
  work_once();
}

void ShardWorker::run() {
  while (true) {
    wait_for_jobs();
    const std::lock_guard working(working_);
    work_once();
    const std::lock_guard lock(mutex_);
    if (stopping_ && queue_.empty() && starts_.empty()) break;
  }
}

void ShardWorker::add_notes(Time now) {
  const auto is_due = [now](const Note& note) { return now - note.since >= kNoteNeeded || now < note.since; };
  for (; !notes_.empty() && is_due(notes_.front()); notes_.pop_front()) {
    const Note& note = notes_.front();
    const auto saga = sagas_.find(note.act.run);
    if (saga == sagas_.end()) continue;
    // One that has closed since then must not come back; one that was dispatched anew is noted again.
    auto row = saga->second->note("task:" + note.act.key);
    if (!row) continue;
    batch_.pending.push_back(std::move(*row));
    noted_.push_back({note.act.key, note.act.attempt, note.act.stream_seq});
  }
}

void ShardWorker::flush() {
  const Time now = context_.clock.now();
  const bool notes_are_old = (!removals_.empty() && now - noted_at_ >= kNotesWait) ||
                             (!notes_.empty() && now - notes_.front().since >= kNotesWait);
  if (batch_.empty() && after_.empty() && !notes_are_old) return;
  add_notes(now);
  std::move(removals_.begin(), removals_.end(), std::back_inserter(batch_.pending_removed));
  removals_.clear();
  noted_at_ = now;
  auto after = [&dispatcher = *context_.dispatcher, jobs = std::move(after_), noted = std::move(noted_)] {
    if (!noted.empty()) dispatcher.noted(noted);
    for (const auto& job : jobs) job();
  };
  last_append_ = context_.journal.append(std::move(batch_), std::move(begun_), std::move(after));
  batch_ = {};
  begun_.clear();
  after_.clear();
  noted_.clear();
  for (const RunId& run : touched_) {
    const auto at = sagas_.find(run);
    if (at != sagas_.end()) at->second->last_append = last_append_;
  }
  for (auto& [run, going] : going_) going.append = going.append == 0 ? last_append_ : going.append;
}

Result<LiveSaga*> ShardWorker::saga(const RunId& run) {
  const auto at = sagas_.find(run);
  if (at != sagas_.end()) return at->second.get();
  if (const auto going = going_.find(run); going != going_.end()) return fail(expired(going->second.removed));
  auto loaded = LiveSaga::load(context_.log, context_.catalog, run);
  if (!loaded) {
    if (loaded.error().kind == ErrorKind::kDamaged) context_.damaged(loaded.error());
    return fail(loaded.error());
  }
  LiveSaga* found = loaded->get();
  ids_.emplace(found->state.id, run);
  for (const auto& timer : found->timers()) timers_.insert({timer.due, run, timer.name});
  sagas_.emplace(run, std::move(*loaded));
  touched_.push_back(run);
  return found;
}

TaskOrder ShardWorker::order(const LiveSaga& saga, core::TaskAct act) const {
  return {std::move(act), saga.state.run, saga.state.id};
}

ChildOrder ShardWorker::order(const LiveSaga& saga, const core::ChildAct& act) const {
  return {act, saga.state.run, saga.state.depth};
}

void ShardWorker::perform_later(LiveSaga& saga, ActChanges changes, const core::Command& command) {
  Dispatcher& dispatcher = *context_.dispatcher;
  for (auto& act : changes.ended) {
    const bool withdraw = may_lie_in_queue(act, command);
    after_.push_back([&dispatcher, act = std::move(act), withdraw] { dispatcher.end(act, withdraw); });
  }
  for (auto& act : changes.begun) begun_.push_back(order(saga, std::move(act)));
  for (auto& act : changes.changed) {
    after_.push_back(
        [&dispatcher, task = order(saga, std::move(act))]() mutable { dispatcher.change(std::move(task)); });
  }
  Children& children = *context_.children;
  for (const auto& act : changes.children) {
    after_.push_back([&children, child = order(saga, act)] { children.perform(child); });
  }
  for (const auto& report : changes.reports) {
    if (planted("report-before-durable")) children.report(saga.state.run, RunId(saga.state.parent_run), report);
    after_.push_back([&children, run = saga.state.run, parent = RunId(saga.state.parent_run), report] {
      children.report(run, parent, report);
    });
  }
  for (const auto& event : changes.emitted) {
    after_.push_back(
        [&dispatcher, task = EventOrder{saga.state.run, "event:" + event.key, event.event}] { dispatcher.emit(task); });
  }
}

SagaChange ShardWorker::change_of(const LiveSaga& saga, const store::Summary& now) const {
  SagaChange change{now.events, now.status, nullptr};
  if (!now.final || !context_.watchers.watches(now.run)) return change;
  const Payload output = now.output_seq == 0 ? Payload() : saga.state.output;
  change.ended = std::make_shared<const SagaView>(SagaView{now, saga.state.input, output});
  return change;
}

void ShardWorker::decided(LiveSaga& saga, const std::vector<core::Event>& events, const core::Command& command) {
  ActChanges changes;
  store::Batch batch = saga.commit(events, changes);
  for (const auto& timer : batch.timers_removed) timers_.erase(timer);
  for (const auto& timer : batch.timers) timers_.insert(timer);
  SagaChange change = change_of(saga, batch.summaries.back().now);
  batch_.append(std::move(batch));
  saga.last_append = LiveSaga::kNotAppended;
  touched_.push_back(saga.state.run);
  const bool same_message = is_redispatch(command) && changes.changed.empty();
  if (same_message) {
    const auto& key = std::get<core::AttemptRedispatched>(command).key;
    for (const auto& act : core::outward(saga.state).tasks) {
      if (act.key == key) changes.changed.push_back(act);
    }
  }
  perform_later(saga, std::move(changes), command);
  after_.push_back([this, run = saga.state.run, change = std::move(change), done = Activity::Done(events)] {
    for (const core::EventType type : done.types) context_.metrics.count(type);
    context_.activity.note(run, done);
    context_.watchers.notify(run, change);
  });
}

void ShardWorker::command(const RunId& run, const core::Command& command,
                          const std::function<void(Result<store::Summary>)>& done) {
  const auto answer = [&](Result<store::Summary> result) {
    if (done) after_.push_back([done, result = std::move(result)]() mutable { done(std::move(result)); });
  };
  if (const Status decided = decide(run, command); !decided) return answer(fail(decided.error()));
  if (done) answer(sagas_.at(run)->summary());
}

Status ShardWorker::decide(const RunId& run, const core::Command& command) {
  SKALD_ASSIGN(LiveSaga* const live, saga(run));
  const core::Env env{context_.clock.now(), context_.random(), context_.jq, context_.limits};
  SKALD_ASSIGN(const auto events, core::decide(live->state, command, env));
  if (!events.empty()) decided(*live, events, command);
  return {};
}

void ShardWorker::take_result(const RunId& run, core::TakeResult result, const std::function<void(bool)>& durable) {
  const bool says_not_done = result.outcome == core::Outcome::kRejected || result.outcome == core::Outcome::kFailed;
  result.redelivered = says_not_done && context_.dispatcher->may_be_redelivered(result.key, result.attempt);
  const Status taken = decide(run, result);
  after_.push_back([durable, there = taken.has_value()] { durable(there); });
}

void ShardWorker::command(const SagaId& id, const core::Command& what,
                          const std::function<void(Result<store::Summary>)>& done) {
  if (const auto live = ids_.find(id); live != ids_.end()) return command(live->second, what, done);
  const auto stored = context_.log.find(id);
  if (stored && *stored) return command(**stored, what, done);
  if (!done) return;
  const Error error =
      stored ? make_error(ErrorKind::kNotFound, "unknown-saga", fmt::format("no saga has the id '{}'", id.str()))
             : stored.error();
  after_.push_back([done, error] { done(fail(error)); });
}

bool ShardWorker::knows(const SagaId& id) const {
  if (ids_.count(id) > 0) return true;
  const auto stored = context_.log.find(id);
  return stored && stored->has_value();
}

void ShardWorker::submit(const Submission& submission, const Catalog::WorkflowPtr& workflow, const SagaId& id,
                         const std::function<void(Result<Submitted>)>& done, std::optional<core::Parent> parent) {
  const auto known = ids_.find(id);
  if (known != ids_.end()) return answer_existing(known->second, submission, workflow, done);
  const auto stored = context_.log.find(id);
  if (!stored) {
    after_.push_back([done, error = stored.error()] { done(fail(error)); });
    return;
  }
  if (*stored) return answer_existing(**stored, submission, workflow, done);

  const Time now = context_.clock.now();
  const RunId run = make_run_id(now, shard_of(id, context_.log.shards()), context_.random());
  auto fresh = std::make_unique<LiveSaga>(workflow, context_.log.store_id(), run);
  core::Start start{run, id, submission.input, submission.version, submission.labels, std::move(parent)};
  const core::Env env{now, context_.random(), context_.jq, context_.limits};
  const auto events = core::decide(fresh->state, start, env);
  ids_.emplace(id, run);
  LiveSaga& live = *sagas_.emplace(run, std::move(fresh)).first->second;
  batch_.ids.emplace_back(id, run);
  decided(live, *events, start);
  Submitted begun{run, true, id, nullptr};
  if (!live.state.final) begun.begun = std::make_shared<const SagaView>(SagaView{live.summary(), submission.input, {}});
  after_.push_back([done, begun = std::move(begun)] { done(begun); });
}

void ShardWorker::answer_existing(const RunId& run, const Submission& submission, const Catalog::WorkflowPtr& workflow,
                                  const std::function<void(Result<Submitted>)>& done) {
  if (const auto going = going_.find(run); going != going_.end()) {
    after_.push_back([done, error = expired(going->second.removed)] { done(fail(error)); });
    return;
  }
  Result<store::Summary> summary = fail(ErrorKind::kNotFound, "unknown-saga", "");
  if (const auto at = sagas_.find(run); at != sagas_.end()) {
    summary = at->second->summary();
  } else if (auto stored = context_.log.summary(run); !stored) {
    summary = fail(stored.error());
  } else if (*stored) {
    summary = std::move(**stored);
  } else if (auto removed = context_.log.removed(run); !removed) {
    summary = fail(removed.error());
  } else if (*removed) {
    summary = fail(expired(**removed));
  }
  Result<Submitted> answer = Submitted{run, false, summary ? summary->id : SagaId(), nullptr};
  const std::string hash(bytes_of(sha256(submission.input.bytes())));
  if (!summary && summary.error().kind != ErrorKind::kNotFound) {
    answer = fail(summary.error());
  } else if (!summary) {
    answer = fail(ErrorKind::kDamaged, "damaged-index", "an id is known whose run is not in the store");
  } else if (summary->workflow != workflow->full_name() || summary->requested_version != submission.version ||
             summary->input_hash != hash) {
    answer = fail(
        ErrorKind::kConflict, "id-taken",
        fmt::format("saga '{}' exists with another workflow, version or input; choose another id", summary->id.str()));
  }
  if (planted("answer-before-earlier")) return done(answer);
  after_.push_back([done, answer] { done(answer); });
}

void ShardWorker::note_acknowledged(const Acknowledged& act) {
  const auto at = sagas_.find(act.run);
  if (at == sagas_.end()) return;
  if (!at->second->acknowledged("task:" + act.key, act.attempt, act.dispatch, act.stream_seq)) return;
  notes_.push_back({context_.clock.now(), act});
}

void ShardWorker::note_published(const EventOrder& order) {
  auto found = saga(order.run);
  if (!found) return;
  auto row = (*found)->published(order.act);
  if (!row) return;
  removals_.push_back(std::move(*row));
  (*found)->last_append = LiveSaga::kNotAppended;
  touched_.push_back(order.run);
}

void ShardWorker::note_meta(std::string key, std::string value) {
  batch_.meta.emplace_back(std::move(key), std::move(value));
}

void ShardWorker::after_durable(std::function<void()> job) { after_.push_back(std::move(job)); }

}  // namespace skald::runtime
