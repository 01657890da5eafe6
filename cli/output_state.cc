#include "cli/output_state.h"

#include <fmt/format.h>

#include <sstream>

namespace skald::cli {
namespace {

constexpr std::size_t kInline = 70;  // longer JSON stands on lines of its own

std::string text(const Value& object, const char* name) {
  return object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : "";
}

std::string with_visit(const Value& of) {
  const unsigned visit = of.value("visit", 1U);
  const std::string step = text(of, "step").empty() ? "the saga" : text(of, "step");
  return visit > 1 ? fmt::format("{} (visit {})", step, visit) : step;
}

// "name  value", or the value below the name.
std::string section(const std::string& name, const Value& value, const std::string& indent, const Style& style) {
  const std::string short_form = value.is_null() ? "-" : to_json(value);
  if (short_form.size() <= kInline) return indent + style.dim(fmt::format("{:<12}", name)) + short_form + "\n";
  return indent + style.dim(name) + "\n" + indented(value, indent + "  ");
}

std::string step_text(const Value& step, const Style& style) {
  const std::string task = text(step, "task");
  const std::string outcome = text(step, "outcome").empty() ? text(step, "phase") : text(step, "outcome");
  std::string out =
      "  " + style.bold(with_visit(step)) + (task.empty() ? "" : "  " + task) + "  " + style.status(outcome, outcome);
  if (text(step, "phase") != "closed" && outcome != text(step, "phase")) out += ", now " + text(step, "phase");
  out += fmt::format(", attempt {}", step.value("attempt", 0));
  if (!text(step, "due").empty()) out += ", next at " + text(step, "due");
  if (text(step, "undo") != "none") out += ", undo " + text(step, "undo");
  if (!text(step, "undoes").empty()) out += ", undoes " + text(step, "undoes");
  out += "\n";
  for (const char* name : {"input", "output", "error"}) {
    if (!step[name].is_null()) out += section(name, step[name], "    ", style);
  }
  return out;
}

}  // namespace

std::string indented(const Value& value, const std::string& indent) {
  std::istringstream lines(to_json(value, 2));
  std::string out;
  for (std::string line; std::getline(lines, line);) out += indent + line + "\n";
  return out;
}

std::string state_text(const Value& state, const Style& style) {
  const Value& event = state["event"];
  const std::string step = text(event, "step");
  std::string out = style.bold(text(state, "id")) +
                    fmt::format(" after event {} of {}: {}{}, at {}\n", state.value("seq", 0), state.value("of", 0),
                                text(event, "type"), step.empty() ? "" : " " + step, text(state, "at"));
  const std::string status = text(state, "status");
  out += style.dim(fmt::format("{:<12}", "status")) + style.status(status, status);
  if (!text(state, "cause").empty()) out += ", because of " + text(state, "cause");
  out += state.value("pivot_done", false) ? ", past its pivot\n" : "\n";
  for (const char* name : {"input", "context", "output", "error"}) out += section(name, state[name], "", style);
  if (state.contains("mail")) out += section("mail", state["mail"], "", style);
  if (!state["steps"].empty()) out += style.dim("steps") + "\n";
  for (const Value& one : state["steps"]) out += step_text(one, style);
  if (!state["open"].empty()) out += style.dim("open") + "\n";
  for (const Value& task : state["open"]) {
    out += "  " + with_visit(task) + "  " + text(task, "phase") + " since " + text(task, "since");
    if (task.contains("round")) out += fmt::format(", round {}", task["round"].get<unsigned>());
    if (!text(task, "due").empty()) out += ", until " + text(task, "due");
    for (const Value& one : task.value("awaits", Value::array())) {
      if (!one.value("came", false)) out += ", for " + text(one, "type");
    }
    out += "\n";
    if (task.contains("stuck_on")) out += section("stuck on", task["stuck_on"], "    ", style);
  }
  return out;
}

std::string changes_text(const Value& changes, const Style& style) {
  const Value& list = changes["changes"];
  std::string out =
      style.bold(text(changes, "id")) + fmt::format(" from event {} to {}: {} change{}\n", changes.value("from", 0),
                                                    changes.value("to", 0), list.size(), list.size() == 1 ? "" : "s");
  for (const Value& change : list) {
    const bool of_step = change.contains("step");
    out += text(change, "path") + (of_step ? "  " + style.dim(with_visit(change)) : "") + "\n";
    for (const auto& [side, sign, colour] : {std::tuple("was", "- ", "failed"), std::tuple("now", "+ ", "completed")}) {
      if (!change.contains(side)) continue;
      std::istringstream lines(indented(change[side], std::string("  ") + sign));
      for (std::string line; std::getline(lines, line);) out += style.status(colour, line) + "\n";
    }
  }
  return out;
}

}  // namespace skald::cli
