#include "cli/output_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "cli/cells.h"

namespace skald::cli {
namespace {

constexpr std::size_t kFoldAbove = 12;  // children of one span
constexpr std::size_t kKept = 3;        // at the beginning, and at the end
constexpr std::size_t kOddOnes = 10;    // that are drawn between, because they ended otherwise than most
constexpr std::size_t kShortestBar = 12;
constexpr std::size_t kDuration = 9;

struct Line {
  std::string label;
  Time start;
  std::optional<Time> end;
  std::optional<Time> picked_up;
  const char* mark = "─";
  std::string outcome;  // empty: of a fold
  std::string note;
};

std::string text(const Value& span, const char* name) {
  return span.contains(name) && span[name].is_string() ? span[name].get<std::string>() : "";
}
unsigned number(const Value& span, const char* name) {
  return span.contains(name) && span[name].is_number() ? span[name].get<unsigned>() : 0;
}
std::optional<Time> time_of(const Value& span, const char* name) {
  const auto time = parse_time(text(span, name));
  return time ? std::optional(*time) : std::nullopt;
}

std::string padded(const std::string& shown, std::size_t width) {
  const std::string fitting = cut(shown, width);
  return fitting + std::string(width - width_of(fitting), ' ');
}

std::string name_of(const Value& span) {
  const std::string kind = text(span, "kind");
  const std::string name = text(span, "name");
  if (kind == "undo") return "undo " + name + (number(span, "generation") > 1 ? " again" : "");
  if (kind == "operator") return "operator: " + name;
  if (kind == "wait" && name == "retry") return "wait";
  return number(span, "visit") > 1 && kind == "step" ? fmt::format("{} #{}", name, number(span, "visit")) : name;
}

std::string error_text(const Value& error) {
  if (!error.is_object()) return error.is_null() ? "" : brief(error, 60);
  const std::string title = text(error, "title");
  const std::string detail = text(error, "detail");
  if (title.empty() && detail.empty()) return text(error, "type");
  return title + (title.empty() || detail.empty() ? "" : ": ") + detail;
}

bool is_attempt(const Value& span) {
  const std::string kind = text(span, "kind");
  return kind == "attempt" || kind == "undo_attempt";
}

std::string note_of(const Value& span) {
  std::string note;
  const auto add = [&note](const std::string& more) {
    if (!more.empty()) note += (note.empty() ? "" : ", ") + printable(more);
  };
  const std::string kind = text(span, "kind");
  const auto tries = std::count_if(span["children"].begin(), span["children"].end(), is_attempt);
  if (tries > 1) add(fmt::format("{} attempts", tries));
  if (span.contains("items")) add(fmt::format("{} items", number(span, "items")));
  if (!text(span, "child").empty()) add("saga " + text(span, "child"));
  if (!text(span, "taken").empty() && text(span, "taken") != "continue") add("-> " + text(span, "taken"));
  if (!text(span, "cause").empty()) add("because of " + text(span, "cause"));
  if (span["end"].is_null() && !text(span, "due").empty()) add("until " + text(span, "due"));
  if (number(span, "dispatch") > 1) add(fmt::format("sent {} times", number(span, "dispatch")));
  for (const Value& late : span.value("late", Value::array())) add("late: " + text(late, "outcome"));
  if ((kind == "operator" || kind == "event") && !(text(span, "who") + text(span, "reason")).empty())
    add((text(span, "who").empty() ? "" : "by " + text(span, "who") + ": ") + text(span, "reason"));
  // Of a saga and of what is around a step, the step says it.
  const bool says = is_attempt(span) || kind == "step" || kind == "wait" || text(span, "keyword") == "catch";
  if (says && span.contains("error")) add(error_text(span["error"]));
  return note;
}

const char* mark_of(const Value& span) {
  const std::string kind = text(span, "kind");
  if (kind == "saga") return "━";
  if (kind == "attempt") return "█";
  if (kind == "undo_attempt") return "▓";
  if (kind == "wait" || (kind == "timer" && span["start"] != span["end"])) return "░";
  return kind == "operator" || kind == "timer" || kind == "event" ? "◆" : "─";
}

class Drawing {
 public:
  Drawing(const Value& trace, const TraceLook& look) : look_(look), all_(look.all) {
    for (const Value& span : trace["spans"]) draw(span, "", "", "");
  }

