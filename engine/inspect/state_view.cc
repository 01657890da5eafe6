#include "engine/inspect/state_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/apply.h"
#include "engine/core/kinds.h"
#include "engine/core/undos.h"
#include "engine/inspect/diff.h"
#include "engine/inspect/fold.h"

namespace skald::inspect {
namespace {

std::string task_of(const definition::Task& task) {
  const core::NodeKind& kind = core::kind_of(task);
  if (const core::ChildWorkflow* child = kind.child(task)) return child->workflow;
  return kind.task_type(task);
}

// The key of the step that is undone under this scope.
std::string undone_by(const std::string& scope) { return scope.substr(0, scope.rfind(":undo:")); }

Value step_json(const core::Step& step) {
  Value value{{"step", step.task->reference},
              {"visit", step.visit},
              {"key", step.key},
              {"task", task_of(*step.task)},
              {"phase", name_of(step.phase)},
              {"outcome", step.end == core::StepEnd::kNone ? Value(nullptr) : Value(name_of(step.end))},
              {"attempt", step.attempt},
              {"input", step.input.value()},
              {"output", step.output.value()},
              {"error", step.error.value()},
              {"may_have_effect", step.may_have_effect},
              {"undo", name_of(step.undo.phase)},
              {"undo_generation", step.undo.generation}};
  if (!step.scope.empty()) value["undoes"] = undone_by(step.scope);
  if (step.phase == core::StepPhase::kWaiting) value["due"] = format_time(step.due);
  if (step.cancelling) value["cancelling"] = true;
  return value;
}

// What a listening task waits for, by filter; of `all` some may have come already.
Value awaits_json(const core::Frame& frame) {
  Value awaits = frame.awaits.value();
  for (std::size_t i = 0; i < awaits.size(); ++i) {
    if (!frame.parts.at(i).empty()) awaits[i]["came"] = true;
  }
  return awaits;
}

std::size_t depth_of(const core::State& state, const core::Frame& frame) {
  std::size_t depth = 0;
  for (const core::Frame* at = &frame; !at->parent.empty(); at = &state.frames.at(at->parent)) ++depth;
  return depth;
}

// The forward ones first, each after those around it.
Value open_json(const core::State& state) {
  std::vector<std::pair<std::size_t, const core::Frame*>> frames;
  for (const auto& [key, frame] : state.frames) frames.emplace_back(depth_of(state, frame), &frame);
  std::stable_sort(frames.begin(), frames.end(), [](const auto& a, const auto& b) {
    if (a.second->scope.empty() != b.second->scope.empty()) return a.second->scope.empty();
    if (a.first != b.first) return a.first < b.first;
    return a.second->entered_at < b.second->entered_at;
  });
  Value open = Value::array();
  for (const auto& [depth, frame] : frames) {
    Value value{{"step", frame->task->reference},
                {"visit", frame->visit},
                {"phase", name_of(frame->phase)},
                {"since", format_time(frame->entered_at)}};
    if (!frame->scope.empty()) value["undoes"] = undone_by(frame->scope);
    if (frame->phase == core::FramePhase::kWaiting) value["due"] = format_time(frame->due);
    if (frame->phase == core::FramePhase::kListening) value["awaits"] = awaits_json(*frame);
    if (!frame->parts.empty() && frame->task->kind->keyword() == "for") value["round"] = frame->round + 1;
    if (!frame->stuck_on.empty()) value["stuck_on"] = frame->stuck_on.value();
    open.push_back(std::move(value));
  }
  return open;
}

// Folds a history up to an event, and shows what it then is.
class Fold {
 public:
  explicit Fold(std::shared_ptr<const definition::Workflow> workflow) : state_(core::make_state(std::move(workflow))) {}

  Status take(const store::StoredEvent& stored) {
    SKALD_ASSIGN(core::Event event, core::decode_event(stored.bytes));
    core::apply(state_, event);
    order_.note(state_, event);
    last_ = std::move(event);
    hash_ = to_hex(bytes_of(stored.hash));
    return {};
  }

  const core::State& state() const { return state_; }
  Value json() const { return state_json(state_, order_); }
  Value last_event() const {
    Value event = core::to_value(last_);
    event["hash"] = hash_;
    return event;
  }

