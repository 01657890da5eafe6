#include "cli/output_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check/findings.h"
#include "engine/definition/kind.h"

namespace skald::cli {
namespace {

using check::Choice;
using check::Consequence;
using check::Course;
using check::Report;

constexpr std::size_t kMaxShown = 6;   // courses of one failure
constexpr std::size_t kMaxUndone = 8;  // steps of one course

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string joined(const std::vector<std::string>& words, const char* between = ", ") {
  return fmt::format("{}", fmt::join(words, between));
}

class Text {
 public:
  Text(const Report& report, std::string file, const Style& style)
      : report_(report), workflow_(*report.workflow), file_(std::move(file)), style_(style) {}

  std::string all() {
    head();
    failures();
    findings();
    return std::move(out_);
  }

 private:
  std::string name(const std::string& reference) const { return check::name_of(workflow_, reference); }

  void head() {
    std::size_t calls = 0;
    std::size_t undone = 0;
    std::string pivot;
    for (const auto& [reference, task] : workflow_.by_reference) {
      if (task->undo_of != nullptr) continue;
      calls += task->kind->has_effect() ? 1 : 0;
      undone += task->undo != nullptr ? 1 : 0;
      if (task->pivot) pivot = fmt::format(", the pivot is {}", name(reference));
    }
    out_ += fmt::format("{}  {}\n", style_.bold(workflow_.full_name() + "@" + workflow_.version), file_);
    out_ += fmt::format("{}, {}{}\n", counted(calls, "call", "calls"), counted(undone, "undo", "undos"), pivot);
    out_ += paths() + "\n";
    if (!report_.stopped.empty()) {
      out_ +=
          style_.status("stuck", fmt::format("stopped at {}: there is more than is said here", report_.stopped)) + "\n";
    }
  }

  std::string paths() const {
    std::vector<std::string> ends;
    for (std::size_t i = 0; i < check::kEnds; ++i) {
      const auto end = static_cast<check::End>(i);
      if (report_.paths[i] == 0 || end == check::End::kCut) continue;
      const std::string word(check::name_of(end));
      ends.push_back(style_.status(word, fmt::format("{} {}", report_.paths[i], word)));
    }
    const std::uint64_t cut = report_.paths[static_cast<std::size_t>(check::End::kCut)];
    std::string text = fmt::format("{} through {}: {}", counted(report_.total() - cut, "path", "paths"),
                                   counted(report_.states, "state", "states"), joined(ends));
    if (cut > 0) text += fmt::format("; {} not followed to the end", cut);
    return text;
  }

  void failures() {
    rows_ = {{"IF THIS STEP", "LINE", "IS", "THEN IS UNDONE, IN THIS ORDER", "SAGA", "WHEN"}};
    const bool plain = report_.unfailing.size() == 1 && report_.unfailing[0].end == check::End::kCompleted &&
                       report_.unfailing[0].undone.empty();
    if (!plain) add_rows("(nothing fails)", "", "", report_.unfailing);
    const auto& all = report_.consequences;
    std::string last;
    for (auto at = all.begin(); at != all.end(); ++at) {
      if (already_shown(all.begin(), at)) continue;
      const auto* task = workflow_.find(at->step);
      const bool first = at->step != last;
      last = at->step;
      const std::string step = first ? name(at->step) : "";
      const std::string line = first && task != nullptr ? std::to_string(task->line) : "";
      if (at->endless) {
        rows_.push_back({step, line, outcomes_like(*at), "nothing: it is tried until it works", "", ""});
      } else {
        add_rows(step, line, outcomes_like(*at), at->courses, at->more);
      }
    }
    const bool reasons = std::any_of(rows_.begin() + 1, rows_.end(), [](const auto& row) { return !row[5].empty(); });
    if (!reasons) rows_[0].pop_back();
    for (auto& row : rows_) {
      while (row.back().empty()) row.pop_back();
    }
    if (rows_.size() > 1) out_ += "\n" + table(rows_, style_, 4);
  }

  static bool alike(const Consequence& a, const Consequence& b) {
    return a.step == b.step && a.more == b.more && a.endless == b.endless &&
           std::equal(a.courses.begin(), a.courses.end(), b.courses.begin(), b.courses.end(),
                      [](const Course& one, const Course& other) {
                        return one.end == other.end && one.undone == other.undone && one.caught == other.caught;
                      });
  }

  template <typename At>
  static bool already_shown(At begin, At at) {
    return std::any_of(begin, at, [&](const Consequence& one) { return alike(one, *at); });
  }

