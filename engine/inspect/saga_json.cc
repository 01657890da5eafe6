#include "engine/inspect/saga_json.h"

namespace skald::inspect {

// Member by member: every answer about a saga is made here, and a list of pairs is first an array of arrays.
Value saga_json(const store::Summary& summary) {
  Value pending = Value::array();
  for (const store::PendingStep& step : summary.pending) {
    Value& one = pending.emplace_back(Value::object());
    one["step"] = step.step;
    one["task"] = step.task;
    one["attempt"] = step.attempt;
    one["since"] = format_time(step.since);
    one["next_retry_at"] = step.next_retry_at ? Value(format_time(*step.next_retry_at)) : Value(nullptr);
    one["last_error"] = step.last_error.value();
  }
  Value undo = Value::object();
  undo["done"] = summary.compensation.done;
  undo["pending"] = summary.compensation.pending;
  undo["stuck"] = summary.compensation.stuck;
  undo["skipped"] = summary.compensation.skipped;

  Value saga = Value::object();
  saga["id"] = summary.id.str();
  saga["run"] = summary.run.str();
  saga["workflow"] = summary.workflow;
  saga["version"] = summary.version;
  saga["status"] = summary.status;
  saga["started_at"] = format_time(summary.started_at);
  saga["ended_at"] = summary.ended_at ? Value(format_time(*summary.ended_at)) : Value(nullptr);
  saga["error"] = summary.error.value();
  saga["labels"] = summary.labels;
  saga["events"] = summary.events;
  saga["pending"] = std::move(pending);
  saga["compensation"] = std::move(undo);
  saga["left_behind"] = summary.left_behind;
  return saga;
}

Value saga_json(const runtime::SagaView& view) {
  Value saga = saga_json(view.summary);
  saga["input"] = view.input.value();
  saga["output"] = view.output.value();
  return saga;
}

void add_plan(Value& saga, const core::UndoPlan& plan) {
  Value undos = Value::array();
  for (const core::PlannedUndo& undo : plan.undos) {
    undos.push_back({{"step", undo.step},
                     {"visit", undo.visit},
                     {"key", undo.key},
                     {"tasks", Value(undo.tasks)},
                     {"certain", undo.certain}});
  }
  saga["would_undo"] = std::move(undos);
  saga["would_leave_behind"] = Value(plan.leaves_behind);
  saga["undo_waits_for"] = plan.waits_for.empty() ? Value(nullptr) : Value(plan.waits_for);
}

Value saga_json(const runtime::SagaView& view, const core::UndoPlan& plan) {
  Value saga = saga_json(view);
  add_plan(saga, plan);
  return saga;
}

Result<Value> saga_with_prospects(Folds& folds, const runtime::SagaReader& reader, const RunId& run) {
  SKALD_ASSIGN(const runtime::SagaView view, reader.show(run));
  if (view.summary.final) return saga_json(view, {});
  Value saga;
  SKALD_TRY(folds.look(reader, view, [&](const Folded& folded) { saga = saga_json(view, folded.plan); }));
  return saga;
}

Value list_json(const store::ListPage& page) {
  Value items = Value::array();
  for (const store::Summary& summary : page.items) items.push_back(saga_json(summary));
  return {{"items", std::move(items)},
          {"next_cursor", page.next_cursor.empty() ? Value(nullptr) : Value(page.next_cursor)},
          {"scanned", page.scanned}};
}

bool is_settled(const std::string& status) {
  return status != "running" && status != "compensating" && status != "suspended";
}

}  // namespace skald::inspect