  const std::vector<Line>& lines() const { return lines_; }

 private:
  // `own`: before the name; `below`: before the names of what is in it.
  void draw(const Value& span, const std::string& own, const std::string& below, const std::string& before) {
    const Value& children = span["children"];
    const std::string label = own + before + name_of(span);
    // A round with one task, and a step with one attempt, are one line.
    const bool round = text(span, "keyword") == "round";
    if (round && children.size() == 1) return draw(children[0], own, below, before + name_of(span) + ": ");
    if (children.size() == 1 && is_attempt(children[0])) return add(label, span, children[0]);
    add(label, span, span);
    draw_children(span, below);
  }

  void draw_children(const Value& span, const std::string& below) {
    const Value& children = span["children"];
    const bool fork = text(span, "keyword") == "fork";
    const std::vector<bool> kept = kept_of(children);
    for (std::size_t i = 0; i < children.size();) {
      std::size_t end = i + 1;
      while (!kept[i] && end < children.size() && !kept[end]) ++end;
      const bool last = end == children.size();
      const std::string own = below + (last ? (fork ? "╘ " : "└ ") : (fork ? "╞ " : "├ "));
      if (kept[i]) {
        draw(children[i], own, below + (last ? "  " : "│ "), "");
      } else {
        fold(children, i, end, own, fork);
      }
      i = end;
    }
  }

  // Which of many children are drawn: the first, the last, and some that ended otherwise than most.
  std::vector<bool> kept_of(const Value& children) const {
    std::vector<bool> kept(children.size(), true);
    if (all_ || children.size() <= kFoldAbove) return kept;
    std::map<std::string, std::size_t> outcomes;
    for (const Value& child : children) ++outcomes[text(child, "kind") + text(child, "outcome")];
    std::size_t odd = 0;
    for (std::size_t i = kKept; i + kKept < children.size(); ++i) {
      const std::size_t alike = outcomes[text(children[i], "kind") + text(children[i], "outcome")];
      kept[i] = alike * 10 <= children.size() && ++odd <= kOddOnes;
    }
    return kept;
  }

  void fold(const Value& children, std::size_t from, std::size_t to, const std::string& own, bool fork) {
    std::map<std::string, std::size_t> kinds;
    std::map<std::string, std::size_t> outcomes;
    Line line;
    line.start = time_of(children[from], "start").value_or(Time{});
    line.end = line.start;
    for (std::size_t i = from; i < to; ++i) {
      const Value& child = children[i];
      const std::string kind = text(child, "kind");
      ++kinds[text(child, "keyword") == "round" ? "round" : kind];
      if (kind != "wait") ++outcomes[text(child, "outcome")];
      line.end = std::max(*line.end, time_of(child, "end").value_or(look_.now));
    }
    static constexpr std::pair<const char*, const char*> kWords[] = {
        {"round", "rounds"}, {"attempt", "attempts"}, {"undo_attempt", "attempts"}, {"undo", "undos"}};
    std::string what = fork ? "branches" : "";
    std::size_t count = to - from;
    for (const auto& [kind, word] : kWords) {
      if (!what.empty() || kinds.count(kind) == 0) continue;
      what = word;
      count = kinds[kind];
    }
    line.label = own + fmt::format("... {} more{}", count, what.empty() ? "" : " " + what);
    for (const auto& [outcome, times] : outcomes) {
      line.note += fmt::format("{}{} {}", line.note.empty() ? "" : ", ", times, outcome);
    }
    lines_.push_back(std::move(line));
  }

  // `what` has happened under the name of `span`.
  void add(const std::string& label, const Value& span, const Value& what) {
    Line line;
    line.label = label;
    line.start = time_of(span, "start").value_or(Time{});
    line.end = time_of(span, "end");
    line.picked_up = time_of(what, "picked_up");
    line.mark = mark_of(what);
    line.outcome = text(span, "outcome");
    line.note = note_of(what);
    lines_.push_back(std::move(line));
  }

