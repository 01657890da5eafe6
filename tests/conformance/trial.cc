#include "tests/conformance/trial.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/apply.h"

namespace skald::conformance {
namespace {

constexpr int kMostDecisions = 5'000;

class Stage {
 public:
  Stage(const std::shared_ptr<const definition::Workflow>& workflow, const Worker& worker, definition::JqRunner& jq,
        const std::optional<Order>& order, Events events)
      : workflow_(workflow),
        worker_(worker),
        jq_(jq),
        order_(order),
        events_(std::move(events)),
        state_(core::make_state(workflow)) {}

  Result<Trial> play(const Value& input) {
    core::Start start;
    start.run = make_run_id(now_, 3, 42);
    start.id = SagaId("trial-1");
    start.input = Payload(input);
    SKALD_TRY(act(start));
    for (int decisions = 0; decisions < kMostDecisions; ++decisions) {
      SKALD_TRY(begin_attempts());
      SKALD_ASSIGN(const bool heard, publish_next());
      if (heard) continue;
      const auto next = next_due();
      if (!next) return result();
      now_ = std::max(now_, next->due);
      SKALD_TRY(act(next->command));
    }
    return fail(ErrorKind::kInternal, "no-end", fmt::format("still going on after {} decisions", kMostDecisions));
  }

 private:
  struct Attempt {
    std::string key;
    std::uint32_t attempt = 0;
    std::optional<Time> due;  // none: nobody will ever answer
    core::Command command;
  };
  struct Due {
    Time due;
    core::Command command;
  };

  Status act(const core::Command& command) {
    SKALD_ASSIGN(const auto events, core::decide(state_, command, core::Env{now_, ++seed_, jq_, {}}));
    trial_.history.insert(trial_.history.end(), events.begin(), events.end());
    return {};
  }

  // Children that are not awaited have the answer that they are given when they have started.
  static core::TaskAct task_of(const core::ChildAct& child) {
    core::TaskAct task;
    task.key = child.key;
    task.attempt = 1;
    task.task = (child.take_back() ? "undo " : "") + child.workflow;
    task.input = child.awaited ? child.input : child.passed_on;
    return task;
  }

  std::vector<core::TaskAct> owed_tasks() const {
    auto owed = core::outward(state_);
    for (const core::ChildAct& child : owed.children) owed.tasks.push_back(task_of(child));
    return std::move(owed.tasks);
  }

  Status begin_attempts() {
    const auto owed = owed_tasks();
    const auto is = [](const auto& task) {
      return [&task](const auto& other) { return other.key == task.key && other.attempt == task.attempt; };
    };
    attempts_.erase(
        std::remove_if(attempts_.begin(), attempts_.end(),
                       [&](const Attempt& attempt) { return std::none_of(owed.begin(), owed.end(), is(attempt)); }),
        attempts_.end());
    for (const core::TaskAct& task : owed) {
      if (std::any_of(attempts_.begin(), attempts_.end(), is(task))) continue;
      attempts_.push_back(attempt_at(task));
      trial_.calls.push_back({task.task, task.input.value()});
      if (!order_ || order_->during != task.task) continue;
      order_.reset();
      if (const Status done = act(core::Cancel{{"a trial", "somebody"}}); !done) {
        trial_.order_refused = done.error().code;
      }
    }
    return {};
  }

  Result<bool> publish_next() {
    if (published_ == events_.size() || core::outward(state_).awaits.empty()) return false;
    Value event = events_[published_++];
    event["specversion"] = "1.0";
    event["id"] = std::to_string(published_);
    if (!event.contains("source")) event["source"] = "urn:trial";
    SKALD_TRY(act(core::TakeEvent{Payload(event), false, {}}));
    return true;
  }

  Attempt attempt_at(const core::TaskAct& task) {
    const Answer answer = worker_(task);
    Attempt attempt{task.key, task.attempt, std::nullopt, core::AttemptOverdue{task.key, task.attempt}};
    const bool late = task.timeout && answer.after >= *task.timeout;
    if (answer.silent || late) {
      if (task.timeout) attempt.due = now_ + *task.timeout;
      return attempt;
    }
    core::TakeResult result;
    result.key = task.key;
    result.attempt = task.attempt;
    result.outcome = answer.outcome;
    (answer.outcome == core::Outcome::kCompleted ? result.output : result.error) = Payload(answer.body);
    attempt.due = now_ + answer.after;
    attempt.command = result;
    return attempt;
  }

  // Answers come before timers that are due at the same time.
  std::optional<Due> next_due() const {
    std::optional<Due> next;
    const auto offer = [&](Time due, core::Command command) {
      if (!next || due < next->due) next = Due{due, std::move(command)};
    };
    for (const Attempt& attempt : attempts_) {
      if (attempt.due) offer(*attempt.due, attempt.command);
    }
    for (const core::Timer& timer : core::outward(state_).timers) offer(timer.due, core::TimerDue{timer.name});
    return next;
  }

  Result<Trial> result() {
    core::State again = core::make_state(workflow_);
    for (const core::Event& event : trial_.history) {
      SKALD_ASSIGN(const core::Event decoded, core::decode_event(core::encode(event)));
      core::apply(again, decoded);
    }
    if (core::dump(again) != core::dump(state_)) {
      return fail(ErrorKind::kInternal, "fold-differs", "the history folds to another state");
    }
    trial_.status = core::status_of(state_);
    trial_.output = state_.output.value();
    trial_.error = state_.error.value();
    if (state_.final && trial_.status != core::SagaStatus::kCompleted) trial_.left_behind = core::left_behind(state_);
    trial_.took = state_.last_event_at - state_.started_at;
    return std::move(trial_);
  }

  const std::shared_ptr<const definition::Workflow>& workflow_;
  const Worker& worker_;
  definition::JqRunner& jq_;
  std::optional<Order> order_;
  const Events events_;
  std::size_t published_ = 0;
  core::State state_;
  Time now_{1'700'000'000'000};
  std::uint64_t seed_ = 0;
  std::vector<Attempt> attempts_;
  Trial trial_;
};

}  // namespace

Worker worker_of(Script script) {
  auto calls = std::make_shared<std::map<std::string, std::size_t>>();  // shared: a std::function is copied
  return [script = std::move(script), calls](const core::TaskAct& task) {
    const auto answers = script.find(task.task);
    if (answers == script.end() || answers->second.empty()) return Answer{.body = Value::object()};
    const std::size_t call = (*calls)[task.task]++;
    return answers->second[std::min(call, answers->second.size() - 1)];
  };
}

Result<Trial> run(const std::shared_ptr<const definition::Workflow>& workflow, const Value& input, const Worker& worker,
                  definition::JqRunner& jq, const std::optional<Order>& order, Events events) {
  if (const auto& schema = workflow->root->input_schema) {
    const Status fits = schema->validate(input);
    if (!fits) return fail(ErrorKind::kInvalid, "input-mismatch", fits.error().message);
  }
  return Stage(workflow, worker, jq, order, std::move(events)).play(input);
}

}  // namespace skald::conformance
