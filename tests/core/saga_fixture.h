#pragma once

// given/when/then over the core: a saga that is driven by hand. After every decision its history, encoded and decoded,
// is folded anew and must give the same state, byte for byte.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/apply.h"
#include "engine/core/decide.h"
#include "engine/core/kinds.h"
#include "engine/core/undos.h"
#include "engine/definition/kind.h"
#include "tests/core/no_jq.h"

namespace skald::core {

class Saga {
 public:
  // `tasks` is the YAML behind `do:`, indented by two; `head` is put before it at the top level.
  explicit Saga(const std::string& tasks, const std::string& head = "") {
    const std::string text =
        "document: { dsl: '1.0.3', namespace: test, name: saga, version: '1.0.0' }\n" + head + "do:\n" + tasks;
    auto parsed = definition::parse_workflow(text, "test.yaml", all_kinds(), jq_);
    if (!parsed) throw std::runtime_error(parsed.error().message);
    workflow_ = parsed->workflow;
    state_ = make_state(workflow_);
  }

  Saga& start(Value input = Value::object()) {
    Start command;
    command.run = make_run_id(now, 3, 42);
    command.id = SagaId("saga-1");
    command.input = Payload(input);
    return must(command);
  }

  // The attempt in flight of a step (or of the undo of a step: reference + "/compensate...") is answered.
  Saga& completes(const std::string& reference, Value output = Value::object()) {
    return answer(reference, Outcome::kCompleted, std::move(output));
  }
  Saga& rejected(const std::string& reference) {
    return answer(reference, Outcome::kRejected, {{"title", "no"}, {"type", "urn:test:no"}, {"status", 409}});
  }
  Saga& fails(const std::string& reference) { return answer(reference, Outcome::kFailed, {{"title", "not now"}}); }
  Saga& unknown(const std::string& reference) { return answer(reference, Outcome::kUnknown, {{"title", "lost"}}); }

  Saga& answer(const std::string& reference, Outcome outcome, Value body, std::uint32_t attempt = 0) {
    const Step* step = find(reference);
    if (step == nullptr) throw std::runtime_error("no step " + reference);
    TakeResult result;
    result.key = step->key;
    result.attempt = attempt != 0 ? attempt : step->attempt;
    result.outcome = outcome;
    (outcome == Outcome::kCompleted ? result.output : result.error) = Payload(body);
    result.worker = "w";
    return must(result);
  }
  // An answer to an attempt that no longer counts.
  Saga& late(const std::string& reference, Outcome outcome, std::uint32_t attempt = 1, Value body = Value::object()) {
    return answer(reference, outcome, std::move(body), attempt);
  }

  // Moves the clock to the next timer and fires it; the name must begin with `kind`.
  Saga& timer(const std::string& kind) {
    for (const Timer& timer : outward(state_).timers) {
      if (timer.name.rfind(kind, 0) != 0) continue;
      now = std::max(now, timer.due);
      return must(TimerDue{timer.name});
    }
    throw std::runtime_error("no timer " + kind);
  }
  Saga& fire(const std::string& name) { return must(TimerDue{name}); }

  Saga& cancels() { return must(Cancel{{"test", "me"}}); }
  Saga& suspends() { return must(Suspend{{"test", "me"}}); }
  Saga& resumes() { return must(Resume{{"test", "me"}}); }
  Saga& compensates() { return must(Compensate{{"test", "me"}}); }

  // An event that no command of this version makes here.
  Saga& folds(Event event) {
    event.seq = state_.seq + 1;
    event.at = now;
    apply(state_, event);
    history.push_back(std::move(event));
    check_fold();
    return *this;
  }

  Saga& must(const Command& command) {
    auto events = act(command);
    if (!events) throw std::runtime_error(events.error().code + ": " + events.error().message);
    return *this;
  }
  std::string refused(const Command& command) {
    const Value before = dump(state_);
    auto events = act(command);
    EXPECT_EQ(dump(state_), before);
    return events ? "accepted" : events.error().code;
  }

  Result<std::vector<Event>> act(const Command& command) {
    auto events = decide(state_, command, Env{now, seed_++, jq_, limits});
    if (events) {
      last = *events;
      history.insert(history.end(), events->begin(), events->end());
    }
    check_fold();
    return events;
  }

  std::string status() const { return std::string(name_of(status_of(state_))); }
  const State& state() const { return state_; }

  // The last step with this reference.
  const Step* find(const std::string& reference) const {
    const Step* found = nullptr;
    for (const auto& [key, step] : state_.steps) {
      if (step.task->reference == reference && (found == nullptr || is_pending(step) || !is_pending(*found))) {
        found = &step;
      }
    }
    return found;
  }

  // References of what is in flight, in order of their keys.
  std::vector<std::string> in_flight() const {
    std::vector<std::string> references;
    for (const TaskAct& task : outward(state_).tasks) references.push_back(task.step);
    return references;
  }

  // "type step" of the last decision's events.
  std::vector<std::string> happened() const {
    std::vector<std::string> lines;
    for (const Event& event : last) {
      lines.push_back(std::string(name_of(event.type)) + (event.step.empty() ? "" : " " + event.step));
    }
    return lines;
  }
  std::vector<std::string> all_of(EventType type) const {
    std::vector<std::string> steps;
    for (const Event& event : history) {
      if (event.type == type) steps.push_back(event.step);
    }
    return steps;
  }

  Time now{1'700'000'000'000};
  Limits limits{};
  std::vector<Event> last;
  std::vector<Event> history;

 private:
  void check_fold() const {
    State again = make_state(workflow_);
    std::uint64_t seq = 0;
    for (const Event& event : history) {
      ASSERT_EQ(event.seq, ++seq);
      const auto decoded = decode_event(encode(event));
      ASSERT_TRUE(decoded.has_value());
      ASSERT_EQ(*decoded, event) << to_json(to_value(event));
      apply(again, *decoded);
    }
    ASSERT_EQ(to_json(dump(again)), to_json(dump(state_)));
    check_undos();
  }

  // What is kept of undos beside the steps says what the steps say.
  void check_undos() const {
    std::map<std::uint64_t, std::string> undoing;
    std::uint32_t done = 0;
    std::uint32_t skipped = 0;
    std::uint32_t stuck = 0;
    for (const auto& [key, step] : state_.steps) {
      const UndoPhase phase = step.undo.phase;
      done += phase == UndoPhase::kDone || phase == UndoPhase::kResolved ? 1 : 0;
      skipped += phase == UndoPhase::kSkipped ? 1 : 0;
      const bool goes_on = state_.final != SagaStatus::kTerminated;
      stuck += goes_on && phase == UndoPhase::kStuck ? 1 : 0;
      const bool under_way = phase == UndoPhase::kDue || phase == UndoPhase::kRunning || phase == UndoPhase::kStuck;
      if (goes_on && under_way) undoing[step.close_order] = key;
    }
    ASSERT_EQ(undoing, state_.undoing);
    ASSERT_EQ(done, state_.undos_done);
    ASSERT_EQ(skipped, state_.undos_skipped);
    ASSERT_EQ(stuck, stuck_undos(state_));
  }

  NoJq jq_;
  std::shared_ptr<const definition::Workflow> workflow_;
  State state_;
  std::uint64_t seed_ = 1;
};

using testing::Test;
using Lines = std::vector<std::string>;

}  // namespace skald::core
