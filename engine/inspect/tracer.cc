// What the fold opens and leaves: each frame of the state is a span while it is open.
//
// How a frame ended is not in the events. A step says it itself. Of the others it is told from what closed with the
// same event: a composite that is left because of its last child closes with one that completed; where an error takes
// the frames away, the one that it stood at closes as failed, and with it all around it up to the try that caught it.

#include "engine/inspect/tracer.h"

#include <algorithm>

#include "engine/core/apply.h"
#include "engine/core/kinds.h"
#include "engine/core/undos.h"

namespace skald::inspect {
namespace {

using core::Event;
using core::EventType;

// Events with which frames are taken away that were not done.
bool takes_away(EventType type) {
  return type == EventType::kCompensationStarted || type == EventType::kErrorCaught ||
         type == EventType::kSagaTerminated;
}

bool stands_at(const Event& event, const definition::Task& task) {
  const Value error = event.error.value();
  return error.is_object() && error.value("instance", Value()) == task.reference;
}

void number_tasks(const definition::Task& task, std::unordered_map<const definition::Task*, std::uint32_t>& order) {
  order.emplace(&task, order.size());
  for (const definition::TaskList* list : task.body->lists()) {
    for (const auto& child : *list) number_tasks(*child, order);
  }
  if (task.undo != nullptr) number_tasks(*task.undo->body, order);
}

SpanKind kind_for(const definition::Task& task) {
  if (task.kind->has_effect()) return SpanKind::kStep;
  return task.kind->keyword() == "wait" ? SpanKind::kTimer : SpanKind::kTask;
}

bool went_wrong(std::string_view outcome) {
  return outcome == "failed" || outcome == "rejected" || outcome == "unknown" || outcome == "timed_out";
}

// A try that was not repeated needs no group for its one round.
void lift_single_tries(Span& span) {
  for (const auto& child : span.children) lift_single_tries(*child);
  const auto is_group = [](const auto& child) { return child->kind == SpanKind::kTask && child->keyword == "round"; };
  if (span.keyword != "try" || std::count_if(span.children.begin(), span.children.end(), is_group) != 1) return;
  const auto group = std::find_if(span.children.begin(), span.children.end(), is_group);
  auto inside = std::move((*group)->children);
  for (const auto& child : inside) child->parent = &span;
  const auto at = span.children.erase(group);
  span.children.insert(at, std::make_move_iterator(inside.begin()), std::make_move_iterator(inside.end()));
}

}  // namespace

Tracer::Tracer(std::shared_ptr<const definition::Workflow> workflow) : state_(core::make_state(std::move(workflow))) {
  number_tasks(*state_.workflow->root, order_);
}

void Tracer::take(const Event& event) {
  note(event);
  core::apply(state_, event);
  const Moved moved = moved_by_fold();
  close_left(moved.left, event);
  close_drained(event);
  open_new(moved.fresh, event);
  note_standstill(event);
}

const Span& Tracer::finish() {
  lift_single_tries(*saga_);
  return *saga_;
}

// Both are in the order of their keys: a fork can have a thousand open frames, and many events.
Tracer::Moved Tracer::moved_by_fold() const {
  Moved moved;
  auto node = nodes_.begin();
  auto frame = state_.frames.begin();
  while (node != nodes_.end() || frame != state_.frames.end()) {
    const int order = node == nodes_.end() ? 1 : frame == state_.frames.end() ? -1 : node->first.compare(frame->first);
    if (order < 0) moved.left.push_back(node->first);
    if (order > 0) moved.fresh.push_back(&frame->second);
    if (order <= 0) ++node;
    if (order >= 0) ++frame;
  }
  return moved;
}

void Tracer::close_left(std::vector<std::string> left, const Event& event) {
  std::stable_sort(left.begin(), left.end(), [this](const std::string& a, const std::string& b) {
    return nodes_.at(a).depth > nodes_.at(b).depth;
  });
  ClosedByParent closed;
  for (const std::string& key : left) {
    close_node(key, nodes_.at(key), event, closed);
    nodes_.erase(key);
  }
}

void Tracer::close_node(const std::string& key, Node& node, const Event& event, ClosedByParent& closed) {
  const std::string outcome = outcome_of(key, node, event, closed[key]);
  Closed& around = closed[node.parent];
  around.completed = around.completed || outcome == "completed" || outcome == "skipped" || outcome == "resolved";
  around.failed = around.failed || went_wrong(outcome);
  around.cancelled = around.cancelled || outcome == "cancelled" || outcome == "open";
  if (node.span == saga_.get()) return;  // the saga's own events say how it ends
  if (outcome == "open") {
    draining_[key] = node.span;
    return;
  }
  if (node.into != node.span) node.into->close(outcome, event.at, event.seq);
  for (const auto& child : node.span->children) {
    if (child->kind == SpanKind::kWait && child->name == "retry") child->close("cancelled", event.at, event.seq);
  }
  const auto step = state_.steps.find(key);
  if (step != state_.steps.end() && went_wrong(outcome)) node.span->error = step->second.error;
  if (node.span->error.empty() && went_wrong(outcome) && stands_at(event, *node.task)) node.span->error = event.error;
  node.span->close(outcome, event.at, event.seq);
}

std::string Tracer::outcome_of(const std::string& key, const Node& node, const Event& event,
                               const Closed& inside) const {
  if (node.settled) return node.span->outcome;
  if (!node.scope.empty() && node.parent.empty()) {
    const core::Step* owner = core::owner_of(state_, node.scope);
    const core::UndoPhase phase = owner != nullptr ? owner->undo.phase : core::UndoPhase::kNone;
    if (phase == core::UndoPhase::kSkipped) return "skipped";
    if (phase == core::UndoPhase::kResolved) return "resolved";
    return event.type == EventType::kSagaTerminated ? "cancelled" : "completed";
  }
  if (!node.task->kind->composite()) return outcome_of_leaf(key, node, event);
  const bool away = takes_away(event.type);
  if (away && node.timed_out) return "timed_out";
  if (event.type == EventType::kErrorCaught && key == event.key) return "completed";
  // Where a fork is left, a branch has just been done; those that lost against it may have been cancelled with that.
  if (!away && node.task->kind->keyword() == "fork" && inside.completed) return "completed";
  if (inside.failed) return "failed";
  if (inside.cancelled) return "cancelled";
  if (!away || inside.completed) return "completed";
  return stands_at(event, *node.task) ? "failed" : "cancelled";
}

std::string Tracer::outcome_of_leaf(const std::string& key, const Node& node, const Event& event) const {
  const auto step = state_.steps.find(key);
  if (step != state_.steps.end()) {
    if (core::is_pending(step->second)) return "open";
    return std::string(core::name_of(step->second.end));
  }
  if (!takes_away(event.type)) return event.key == key ? "completed" : "cancelled";
  if (node.timed_out) return "timed_out";
  const bool raises = node.task->kind->never_continues() && !event.error.empty();
  return raises || stands_at(event, *node.task) ? "failed" : "cancelled";
}

// A step that the flow has left while an attempt was in flight ends with the outcome of that.
void Tracer::close_drained(const Event& event) {
  const auto at = draining_.find(event.key);
  if (at == draining_.end() || core::is_pending(state_.steps.at(event.key))) return;
  const core::Step& step = state_.steps.at(event.key);
  at->second->error = step.error;
  at->second->close(std::string(core::name_of(step.end)), event.at, event.seq);
  draining_.erase(at);
}

void Tracer::open_new(std::vector<const core::Frame*> fresh, const Event& event) {
  // What is around a task stands before it in the document.
  std::stable_sort(fresh.begin(), fresh.end(), [this](const core::Frame* a, const core::Frame* b) {
    return order_.at(a->task) < order_.at(b->task);
  });
  for (const core::Frame* frame : fresh) open_node(*frame, event);
}

void Tracer::open_node(const core::Frame& frame, const Event& event) {
  Node node;
  node.task = frame.task;
  node.parent = frame.parent;
  node.scope = frame.scope;
  if (frame.key == state_.root) {
    node.span = node.into = saga_.get();
    nodes_.emplace(frame.key, std::move(node));
    return;
  }
  const bool undo = !frame.scope.empty() && frame.parent.empty();
  const core::Step* undone = core::owner_of(state_, frame.scope);
  const definition::Task& shown = undo && undone != nullptr ? *undone->task : *frame.task;
  Span& container = undo ? container_of_undo(frame) : container_of(frame, event);
  Span& span = container.add(undo ? SpanKind::kUndo : kind_for(*frame.task), shown.name, event.at, event.seq);
  span.keyword = undo ? "" : std::string(frame.task->kind->keyword());
  span.step = shown.reference;
  span.visit = undo && undone != nullptr ? undone->visit : frame.visit;
  span.generation = undo && undone != nullptr ? undone->undo.generation : 0;
  node.span = node.into = &span;
  node.depth = undo ? 0 : nodes_.at(frame.parent).depth + 1;
  if (undo) by_key_[frame.key] = &span;
  nodes_.emplace(frame.key, std::move(node));
}

// Loops, and tries that may be repeated, have a part for each round.
Span& Tracer::container_of(const core::Frame& frame, const Event& event) {
  Node& parent = nodes_.at(frame.parent);
  const core::Frame& around = state_.frames.at(frame.parent);
  const bool loop = parent.task->kind->keyword() == "for";
  const bool repeats = !around.handling && core::kind_of(*parent.task).repeats(*parent.task) != nullptr;
  if ((!loop && !repeats) || parent.rounds == around.round + 1) return *parent.into;
  if (parent.into != parent.span) parent.into->close("completed", event.at, event.seq);
  parent.rounds = around.round + 1;
  parent.into = &parent.span->add(SpanKind::kTask, (loop ? "round " : "try ") + std::to_string(parent.rounds), event.at,
                                  event.seq);
  parent.into->keyword = "round";
  parent.into->step = parent.span->step;
  parent.into->visit = parent.span->visit;
  parent.into->attempt = parent.rounds;
  return *parent.into;
}

// Where the saga goes backward, with the rest of that; else inside the task that does not go on before it is done.
Span& Tracer::container_of_undo(const core::Frame& frame) {
  if (compensation_ != nullptr) return *compensation_;
  const core::Step* undone = core::owner_of(state_, frame.scope);
  if (undone == nullptr) return *saga_;
  for (const core::Around& around : undone->inside) {
    const auto node = nodes_.find(around.key);
    if (node != nodes_.end()) return *node->second.into;
  }
  return *saga_;
}

void Tracer::note_standstill(const Event& event) {
  if (suspended_ != nullptr && !state_.suspended) {
    suspended_->close("completed", event.at, event.seq);
    suspended_ = nullptr;
  }
  for (auto at = stuck_.begin(); at != stuck_.end();) {
    const auto frame = state_.frames.find(at->first);
    if (frame != state_.frames.end() && !frame->second.stuck_on.empty()) {
      ++at;
      continue;
    }
    at->second->close("completed", event.at, event.seq);
    at = stuck_.erase(at);
  }
}

}  // namespace skald::inspect
