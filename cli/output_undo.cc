#include <fmt/format.h>

#include "cli/output.h"

namespace skald::cli {

std::string planned_undo_text(const Value& undo) {
  std::string tasks;
  for (const Value& task : undo.value("tasks", Value::array())) {
    tasks += (tasks.empty() ? "" : ", ") + task.get<std::string>();
  }
  const bool certain = undo.value("certain", true);
  return fmt::format("{} ({}){}", undo.value("step", ""), tasks,
                     certain ? "" : ", if it turns out to have taken effect");
}

std::string rehearsal_text(const Value& saga) {
  std::string out;
  if (saga.contains("undo_waits_for") && saga["undo_waits_for"].is_string()) {
    out += fmt::format("  only if the pivot {} does not complete\n", saga["undo_waits_for"].get<std::string>());
  }
  std::size_t place = 0;
  for (const Value& undo : saga.value("would_undo", Value::array())) {
    out += fmt::format("  {}. {}\n", ++place, planned_undo_text(undo));
  }
  if (place == 0) out += "  nothing to undo\n";
  for (const Value& step : saga.value("would_leave_behind", Value::array())) {
    out += fmt::format("  left behind: {}\n", step.get<std::string>());
  }
  return out;
}

}  // namespace skald::cli
