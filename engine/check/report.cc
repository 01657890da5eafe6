// The report as JSON.

#include <numeric>

#include "engine/check/check.h"
#include "engine/check/findings.h"

namespace skald::check {
namespace {

Value to_value(const Course& course) {
  Value undone = Value::array();
  for (const Undone& one : course.undone) {
    undone.push_back({{"step", one.step}, {"visit", one.visit}, {"tasks", one.tasks}, {"beside", one.beside}});
  }
  Value when = Value::array();
  for (const Choice& choice : course.when) {
    when.push_back({{"step", choice.step}, {"what", choice.what}, {"taken", choice.taken}});
  }
  return {{"undone", undone}, {"caught_by", course.caught}, {"end", name_of(course.end)}, {"when", when}};
}

Value to_value(const std::vector<Course>& courses) {
  Value all = Value::array();
  for (const Course& course : courses) all.push_back(to_value(course));
  return all;
}

int line_of(const definition::Workflow& workflow, const std::string& reference) {
  const auto* task = workflow.find(reference);
  return task == nullptr ? 0 : task->line;
}

}  // namespace

std::string_view name_of(End end) {
  static constexpr std::string_view kNames[] = {"completed", "compensated", "failed", "stuck", "open", "cut"};
  return kNames[static_cast<std::size_t>(end)];
}

std::uint64_t Report::total() const {
  std::uint64_t all = 0;
  for (const std::uint64_t count : paths) all = all + count < all ? ~std::uint64_t{0} : all + count;
  return all;
}

Value to_value(const Report& report) {
  Value paths = {{"total", report.total()}};
  for (std::size_t i = 0; i < kEnds; ++i) paths[std::string(name_of(static_cast<End>(i)))] = report.paths[i];
  Value failures = Value::array();
  for (const Consequence& one : report.consequences) {
    failures.push_back({{"step", one.step},
                        {"line", line_of(*report.workflow, one.step)},
                        {"outcome", one.outcome},
                        {"limit_of", one.limit.empty() ? Value() : Value(one.limit)},
                        {"courses", to_value(one.courses)},
                        {"more", one.more},
                        {"endless", one.endless}});
  }
  Value findings = Value::array();
  for (const Finding& one : report.findings) {
    findings.push_back({{"code", one.code},
                        {"level", name_of(one.level)},
                        {"step", one.step.empty() ? Value() : Value(one.step)},
                        {"line", one.line},
                        {"about", about(one.code)},
                        {"message", one.message}});
  }
  return {{"workflow", report.workflow->full_name()},
          {"version", report.workflow->version},
          {"paths", paths},
          {"states", report.states},
          {"stopped", report.stopped.empty() ? Value() : Value(report.stopped)},
          {"unfailing", to_value(report.unfailing)},
          {"failures", failures},
          {"warnings", findings}};
}

}  // namespace skald::check
