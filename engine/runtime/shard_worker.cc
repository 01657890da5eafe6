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

constexpr std::size_t kMaxDrain = 256;      // jobs of one turn, one batch
constexpr std::size_t kTimerPage = 10'000;  // read from the store at a time
constexpr Millis kTimerHorizon{60'000};     // how far ahead timers are kept in memory
constexpr Millis kNotesWait{1'000};         // how long acknowledgements wait for a commit to go with

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

bool ShardWorker::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= kMaxQueued || stopping_) return false;
    queue_.push_back(std::move(job));
  }
  filled_.notify_one();
  return true;
}

void ShardWorker::post_always(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    queue_.push_back(std::move(job));
  }
  filled_.notify_one();
}

void ShardWorker::post_quietly(Job job) {
  const std::lock_guard lock(mutex_);
  if (!stopping_) queue_.push_back(std::move(job));
}

void ShardWorker::wait_for_jobs() {
  std::unique_lock lock(mutex_);
  filled_.wait_for(lock, until_next_timer(), [&] { return !queue_.empty() || stopping_; });
}

std::deque<ShardWorker::Job> ShardWorker::take_jobs() {
  const std::lock_guard lock(mutex_);
  std::deque<Job> jobs;
  while (!queue_.empty() && jobs.size() < kMaxDrain) {
    jobs.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return jobs;
}

void ShardWorker::work(const std::deque<Job>& jobs) {
  for (const Job& job : jobs) job(*this);
  fire_timers();
  flush();
  evict();
}

bool ShardWorker::turn() {
  const std::uint64_t before = last_append_;
  std::deque<Job> jobs = take_jobs();
  const bool had_jobs = !jobs.empty();
  work(jobs);
  return had_jobs || last_append_ != before;
}

void ShardWorker::run() {
  while (true) {
    wait_for_jobs();
    std::deque<Job> jobs = take_jobs();
    if (jobs.empty()) {
      const std::lock_guard lock(mutex_);
      if (stopping_ && queue_.empty()) break;
    }
    work(jobs);
  }
}

Millis ShardWorker::until_next_timer() const {
  if (timers_.empty()) return kLongestSleep;
  return std::clamp(timers_.begin()->due - context_.clock.now(), Millis(0), kLongestSleep);
}

void ShardWorker::load_timers() {
  const Time until = context_.clock.now() + kTimerHorizon;
  for (const ShardId shard : shards_) {
    const auto rows = context_.log.timers(shard, until, kTimerPage);
    if (!rows) return context_.damaged(rows.error());
    // Those of live sagas are known here, and truer than the store's.
    for (const auto& row : *rows) {
      if (sagas_.count(row.run) == 0) timers_.insert(row);
    }
  }
  timers_loaded_until_ = until;
}

void ShardWorker::fire_timers() {
  if (!recovered_) return;
  const Time now = context_.clock.now();
  const bool clock_went_back = timers_loaded_until_ > now + kTimerHorizon;
  if (timers_loaded_until_ - now < kTimerHorizon / 2 || clock_went_back) load_timers();
  for (std::size_t fired = 0; fired < kMaxDrain && !timers_.empty() && timers_.begin()->due <= now; ++fired) {
    const store::TimerRow timer = *timers_.begin();
    timers_.erase(timers_.begin());
    command(timer.run, core::TimerDue{timer.timer}, {});
    // Where the clock was set back meanwhile, it is not due after all.
    const auto at = sagas_.find(timer.run);
    if (at == sagas_.end()) continue;
    const auto& left = at->second->timers();
    const bool stays = std::binary_search(left.begin(), left.end(), core::Timer{timer.timer, timer.due});
    if (stays && timer.due > context_.clock.now()) timers_.insert(timer);
  }
}

void ShardWorker::flush() {
  const Time now = context_.clock.now();
  const bool notes_are_old = !(notes_.empty() && removals_.empty()) && now - noted_at_ >= kNotesWait;
  if (batch_.empty() && after_.empty() && !notes_are_old) return;
  for (store::PendingRow& note : notes_) {
    // An act that has closed since then must not come back.
    const auto at = sagas_.find(note.run);
    const bool stands = at != sagas_.end() && at->second->acts().count(note.act) > 0 &&
                        encode(at->second->acts().at(note.act)) == note.bytes;
    if (stands) batch_.pending.push_back(std::move(note));
  }
  std::move(removals_.begin(), removals_.end(), std::back_inserter(batch_.pending_removed));
  notes_.clear();
  removals_.clear();
  noted_at_ = now;
  auto after = [jobs = std::move(after_)] {
    for (const auto& job : jobs) job();
  };
  last_append_ = context_.journal.append(std::move(batch_), std::move(after));
  batch_ = {};
  after_.clear();
  for (const RunId& run : touched_) {
    const auto at = sagas_.find(run);
    if (at == sagas_.end()) continue;
    at->second->last_append = last_append_;
    if (at->second->evictable()) ended_.push_back(run);
  }
  touched_.clear();
  for (auto& [run, going] : going_) going.append = going.append == 0 ? last_append_ : going.append;
}

void ShardWorker::evict() {
  std::erase_if(going_, [durable = context_.journal.durable()](const auto& entry) {
    return entry.second.append != 0 && entry.second.append <= durable;
  });
  while (!ended_.empty()) {
    const auto at = sagas_.find(ended_.front());
    if (at != sagas_.end() && at->second->evictable()) {
      if (at->second->last_append > context_.journal.durable()) break;
      ids_.erase(at->second->state.id);
      sagas_.erase(at);
    }
    ended_.pop_front();
  }
  live_count_ = sagas_.size();
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
  return {std::move(act), saga.state.run, saga.state.id, shard_of_run(saga.state.run).value_or(0)};
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
  for (auto& act : changes.begun) {
    after_.push_back(
        [&dispatcher, task = order(saga, std::move(act))]() mutable { dispatcher.dispatch(std::move(task)); });
  }
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

void ShardWorker::decided(LiveSaga& saga, const std::vector<core::Event>& events, const core::Command& command) {
  ActChanges changes;
  store::Batch batch = saga.commit(events, changes);
  for (const auto& timer : batch.timers_removed) timers_.erase(timer);
  for (const auto& timer : batch.timers) timers_.insert(timer);
  const std::string status = batch.summaries.empty() ? "" : batch.summaries.back().now.status;
  batch_.append(std::move(batch));
  touched_.push_back(saga.state.run);
  const bool same_message = is_redispatch(command) && changes.changed.empty();
  if (same_message) {
    const auto& key = std::get<core::AttemptRedispatched>(command).key;
    for (const auto& act : core::outward(saga.state).tasks) {
      if (act.key == key) changes.changed.push_back(act);
    }
  }
  perform_later(saga, std::move(changes), command);
  std::vector<core::EventType> types;
  types.reserve(events.size());
  for (const auto& event : events) types.push_back(event.type);
  after_.push_back([this, run = saga.state.run, seq = saga.state.seq, status, types = std::move(types)] {
    for (const core::EventType type : types) context_.metrics.count(type);
    context_.watchers.notify(run, seq, status);
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
  after_.push_back([done, run, id] { done(Submitted{run, true, id}); });
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
  Result<Submitted> answer = Submitted{run, false, summary ? summary->id : SagaId()};
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
  auto row = at->second->acknowledged("task:" + act.key, act.attempt, act.dispatch, act.stream_seq);
  if (row) notes_.push_back(std::move(*row));
}

void ShardWorker::note_published(const EventOrder& order) {
  auto found = saga(order.run);
  if (!found) return;
  auto row = (*found)->published(order.act);
  if (!row) return;
  removals_.push_back(std::move(*row));
  touched_.push_back(order.run);
}

void ShardWorker::note_meta(std::string key, std::string value) {
  batch_.meta.emplace_back(std::move(key), std::move(value));
}

bool ShardWorker::may_go(const LiveSaga& saga, Time ended_before) const {
  const auto& ended_at = saga.state.ended_at;
  if (!saga.evictable() || !saga.timers().empty() || !ended_at || *ended_at >= ended_before) return false;
  return all_above_ended(saga.state.parent_run, ended_before);
}

// Any of them may yet have to be undone, and with it all that is below it, whether that has ended or not. One that
// ended only now may have given an order that is not durable yet where it goes.
bool ShardWorker::all_above_ended(const std::string& parent_run, Time ended_before) const {
  if (planted("remove-below-open")) return true;
  for (std::string above = parent_run; !above.empty();) {
    const auto saga = context_.log.summary(RunId(above));
    if (!saga) return false;
    if (!*saga) return true;  // removed: all above it had ended by then
    const bool undoing = (*saga)->compensation.pending > 0 || (*saga)->compensation.stuck > 0;
    if (!(*saga)->ended_at || *(*saga)->ended_at >= ended_before || undoing) return false;
    const auto first = context_.log.events(RunId(above), 1, 1);
    if (!first || first->empty()) return false;
    const auto started = core::decode_event(first->front().bytes);
    if (!started) return false;
    above = started->parent_run;
  }
  return true;
}

void ShardWorker::remove(const RunId& run, Millis keep, std::function<void(bool removed)> done) {
  const auto answer = [&](bool removed) { after_.push_back([done, removed] { done(removed); }); };
  if (going_.count(run) > 0) return answer(false);
  const auto live = sagas_.find(run);
  std::unique_ptr<LiveSaga> loaded;
  if (live == sagas_.end()) {
    auto stored = LiveSaga::load(context_.log, context_.catalog, run);
    if (!stored) {
      // What is damaged is left for whoever looks into it; the others go on.
      logger("retention")->error("saga stays run={} error=\"{}\"", run.str(), stored.error().message);
      return answer(false);
    }
    loaded = std::move(*stored);
  }
  const LiveSaga& saga = loaded ? *loaded : *live->second;
  // By one look at the clock: it may have been set back since the saga was looked for.
  const Time now = context_.clock.now();
  if (!may_go(saga, now - keep)) return answer(false);
  store::Removal removal{saga.summary(), now};
  going_[run] = {store::what_stays(removal), 0};
  batch_.removals.push_back(std::move(removal));
  if (live != sagas_.end()) {
    ids_.erase(live->second->state.id);
    sagas_.erase(live);
  }
  answer(true);
}

void ShardWorker::after_durable(std::function<void()> job) { after_.push_back(std::move(job)); }

Status ShardWorker::recover() {
  for (const ShardId shard : shards_) {
    SKALD_ASSIGN(const auto rows, context_.log.pending(shard));
    std::set<RunId> runs;
    for (const auto& row : rows) runs.insert(row.run);
    for (const RunId& run : runs) recover_run(run);
    if (!runs.empty()) SKALD_CRASH_POINT("recovery.of-a-shard");
  }
  load_timers();
  recovered_ = true;
  return {};
}

void ShardWorker::recover_run(const RunId& run) {
  auto found = saga(run);
  if (!found) return context_.damaged(found.error());
  LiveSaga& live = **found;
  const auto rows = live.acts();
  for (const auto& act : core::outward(live.state).tasks) {
    const auto row = rows.find("task:" + act.key);
    const bool acknowledged = row != rows.end() && row->second.stream_seq != 0;
    if (acknowledged && !context_.new_incarnation) {
      context_.dispatcher->adopt(order(live, act), row->second.stream_seq);
      continue;
    }
    // Whether it was published before the crash nobody knows: again, under the same message id. In a new incarnation it
    // may have been published and done, and more than once: another dispatch.
    context_.dispatcher->expect(order(live, act));
    command(run, core::AttemptRedispatched{act.key, act.attempt, !context_.new_incarnation}, {});
  }
  for (const auto& child : core::outward(live.state).children) context_.children->perform(order(live, child));
  for (const auto& [act, row] : rows) {
    if (row.event_seq != 0) recover_event(live, act, row);
  }
}

void ShardWorker::recover_event(LiveSaga& saga, const std::string& act, const ActRow& row) {
  const auto stored = context_.log.events(saga.state.run, row.event_seq, 1);
  if (!stored) return context_.damaged(stored.error());
  if (stored->empty()) {
    return context_.damaged(make_error(
        ErrorKind::kDamaged, "damaged-history",
        fmt::format("event {} of run {} is owed to the outside and missing", row.event_seq, saga.state.run.str())));
  }
  const auto event = core::decode_event(stored->front().bytes);
  if (!event) return context_.damaged(event.error());
  if (act.rfind("parent:", 0) != 0) return context_.dispatcher->emit({saga.state.run, act, event->event});
  const auto report = core::report_to_parent(saga.state, *event);
  if (report) context_.children->report(saga.state.run, RunId(saga.state.parent_run), *report);
}

}  // namespace skald::runtime