  // All outcomes of the step that lead to the same.
  std::string outcomes_like(const Consequence& consequence) const {
    std::vector<std::string> outcomes;
    for (const Consequence& one : report_.consequences) {
      if (!alike(one, consequence)) continue;
      const bool of_other = !one.limit.empty() && one.limit != one.step;
      outcomes.push_back(one.outcome + (of_other ? " of " + name(one.limit) : ""));
    }
    return joined(outcomes);
  }

  void add_rows(const std::string& step, const std::string& line, const std::string& outcomes,
                const std::vector<Course>& courses, bool more = false) {
    for (std::size_t i = 0; i < std::min(courses.size(), kMaxShown); ++i) {
      const bool first = i == 0;
      const Course& course = courses[i];
      rows_.push_back({first ? step : "", first ? line : "", first ? outcomes : "", undone(course),
                       std::string(check::name_of(course.end)), reasons(course, courses)});
    }
    if (courses.size() > kMaxShown || more) {
      const std::size_t rest = courses.size() - std::min(courses.size(), kMaxShown);
      rows_.push_back({"", "", "", more ? "... and others" : fmt::format("... and {} others", rest), "",
                       "-o json has " + std::string(more ? "more" : "them all")});
    }
    if (courses.empty()) rows_.push_back({step, line, outcomes, "-", "-", "not followed to the end"});
  }

  std::string undone(const Course& course) const {
    const std::size_t count = course.undone.size();
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      if (count > kMaxUndone && i == kMaxUndone - 2) {
        text += ", ...";
        i = count - 1;
      }
      const check::Undone& one = course.undone[i];
      const std::string round = one.visit > 1 ? fmt::format("#{}", one.visit) : "";
      text += (text.empty() ? "" : one.beside ? " & " : ", ") + name(one.step) + round;
    }
    if (count > kMaxUndone) text += fmt::format(" ({} in all)", count);
    return text.empty() ? "nothing" : text;
  }

  // What makes this course another than the others.
  std::string reasons(const Course& course, const std::vector<Course>& others) const {
    std::vector<std::string> reasons;
    for (const std::string& task : course.caught) reasons.push_back("caught by " + name(task));
    for (const Choice& choice : course.when) {
      const bool everywhere = std::all_of(others.begin(), others.end(), [&](const Course& other) {
        return std::find(other.when.begin(), other.when.end(), choice) != other.when.end();
      });
      if (!everywhere) reasons.push_back(reason(choice));
    }
    std::vector<std::string> once;
    for (const std::string& one : reasons) {
      if (std::find(once.begin(), once.end(), one) == once.end()) once.push_back(one);
    }
    return joined(once);
  }

  std::string reason(const Choice& choice) const {
    const std::string step = name(choice.step);
    const bool holds = choice.taken == "holds";
    if (choice.what == "rounds") return fmt::format("{} goes round {} times", step, choice.taken);
    if (choice.what == "errors.with") return holds ? "caught by " + step : "not caught by " + step;
    if (choice.what == "schema") return fmt::format("{} {} its schema", step, holds ? "fits" : "does not fit");
    if (choice.what == "goes" || choice.what == "cancelled") return fmt::format("{} {}", step, choice.taken);
    if (choice.what == "tried again") return fmt::format("{} {} again", step, choice.taken);
    return fmt::format("${{ {} }} of {} {}", choice.what, step, choice.taken);
  }

  void findings() {
    std::string code;
    std::vector<std::vector<std::string>> lines;
    for (const check::Finding& one : report_.findings) {
      const std::string group = std::string(check::name_of(one.level)) + " " + one.code;
      if (group != code) {
        list(lines);
        const std::string level(check::name_of(one.level));
        const char* colour = one.level == check::Level::kNote  ? ""
                             : one.level == check::Level::kBug ? "failed"
                                                               : "stuck";
        out_ += fmt::format("\n{}: {}\n", style_.status(colour, level), check::about(one.code));
      }
      code = group;
      lines.push_back({fmt::format("  {}:{}", file_, std::max(one.line, 1)), name(one.step), one.message});
    }
    list(lines);
  }

  // Like a table, without a head.
  void list(std::vector<std::vector<std::string>>& lines) {
    if (lines.empty()) return;
    lines.insert(lines.begin(), {"", "", ""});
    const std::string text = table(lines, Style(false));
    out_ += text.substr(text.find('\n') + 1);
    lines.clear();
  }

  const Report& report_;
  const definition::Workflow& workflow_;
  const std::string file_;
  const Style& style_;
  std::string out_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace

std::string check_text(const check::Report& report, const std::string& file, const Style& style) {
  return Text(report, file, style).all();
}

}  // namespace skald::cli
