#pragma once

// A workflow run from its start to its end by the real core, in no time: a clock that jumps, and a worker that answers
// every task by a script.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/decide.h"

namespace skald::conformance {

struct Answer {
  core::Outcome outcome = core::Outcome::kCompleted;
  bool silent = false;  // it never comes
  Value body;           // output or error
  Millis after{0};      // how long the worker takes
};

// Called once for each attempt, and for each child saga, as a task of the type "namespace/name", or "undo
// namespace/name".
using Worker = std::function<Answer(const core::TaskAct& task)>;

// Answers by task type, one for each call; the last is given again. What is not in it is completed with {}.
using Script = std::map<std::string, std::vector<Answer>, std::less<>>;
Worker worker_of(Script script);

// A cancel, ordered when the first task of this type is in flight.
struct Order {
  std::string during;
};

struct Call {
  std::string task;
  Value input;
};

struct Trial {
  core::SagaStatus status = core::SagaStatus::kRunning;
  Value output;
  Value error;
  std::vector<std::string> left_behind;
  std::vector<Call> calls;  // every attempt, undos too, in order
  std::vector<core::Event> history;
  std::string order_refused;  // code of the error with which the order was refused
  Millis took{0};
};

// What is published while it runs: each event when a task listens and the one before has come.
using Events = std::vector<Value>;

// Runs until nothing is due any more: the saga has ended, is stuck, or waits for a worker that is silent.
// Error: "no-end" where that takes more than some thousand decisions; "fold-differs" where the history, encoded and
// decoded, folds to another state; "input-mismatch" where the input does not fit the workflow's schema, as the engine
// refuses it.
Result<Trial> run(const std::shared_ptr<const definition::Workflow>& workflow, const Value& input, const Worker& worker,
                  definition::JqRunner& jq, const std::optional<Order>& order = std::nullopt, Events events = {});

}  // namespace skald::conformance
