#include "cli/output.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/cells.h"

namespace skald::cli {
namespace {

constexpr std::size_t kGap = 2;

std::string text_of(const Value& object, const char* name) {
  if (!object.contains(name) || object[name].is_null()) return "-";
  return object[name].is_string() ? object[name].get<std::string>() : to_json(object[name]);
}

std::string duration_of(const Value& saga, Time now) {
  const auto started = parse_time(saga.value("started_at", ""));
  const auto ended = parse_time(saga["ended_at"].is_string() ? saga["ended_at"].get<std::string>() : "");
  if (!started) return "-";
  return format_duration(std::max(Millis(0), (ended ? *ended : now) - *started));
}

}  // namespace

std::string Style::wrap(const char* code, const std::string& text) const {
  return colour_ ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
}

std::string Style::status(const std::string& status, const std::string& text) const {
  if (status == "completed") return wrap("32", text);
  if (status == "failed" || status == "terminated") return wrap("31", text);
  if (status == "stuck") return wrap("1;33", text);
  const bool going_back = status == "compensated" || status == "compensating" || status == "cancelled";
  if (going_back || status == "suspended") return wrap("33", text);
  return text;
}

std::string table(const std::vector<std::vector<std::string>>& rows, const Style& style, int status_column) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const std::string& cell = rows[r][i];
      const bool last = i + 1 == rows[r].size();
      const std::string padding(last ? 0 : widths[i] - cell.size() + kGap, ' ');
      const bool coloured = r > 0 && static_cast<int>(i) == status_column;
      line += (r == 0 ? style.bold(cell) : coloured ? style.status(cell, cell) : cell) + padding;
    }
    out += line + "\n";
  }
  return out;
}

std::string ago(const std::string& time, Time now) {
  const auto then = parse_time(time);
  if (!then) return "-";
  return format_duration(std::max(Millis(0), now - *then)) + " ago";
}

std::string brief(const Value& value, std::size_t most) {
  std::string text = to_json(value);
  if (text.size() <= most) return text;
  std::size_t end = most - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return text.substr(0, end) + "...";
}

std::string sagas_text(const Value& items, const Style& style, Time now) {
  std::vector<std::vector<std::string>> rows = {{"ID", "STATUS", "WORKFLOW", "STARTED", "TOOK", "EVENTS", "WAITS FOR"}};
  for (const Value& saga : items) {
    std::string waits;
    for (const Value& step : saga.value("pending", Value::array())) {
      waits += (waits.empty() ? "" : ", ") + text_of(step, "step");
    }
    rows.push_back({text_of(saga, "id"), text_of(saga, "status"),
                    text_of(saga, "workflow") + "@" + text_of(saga, "version"), ago(saga.value("started_at", ""), now),
                    duration_of(saga, now), text_of(saga, "events"), waits});
  }
  return table(rows, style, 1);
}

std::string saga_text(const Value& saga, const Style& style, Time now) {
  std::string out;
  const auto line = [&](const std::string& name, const std::string& text) {
    out += style.dim(fmt::format("{:<13}", name)) + text + "\n";
  };
  const std::string status = text_of(saga, "status");
  line("saga", style.bold(text_of(saga, "id")));
  line("status", style.status(status, status));
  line("workflow", text_of(saga, "workflow") + "@" + text_of(saga, "version"));
  line("run", text_of(saga, "run"));
  line("started", fmt::format("{} ({})", text_of(saga, "started_at"), ago(saga.value("started_at", ""), now)));
  if (!saga["ended_at"].is_null()) {
    line("ended", fmt::format("{} (took {})", text_of(saga, "ended_at"), duration_of(saga, now)));
  }
  line("events", text_of(saga, "events"));
  const Value labels = saga.value("labels", Value::object());
  for (const auto& [key, value] : labels.items()) {
    line("label", printable(key + "=" + value.get<std::string>()));
  }
  if (saga.contains("input")) line("input", brief(saga["input"], 400));
  if (saga.contains("output") && !saga["output"].is_null()) line("output", brief(saga["output"], 400));
  if (!saga["error"].is_null()) line("error", brief(saga["error"], 400));
  for (const Value& step : saga.value("pending", Value::array())) {
    const std::string task = step.value("task", "");
    std::string text = text_of(step, "step");
    if (!task.empty()) text += fmt::format(" ({}), attempt {}", task, text_of(step, "attempt"));
    text += ", since " + ago(step.value("since", ""), now);
    if (task.empty() && !step["next_retry_at"].is_null()) text += ", until " + text_of(step, "next_retry_at");
    if (!task.empty() && !step["next_retry_at"].is_null()) text += ", next try at " + text_of(step, "next_retry_at");
    line("waits for", text);
    if (!step["last_error"].is_null()) line("  last error", brief(step["last_error"], 300));
  }
  const Value undo = saga.value("compensation", Value::object());
  const bool undone =
      undo.value("done", 0) + undo.value("pending", 0) + undo.value("stuck", 0) + undo.value("skipped", 0) > 0;
  if (undone) {
    line("undone", fmt::format("{} done, {} pending, {} stuck, {} skipped", undo.value("done", 0),
                               undo.value("pending", 0), undo.value("stuck", 0), undo.value("skipped", 0)));
  }
  const char* label = status == "compensating" ? "to undo" : "would undo";
  for (const Value& planned : saga.value("would_undo", Value::array())) line(label, planned_undo_text(planned));
  for (const Value& step : saga.value("left_behind", Value::array())) line("left behind", step.get<std::string>());
  return out;
}

}  // namespace skald::cli
