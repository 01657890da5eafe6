// `try`: tasks whose errors are caught.
//
// running --error.caught--> unwinding --retry--> waiting --timer.fired--> running, from its first task
//                                     --do-----> running the handler --last task left--> closing
//                                     --continue--> closing
//
// What the catch does is decided, and logged, with the catching. An error that a policy has no more tries for, and that
// nothing handles, is not caught. Errors inside the handler go further out.

#include "engine/core/error_filter.h"
#include "engine/core/frames.h"
#include "engine/core/nodes/all.h"
#include "engine/core/turn.h"
#include "engine/definition/unknown.h"

namespace skald::core {
namespace {

struct TryBody final : definition::TaskBody {
  definition::TaskList tasks;
  ErrorFilter filter;
  std::string as;
  std::optional<definition::Expression> when;
  std::optional<definition::Expression> except_when;
  std::optional<definition::RetryPolicy> retry;
  bool compensate = false;
  definition::TaskList handler;
  std::vector<const definition::TaskList*> lists() const override {
    if (handler.empty()) return {&tasks};
    return {&tasks, &handler};
  }
};

class Try final : public NodeKind {
 public:
  std::string_view keyword() const override { return "try"; }
  std::vector<std::string_view> keys() const override { return {"catch"}; }
  bool composite() const override { return true; }
  bool structural() const override { return true; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    const definition::DocNode& node = reader.node();
    if (reader.inside_undo()) {
      return reader.error(*node.find("try"), "no 'try' inside an undo: it is retried until it works");
    }
    const auto* clause = node.find("catch");
    if (clause == nullptr || !(clause->is_mapping() || clause->type == definition::DocNode::Type::kNull)) {
      return reader.error(clause != nullptr ? *clause : node, "a 'try' needs catch: { errors, as, when, retry, do }");
    }
    auto body = std::make_unique<TryBody>();
    body->tasks = reader.tasks(*node.find("try"), "/try");
    read_catch(reader, *clause, *body);
    // The spelling that other tools of the standard accept.
    const auto* metadata = node.find("metadata");
    const auto* spelled = metadata != nullptr ? metadata->find("catch") : nullptr;
    if (spelled != nullptr) read_compensate(reader, *spelled, *body);
    return body;
  }

  void open(State& state, Frame& frame) const override { go_to(state, frame, 0, frame.input); }

  void child_left(State& state, Frame& frame, const Frame&, std::size_t next, const Payload& output) const override {
    go_to(state, frame, next, output);
  }

  Result<bool> catches(Turn& turn, const Frame& frame, const Payload& error) const override {
    const TryBody& body = body_of(frame);
    if (frame.handling) return false;
    const Value what = error.value();
    definition::Reads reads;
    for (const auto* condition : {&body.when, &body.except_when}) {
      if (*condition) reads.add((*condition)->reads());
    }
    SKALD_ASSIGN(auto scope, turn.scope(frame, frame.input, reads));
    scope.set(body.as, what);
    if (!is_about(turn, frame, what)) return false;
    SKALD_ASSIGN(const bool wanted, holds(turn, frame, body.when, scope, true));
    SKALD_ASSIGN(const bool excepted, holds(turn, frame, body.except_when, scope, false));
    if (!wanted || excepted) return false;
    Event event = about(turn.state(), frame, EventType::kErrorCaught);
    event.error = error;
    event.round = frame.round;
    if (!choose(turn, frame, error, event)) return false;
    turn.emit(std::move(event));
    return true;
  }

  void fold(State& state, Frame& frame, const Event& event) const override {
    frame.caught = event.error;
    frame.chosen = event.taken;
    if (event.due) frame.due = *event.due;
    unwind(state, frame, body_of(frame).compensate, "");
  }

  void unwound(State& state, Frame& frame) const override {
    const std::string chosen = std::exchange(frame.chosen, "");
    if (chosen == "retry") {
      frame.phase = FramePhase::kWaiting;
    } else if (chosen == "do") {
      frame.handling = true;
      go_to(state, frame, 0, frame.input);
    } else {
      finish_body(frame, frame.input);
    }
  }