 private:
  core::State state_;
  StepOrder order_;
  core::Event last_;
  std::string hash_;
};

Result<Fold> fold_of(const runtime::SagaReader& reader, const runtime::SagaView& view) {
  SKALD_ASSIGN(auto workflow, reader.workflow(view.summary.workflow, view.summary.version));
  return Fold(std::move(workflow));
}

Status must_have(const Fold& fold, std::uint64_t seq) {
  if (seq > 0 && seq <= fold.state().seq) return {};
  return fail(ErrorKind::kInvalid, "no-such-event",
              fmt::format("saga {} has no event {}; its last is {}", fold.state().id.str(), seq, fold.state().seq));
}

// Says which step a change is about: its place in the list says nothing to a person.
void name_step(Value& change, const Value& was, const Value& now) {
  const Value::json_pointer path(change["path"].get<std::string>());
  Value::json_pointer step = path;
  while (!step.empty() && !step.parent_pointer().parent_pointer().empty()) step = step.parent_pointer();
  if (step.empty() || step.parent_pointer() != Value::json_pointer("/steps")) return;
  const Value& side = now.contains(step) ? now : was;
  change["step"] = side[step]["step"];
  change["visit"] = side[step]["visit"];
}

}  // namespace

void StepOrder::add(const std::string& key) {
  if (known_.insert(key).second) keys_.push_back(key);
}

void StepOrder::note(const core::State& state, const core::Event& event) {
  if (state.steps.count(event.key) > 0) add(event.key);
  if (state.steps.size() == keys_.size()) return;
  for (const auto& [key, step] : state.steps) add(key);  // composites that have come to stand for what is in them
}

Value state_json(const core::State& state, const StepOrder& order) {
  Value steps = Value::array();
  for (const std::string& key : order.keys()) steps.push_back(step_json(state.steps.at(key)));
  Value value{{"status", name_of(core::status_of(state))},
              {"pivot_done", state.pivot_done},
              {"context", state.context.value()},
              {"input", state.input.value()},
              {"output", state.output.value()},
              {"error", state.error.value()},
              {"steps", std::move(steps)},
              {"open", open_json(state)}};
  if (state.cause != core::Cause::kNone) value["cause"] = name_of(state.cause);
  for (const auto& [seq, event] : state.mail) value["mail"].push_back({{"seq", seq}, {"event", event.value()}});
  return value;
}

Result<Value> state_view(const runtime::SagaReader& reader, const RunId& run, std::optional<std::uint64_t> at) {
  SKALD_ASSIGN(const runtime::SagaView view, reader.show(run));
  SKALD_ASSIGN(Fold fold, fold_of(reader, view));
  SKALD_TRY(each_event(reader, run, 1, at.value_or(0),
                       [&fold](const store::StoredEvent& stored) { return fold.take(stored); }));
  SKALD_TRY(all_read(reader, view, fold.state().seq, at.value_or(0)));
  if (at) SKALD_TRY(must_have(fold, *at));
  Value value = fold.json();
  value["id"] = fold.state().id.str();
  value["run"] = run.str();
  value["seq"] = fold.state().seq;
  // It may have gone on since the summary was read.
  value["of"] = std::max(view.summary.events, fold.state().seq);
  value["at"] = format_time(fold.state().last_event_at);
  value["event"] = fold.last_event();
  return value;
}

Result<Value> state_changes(const runtime::SagaReader& reader, const RunId& run, std::uint64_t from,
                            std::optional<std::uint64_t> until) {
  SKALD_ASSIGN(const runtime::SagaView view, reader.show(run));
  SKALD_ASSIGN(Fold fold, fold_of(reader, view));
  const std::uint64_t to = until.value_or(view.summary.events);
  const std::uint64_t first = std::min(from, to);
  const std::uint64_t last = std::max(from, to);
  const auto take = [&fold](const store::StoredEvent& stored) { return fold.take(stored); };
  SKALD_TRY(each_event(reader, run, 1, first, take));
  SKALD_TRY(all_read(reader, view, fold.state().seq, first));
  SKALD_TRY(must_have(fold, first));
  const Value earlier = fold.json();
  if (last > first) SKALD_TRY(each_event(reader, run, first + 1, last, take));
  SKALD_TRY(all_read(reader, view, fold.state().seq, last));
  SKALD_TRY(must_have(fold, last));
  const Value later = fold.json();
  const Value& was = from <= to ? earlier : later;
  const Value& now = from <= to ? later : earlier;
  Value found = changes(was, now);
  for (Value& change : found) name_step(change, was, now);
  return Value{{"id", fold.state().id.str()}, {"run", run.str()}, {"from", from}, {"to", to}, {"changes", found}};
}

}  // namespace skald::inspect
