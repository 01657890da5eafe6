#include "tests/simulation/task_text.h"

#include <array>

namespace skald::simulation {
namespace {

// `for` has a `do` of its own, so it comes before it.
constexpr std::array<const char*, 12> kKinds{"listen", "call", "run",  "set", "switch", "raise",
                                             "wait",   "emit", "fork", "for", "try",    "do"};

// What a task says of its undo, in either spelling; null: nothing.
const Value* said_of_undo(const Value& task) {
  if (task.contains("compensate")) return &task["compensate"];
  return has(task, "metadata", "compensate") ? &task["metadata"]["compensate"] : nullptr;
}

bool without_effect(const Value& task) {
  return task.value("effect", "") == "none" ||
         (has(task, "metadata", "effect") && task["metadata"]["effect"] == "none");
}

}  // namespace

std::string kind_of(const Value& task) {
  for (const char* kind : kKinds) {
    if (task.contains(kind)) return kind;
  }
  return "";
}

bool has(const Value& task, const char* outer, const char* inner) {
  return task.contains(outer) && task[outer].contains(inner);
}

bool undone_side_by_side(const Value& task) {
  const Value* said = said_of_undo(task);
  return said != nullptr && *said == "parallel";
}

const Value* undo_of(const Value& task) {
  static const Value take_back = {{"on", "completed"}};
  if (undone_side_by_side(task)) return nullptr;
  const Value* said = said_of_undo(task);
  return said == nullptr && task.contains("run") && !without_effect(task) ? &take_back : said;
}

}  // namespace skald::simulation