  void due(State& state, Frame& frame) const override {
    ++frame.round;
    frame.caught = {};
    go_to(state, frame, 0, frame.input);
  }

  const definition::RetryPolicy* repeats(const definition::Task& task) const override {
    const auto& policy = static_cast<const TryBody&>(*task.body).retry;
    return policy ? &*policy : nullptr;
  }

  void variables(const Frame& frame, std::vector<std::pair<std::string_view, Value>>& into) const override {
    if (frame.handling) into.emplace_back(body_of(frame).as, frame.caught.value());
  }

 private:
  static const TryBody& body_of(const Frame& frame) { return static_cast<const TryBody&>(*frame.task->body); }

  static void read_compensate(definition::TaskReader& reader, const definition::DocNode& clause, TryBody& body) {
    const auto* compensate = clause.find("compensate");
    if (compensate == nullptr) return;
    if (compensate->type != definition::DocNode::Type::kScalar || !compensate->scalar.is_boolean()) {
      return reader.report(*compensate, "'compensate' of a catch is true or false");
    }
    body.compensate = compensate->scalar.get<bool>();
  }

  static void read_catch(definition::TaskReader& reader, const definition::DocNode& clause, TryBody& body) {
    reader.only_keys(clause, {"errors", "as", "when", "exceptWhen", "retry", "do", "compensate"}, "'catch'");
    if (const auto* errors = clause.find("errors")) body.filter = read_filter(reader, *errors);
    const std::string_view as = reader.variable(clause, "as", "error");
    body.as = as;
    if (const auto* when = clause.find("when")) body.when = reader.expression(*when, {as});
    if (const auto* except = clause.find("exceptWhen")) body.except_when = reader.expression(*except, {as});
    if (const auto* retry = clause.find("retry")) body.retry = reader.retry(*retry, {as});
    read_compensate(reader, clause, body);
    if (const auto* handler = clause.find("do")) body.handler = reader.tasks(*handler, "/catch/do", {as});
  }

  static bool is_about(Turn& turn, const Frame& frame, const Value& error) {
    const ErrorFilter& filter = body_of(frame).filter;
    if (filter.matches(error)) return true;
    if (turn.env().chooser == nullptr || !filter.may_match(error)) return false;
    return turn.holds(frame, "errors.with", definition::unknown_of(frame.task->reference, error));
  }

  static Result<bool> holds(Turn& turn, const Frame& frame, const std::optional<definition::Expression>& condition,
                            const definition::Scope& scope, bool otherwise) {
    if (!condition) return otherwise;
    SKALD_ASSIGN(const Value value, condition->evaluate(scope, turn.env().jq));
    return turn.holds(frame, condition->text(), value);
  }

  // False: there is nothing that the catch can do about it.
  static bool choose(Turn& turn, const Frame& frame, const Payload& error, Event& event) {
    const TryBody& body = body_of(frame);
    if (body.retry && may_repeat(turn, frame, error)) {
      const Millis wait = body.retry->wait_before(frame.round + 2, turn.draw());
      event.taken = "retry";
      event.delay_ms = wait.count();
      event.due = turn.env().now + wait;
    } else if (!body.handler.empty()) {
      event.taken = "do";
    } else if (!body.retry) {
      event.taken = "continue";
    } else {
      return false;
    }
    return true;
  }

  static bool may_repeat(Turn& turn, const Frame& frame, const Payload& error) {
    const auto& policy = *body_of(frame).retry;
    if (policy.max_attempts && frame.round + 1 >= *policy.max_attempts) return false;
    if (policy.max_duration && turn.env().now >= frame.entered_at + *policy.max_duration) return false;
    return retry_allowed(turn, policy, frame, error);
  }

  static void go_to(State& state, Frame& frame, std::size_t index, const Payload& input) {
    const auto& tasks = frame.handling ? body_of(frame).handler : body_of(frame).tasks;
    if (index >= tasks.size()) return finish_body(frame, input);
    frame.phase = FramePhase::kRunning;
    frame.index = index;
    open_frame(state, *tasks[index], frame.key, frame.scope, input);
  }
};

}  // namespace

const NodeKind& try_kind() {
  static const Try kind;
  return kind;
}

}  // namespace skald::core
