#include "engine/inspect/span.h"

namespace skald::inspect {
namespace {

Value late_json(const std::vector<LateResult>& late) {
  Value all = Value::array();
  for (const LateResult& one : late) {
    all.push_back({{"seq", one.seq}, {"at", format_time(one.at)}, {"outcome", one.outcome}});
  }
  return all;
}

}  // namespace

std::string_view name_of(SpanKind kind) {
  static constexpr std::string_view kNames[] = {"saga", "task",         "step",  "attempt",  "wait",
                                                "undo", "undo_attempt", "timer", "operator", "event"};
  return kNames[static_cast<std::size_t>(kind)];
}

Span& Span::add(SpanKind child_kind, std::string child_name, Time at, std::uint64_t at_seq) {
  auto added = std::make_unique<Span>();
  added->kind = child_kind;
  added->name = std::move(child_name);
  added->start = at;
  added->seq = at_seq;
  added->parent = this;
  children.push_back(std::move(added));
  return *children.back();
}

void Span::close(std::string how, Time at, std::uint64_t at_seq) {
  if (end) return;
  outcome = std::move(how);
  end = at;
  end_seq = at_seq;
  // A saga's end is the event that ended it, whatever is undone behind that.
  for (Span* up = parent; up != nullptr && up->kind != SpanKind::kSaga && up->end; up = up->parent) {
    up->end = std::max(*up->end, at);
    up->end_seq = std::max(up->end_seq, at_seq);
  }
}

Value to_value(const Span& span) {
  Value value{{"kind", name_of(span.kind)},
              {"name", span.name},
              {"step", span.step},
              {"visit", span.visit},
              {"start", format_time(span.start)},
              {"end", span.end ? Value(format_time(*span.end)) : Value(nullptr)},
              {"outcome", span.outcome},
              {"seq", span.seq}};
  const auto text = [&value](const char* name, const std::string& what) {
    if (!what.empty()) value[name] = what;
  };
  const auto number = [&value](const char* name, std::uint64_t what) {
    if (what != 0) value[name] = what;
  };
  const auto time = [&value](const char* name, const std::optional<Time>& what) {
    if (what) value[name] = format_time(*what);
  };
  text("keyword", span.keyword);
  text("task", span.task);
  number("attempt", span.attempt);
  number("generation", span.generation);
  if (!span.error.empty()) value["error"] = span.error.value();
  text("worker", span.worker);
  time("picked_up", span.picked_up);
  text("child", span.child);
  number("dispatch", span.dispatch);
  if (!span.late.empty()) value["late"] = late_json(span.late);
  time("due", span.due);
  if (span.items) value["items"] = *span.items;
  text("taken", span.taken);
  text("cause", span.cause);
  text("who", span.who);
  text("reason", span.reason);
  number("end_seq", span.end_seq);
  Value children = Value::array();
  for (const auto& child : span.children) children.push_back(to_value(*child));
  value["children"] = std::move(children);
  return value;
}

}  // namespace skald::inspect
