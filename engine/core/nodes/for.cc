// `for`: its tasks once for each item of a collection.
//
// entering --loop.started--> round 0 --last task left--> round 1 ... --no item left--> closing
// With `while`, each round begins with a decision: deciding --loop.round: run--> round
//                                                           --loop.round: end--> closing
//
// A round's output is the next one's input; the last one's is the loop's. `then: exit` inside it ends the loop.

#include <fmt/format.h>

#include "engine/core/frames.h"
#include "engine/core/nodes/all.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

constexpr std::size_t kMaxItems = 10'000;

struct ForBody final : definition::TaskBody {
  explicit ForBody(definition::Expression collection) : in(std::move(collection)) {}
  definition::Expression in;
  std::optional<definition::Expression> condition;  // `while`
  std::string each;
  std::string at;
  definition::TaskList tasks;
  std::vector<const definition::TaskList*> lists() const override { return {&tasks}; }
};

class For final : public NodeKind {
 public:
  std::string_view keyword() const override { return "for"; }
  std::vector<std::string_view> keys() const override { return {"while", "do"}; }
  bool composite() const override { return true; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    const definition::DocNode& loop = *reader.node().find("for");
    const auto* in = loop.is_mapping() ? loop.find("in") : nullptr;
    const auto* list = reader.node().find("do");
    if (in == nullptr) return reader.error(loop, "expected for: { each: item, in: ${ .items }, at: index }");
    if (list == nullptr) return reader.error(reader.node(), "a 'for' needs 'do': the tasks for each item");
    reader.only_keys(loop, {"each", "in", "at"}, "'for'");
    auto body = std::make_unique<ForBody>(reader.expression(*in, {}));
    const std::string_view each = reader.variable(loop, "each", "item");
    const std::string_view at = reader.variable(loop, "at", "index");
    if (each == at) reader.report(loop, "'each' and 'at' name the same variable");
    body->each = each;
    body->at = at;
    if (const auto* condition = reader.node().find("while"))
      body->condition = reader.expression(*condition, {each, at});
    body->tasks = reader.tasks(*list, "/do", {each, at});
    return body;
  }

  Status run(Turn& turn, const Frame& frame) const override {
    SKALD_ASSIGN(const auto scope, turn.scope(frame, frame.input, body_of(frame).in.reads()));
    SKALD_ASSIGN(Value items, body_of(frame).in.evaluate(scope, turn.env().jq));
    if (turn.is_unknown(items)) items = turn.env().chooser->items(*frame.task, items);
    if (!items.is_array()) {
      return fail(ErrorKind::kInvalid, "not-a-list", fmt::format("'for.in' gives {}, not a list", items.type_name()));
    }
    if (items.size() > kMaxItems) {
      return fail(ErrorKind::kTooLarge, "too-many-items",
                  fmt::format("'for.in' gives {} items; a loop takes at most {}", items.size(), kMaxItems));
    }
    Event event = about(turn.state(), frame, EventType::kLoopStarted);
    event.input = Payload(items);
    if (event.input.size() > turn.env().limits.payload_bytes) {
      return fail(ErrorKind::kTooLarge, "payload-too-large",
                  fmt::format("'for.in' gives {} bytes; a payload may have {}", event.input.size(),
                              turn.env().limits.payload_bytes));
    }
    turn.emit(std::move(event));
    return {};
  }

  Status go_on(Turn& turn, const Frame& frame) const override {
    const definition::Expression& condition = *body_of(frame).condition;
    SKALD_ASSIGN(const auto scope, turn.scope(frame, frame.output, condition.reads()));
    SKALD_ASSIGN(const Value holds, condition.evaluate(scope, turn.env().jq));
    Event event = about(turn.state(), frame, EventType::kLoopRound);
    event.round = frame.round;
    event.taken = turn.holds(frame, condition.text(), holds) ? "run" : "end";
    turn.emit(std::move(event));
    return {};
  }

  void fold(State& state, Frame& frame, const Event& event) const override {
    if (event.type == EventType::kLoopStarted) {
      for (const Value& item : event.input.value()) frame.parts.emplace_back(item);
      frame.output = frame.input;
      begin_round(frame, [&] { go_to(state, frame, 0); });
    } else if (event.taken == "run") {
      go_to(state, frame, 0);
    } else {
      finish_body(frame, frame.output);
    }
  }

  void child_left(State& state, Frame& frame, const Frame&, std::size_t next, const Payload& output) const override {
    frame.output = output;
    if (next < body_of(frame).tasks.size()) return go_to(state, frame, next);
    ++frame.round;
    begin_round(frame, [&] { go_to(state, frame, 0); });
  }

  void variables(const Frame& frame, std::vector<std::pair<std::string_view, Value>>& into) const override {
    if (frame.round >= frame.parts.size()) return;
    into.emplace_back(body_of(frame).each, frame.parts[frame.round].value());
    into.emplace_back(body_of(frame).at, frame.round);
  }

 private:
  static const ForBody& body_of(const Frame& frame) { return static_cast<const ForBody&>(*frame.task->body); }

  template <typename Begin>
  static void begin_round(Frame& frame, const Begin& begin) {
    if (frame.round >= frame.parts.size()) return finish_body(frame, frame.output);
    if (body_of(frame).condition) {
      frame.phase = FramePhase::kDeciding;
    } else {
      begin();
    }
  }

  static void go_to(State& state, Frame& frame, std::size_t index) {
    frame.phase = FramePhase::kRunning;
    frame.index = index;
    open_frame(state, *body_of(frame).tasks[index], frame.key, frame.scope, frame.output);
  }
};

}  // namespace

const NodeKind& for_kind() {
  static const For kind;
  return kind;
}

}  // namespace skald::core