  const TraceLook& look_;
  const bool all_;
  std::vector<Line> lines_;
};

// Where a time stands on a bar.
class Scale {
 public:
  Scale(const std::vector<Line>& lines, Time now, std::size_t columns) : columns_(columns) {
    begin_ = lines.empty() ? Time{} : lines.front().start;
    end_ = begin_;
    for (const Line& line : lines) end_ = std::max(end_, line.end.value_or(std::max(now, line.start)));
  }
  std::size_t column(Time time) const {
    const auto whole = std::max<std::int64_t>((end_ - begin_).count(), 1);
    const auto at = std::clamp<std::int64_t>((time - begin_).count(), 0, whole);
    return std::min(static_cast<std::size_t>(at * static_cast<std::int64_t>(columns_) / whole), columns_ - 1);
  }
  Time end() const { return end_; }
  Millis whole() const { return end_ - begin_; }

 private:
  Time begin_;
  Time end_;
  std::size_t columns_;
};

std::string bar(const Line& line, const Scale& scale, std::size_t columns) {
  const std::size_t from = scale.column(line.start);
  const Time end = line.end.value_or(scale.end());
  std::size_t to = scale.column(end);
  // What ends where the next begins does not reach into its column.
  if (line.end && to > from && end < scale.end()) --to;
  // The worker's clock is another one.
  const bool queued = line.picked_up && *line.picked_up > line.start && *line.picked_up <= end;
  const std::size_t begun = queued ? std::min(scale.column(*line.picked_up), to) : from;
  std::string out(from, ' ');
  for (std::size_t i = from; i <= to; ++i) out += i < begun ? "·" : !line.end && i == to ? "▶" : line.mark;
  return out + std::string(columns - to - 1, ' ');
}

std::string axis(const Scale& scale, std::size_t columns) {
  const std::string end = format_duration(scale.whole());
  const std::string middle = format_duration(Millis(scale.whole().count() / 2));
  std::string out = "0";
  const bool room = columns > middle.size() + end.size() + 6 && scale.whole().count() > 1;
  if (room) out += std::string(columns / 2 - 1, ' ') + middle;
  return out + std::string(columns > out.size() + end.size() ? columns - out.size() - end.size() : 1, ' ') + end;
}

// The word by whose colour an outcome is shown.
std::string colour_of(const std::string& outcome) {
  if (outcome == "completed" || outcome == "resolved") return "completed";
  if (outcome == "failed" || outcome == "rejected" || outcome == "terminated") return "failed";
  return outcome == "open" || outcome.empty() ? "" : "compensated";
}

}  // namespace

std::string trace_text(const Value& trace, const TraceLook& look, const Style& style) {
  const Drawing drawing(trace, look);
  std::size_t label = 0;
  for (const Line& line : drawing.lines()) label = std::max(label, width_of(line.label));
  label = std::clamp<std::size_t>(label, 8, std::max<std::size_t>(look.width * 2 / 5, 8));
  const std::size_t taken = label + kDuration + 4;
  const std::size_t columns = std::max(look.width > taken ? (look.width - taken) / 2 : 0, kShortestBar);
  const std::size_t notes = look.width > taken + columns ? look.width - taken - columns : 0;
  const Scale scale(drawing.lines(), look.now, columns);
  const std::string status = text(trace, "status");
  std::string out = style.bold(text(trace, "id")) + "  " + text(trace, "workflow") + "@" + text(trace, "version") +
                    "  " + style.status(status, status) + fmt::format("  {} events\n", number(trace, "events"));
  out += std::string(label + 1, ' ') + style.dim(axis(scale, columns)) + "\n";
  for (const Line& line : drawing.lines()) {
    const Time end = line.end.value_or(std::max(look.now, line.start));
    const bool moment = std::string_view(line.mark) == "◆";
    const std::string took = moment ? "" : format_duration(end - line.start);
    std::string note = line.outcome == "completed" || line.outcome.empty() ? "" : line.outcome;
    if (!line.note.empty()) note += (note.empty() ? "" : ": ") + line.note;
    const std::string colour = colour_of(line.outcome);
    out += padded(line.label, label) + " " + style.status(colour, bar(line, scale, columns)) + " " +
           fmt::format("{:>{}}", took, kDuration);
    if (!note.empty() && notes > 0) out += "  " + style.status(colour, cut(note, notes));
    out += "\n";
  }
  return out;
}

}  // namespace skald::cli
