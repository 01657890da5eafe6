#include "cli/top_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/cells.h"
#include "cli/output.h"

namespace skald::cli {
namespace {

constexpr std::size_t kLabel = 9;    // the names at the left of the upper lines
constexpr std::size_t kGap = 2;      // between columns
constexpr std::size_t kNarrow = 80;  // below it, columns that one can do without are left out
constexpr const char* kBold = "1";
constexpr const char* kDim = "2";
constexpr const char* kBad = "31";
constexpr const char* kWarning = "33";
constexpr const char* kAlarm = "1;33";

double total_of(const Value& overview, const char* name) {
  return overview.value("totals", Value::object()).value(name, 0.0);
}

// "0.4", "12", "1234": a rate for people.
std::string rate_text(double rate) { return rate < 10 ? fmt::format("{:.1f}", rate) : fmt::format("{:.0f}", rate); }

std::string number_at(const Value& object, const char* name) {
  return object.contains(name) ? to_json(object[name]) : "-";
}

std::string time_text(double ms) {
  return ms < 10 ? fmt::format("{:.1f}ms", ms) : format_duration(Millis(static_cast<std::int64_t>(ms)));
}

// What went wrong, in one line: of an RFC 7807 error its detail, or title.
std::string error_text(const Value& error) {
  if (error.is_null()) return "";
  for (const char* name : {"detail", "title"}) {
    if (error.is_object() && error.contains(name) && error[name].is_string()) return error[name].get<std::string>();
  }
  return to_json(error);
}

std::string look_of(const std::string& status) {
  if (status == "stuck") return kAlarm;
  if (status == "failed" || status == "terminated") return kBad;
  if (status == "compensating" || status == "suspended" || status == "compensated" || status == "cancelled") {
    return kWarning;
  }
  return status == "completed" ? "32" : "";
}

struct Cell {
  std::string text, look;
};

// A part of the screen that has rows to give away where there is too little room.
struct Section {
  std::vector<std::string> head;
  std::vector<std::vector<Cell>> rows;
  std::string nothing;  // said where there are none
};

Section workers_section(const TopFrame& frame, bool narrow) {
  Section section{{"TASK", "WORKERS", "WAITING", "OLDEST", "IN FLIGHT", "BREAKERS"}, {}, "no task type is known yet"};
  if (narrow) section.head = {"TASK", "WORKERS", "WAITING", "OLDEST", "BREAKERS"};
  struct Row {
    int trouble;
    std::uint64_t waiting;
    std::vector<Cell> cells;
  };
  std::vector<Row> rows;
  for (const Value& type : frame.overview.value("workers", Value::array())) {
    std::string names, breakers;
    std::uint64_t in_flight = 0;
    const Value workers = type.value("workers", Value::array());
    for (const Value& worker : workers) {
      names += (names.empty() ? "" : ", ") + worker.value("name", "");
      in_flight += worker.value("in_flight", std::uint64_t{0});
      const Value states = worker.value("breakers", Value::object());
      for (const auto& [service, state] : states.items()) {
        if (state != "closed") breakers += (breakers.empty() ? "" : ", ") + service + " " + state.get<std::string>();
      }
    }
    const bool unserved = names.empty();
    const std::uint64_t waiting = type["waiting"].is_number() ? type["waiting"].get<std::uint64_t>() : 0;
    const std::string many =
        workers.size() > 1 ? fmt::format("{}: {}", workers.size(), cut(names, 26)) : cut(names, 30);
    const std::string served = narrow ? std::to_string(workers.size()) : many;
    std::vector<Cell> cells = {{type.value("task", ""), ""},
                               {unserved ? "nobody" : served, unserved ? (waiting > 0 ? kAlarm : kWarning) : ""},
                               {number_at(type, "waiting"), ""},
                               {type["oldest"].is_string() ? ago(type.value("oldest", ""), frame.now) : "-", ""},
                               {std::to_string(in_flight), ""},
                               {breakers.empty() ? "-" : breakers, breakers.empty() ? "" : kBad}};
    if (narrow) cells.erase(cells.begin() + 4);
    rows.push_back({unserved && waiting > 0 ? 2 : breakers.empty() ? 0 : 1, waiting, std::move(cells)});
  }
  // What needs somebody stands on top.
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.trouble != b.trouble ? a.trouble > b.trouble : a.waiting > b.waiting;
  });
  for (Row& row : rows) section.rows.push_back(std::move(row.cells));
  return section;
}

Section slowest_section(const TopFrame& frame) {
  Section section{{"SLOWEST TASK", "ATTEMPTS", "MEAN", "LONGEST"}, {}, "no attempt has ended yet"};
  for (const Value& task : frame.overview.value("slowest", Value::array())) {
    section.rows.push_back({{task.value("task", ""), ""},
                            {number_at(task, "count"), ""},
                            {time_text(task.value("mean_ms", 0.0)), ""},
                            {time_text(task.value("max_ms", 0.0)), ""}});
  }
  return section;
}

Section failures_section(const TopFrame& frame, bool narrow) {
  Section section{{"LATEST FAILURE", "STATUS", "WHEN", "WORKFLOW", "ERROR"}, {}, "nothing has failed"};
  if (narrow) section.head.erase(section.head.begin() + 3);
  for (const Value& saga : frame.overview.value("failures", Value::array())) {
    const std::string status = saga.value("status", "");
    std::vector<Cell> cells = {{cut(saga.value("id", ""), narrow ? 20 : 36), ""},
                               {status, look_of(status)},
                               {ago(saga.value("at", ""), frame.now), ""},
                               {cut(saga.value("workflow", ""), 24), ""},
                               {error_text(saga.value("error", Value())), ""}};
    if (narrow) cells.erase(cells.begin() + 3);
    section.rows.push_back(std::move(cells));
  }
  return section;
}

// The head and at most `most` rows, the last of which tells how many there are besides.
std::vector<Cells> lines_of(const Section& section, std::size_t most) {
  std::vector<std::size_t> widths;
  for (const std::string& name : section.head) widths.push_back(name.size());
  for (const auto& row : section.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(printable(row[i].text)));
  }
  std::vector<Cells> lines(1);
  std::size_t column = 0;
  for (std::size_t i = 0; i < section.head.size(); ++i) {
    lines[0].to(column).add(section.head[i], kBold);
    column += widths[i] + kGap;
  }
  if (section.rows.empty() && most > 0) lines.push_back(Cells().add(section.nothing, kDim));
  // A row that is the only one is worth more than a count.
  const bool counted = section.rows.size() > most && most > 1;
  const std::size_t shown = std::min(section.rows.size(), counted ? most - 1 : most);
  for (std::size_t r = 0; r < shown; ++r) {
    Cells line;
    column = 0;
    for (std::size_t i = 0; i < section.rows[r].size(); ++i) {
      line.to(column).add(section.rows[r][i].text, section.rows[r][i].look);
      column += widths[i] + kGap;
    }
    lines.push_back(std::move(line));
  }
  if (counted) lines.push_back(Cells().add(fmt::format("and {} more", section.rows.size() - shown), kDim));
  return lines;
}

Cells title(const TopFrame& frame) {
  Cells line;
  line.add("skald top", kBold).add("  " + frame.server + "  " + format_time(frame.now).substr(11, 8) + "Z");
  if (frame.paused) line.add("  paused", kAlarm);
  return line;
}

// Where there is little room, only those that there are.
void counts(Cells& line, const Value& sagas, const std::vector<const char*>& statuses, bool narrow) {
  for (const char* status : statuses) {
    const bool some = sagas.value(status, std::uint64_t{0}) > 0;
    if (narrow && !some) continue;
    line.add(line.width() > kLabel ? "  " : "").add(status).add(" ");
    line.add(number_at(sagas, status), some ? look_of(status) : kDim);
  }
}

std::vector<Cells> upper_lines(const TopFrame& frame, bool narrow) {
  const auto label = [](const char* name) { return Cells().add(name, kBold).to(kLabel); };
  std::vector<Cells> lines;
  Cells rates = label("rates");
  const auto rate = [&](const char* name, double Rates::*of) {
    rates.add(rates.width() > kLabel ? "  " : "").add(name).add(" ");
    rates.add(frame.rates ? rate_text((*frame.rates).*of) + "/s" : "-");
  };
  rate("started", &Rates::started);
  rate("ended", &Rates::ended);
  rate("steps", &Rates::steps);
  rate("commits", &Rates::commits);
  rate("events", &Rates::events);
  lines.push_back(std::move(rates));
  const Value sagas = frame.overview.value("sagas", Value::object());
  counts(lines.emplace_back(label("open")), sagas, {"running", "compensating", "stuck", "suspended"}, narrow);
  counts(lines.emplace_back(label("ended")), sagas, {"completed", "compensated", "failed", "cancelled", "terminated"},
         narrow);
  const Value queues = frame.overview.value("queues", Value::object());
  Cells& queue = lines.emplace_back(label("queues"));
  queue.add("tasks waiting " + number_at(queues, "tasks_waiting") + "  unacknowledged " +
            number_at(queues, "unacknowledged") + "  live sagas " + number_at(queues, "live_sagas"));
  const Value ready = frame.overview.value("ready", Value::object());
  Cells& health = lines.emplace_back(label("health"));
  for (const char* part : {"log", "broker"}) {
    const bool well = ready.value(part, false);
    health.add(health.width() > kLabel ? "  " : "")
        .add(part)
        .add(" ")
        .add(well ? "ok" : "NOT OK", well ? "32" : kAlarm);
  }
  const bool well = ready.value("log", false) && ready.value("broker", false);
  if (!well) health.add("  " + ready.value("detail", ""), kWarning);
  return lines;
}

// How many rows each section gets of `rows`, so that none is empty while another has plenty.
std::vector<std::size_t> shares(const std::vector<Section>& sections, std::size_t rows) {
  std::vector<std::size_t> given(sections.size(), 0);
  for (bool more = true; more && rows > 0;) {
    more = false;
    for (std::size_t i = 0; i < sections.size() && rows > 0; ++i) {
      if (given[i] >= std::max<std::size_t>(sections[i].rows.size(), 1)) continue;
      ++given[i];
      --rows;
      more = true;
    }
  }
  return given;
}

}  // namespace

std::optional<Rates> rates_between(const Value& earlier, const Value& later) {
  if (!earlier.is_object() || !later.is_object()) return std::nullopt;
  const auto from = parse_time(earlier.value("at", ""));
  const auto to = parse_time(later.value("at", ""));
  if (!from || !to || *to <= *from) return std::nullopt;
  const double seconds = static_cast<double>((*to - *from).count()) / 1'000;
  Rates rates;
  const std::pair<const char*, double Rates::*> kAll[] = {{"started", &Rates::started},
                                                          {"ended", &Rates::ended},
                                                          {"steps", &Rates::steps},
                                                          {"commits", &Rates::commits},
                                                          {"events", &Rates::events}};
  for (const auto& [name, of] : kAll) {
    const double done = total_of(later, name) - total_of(earlier, name);
    if (done < 0) return std::nullopt;
    rates.*of = done / seconds;
  }
  return rates;
}

std::vector<std::string> top_lines(const TopFrame& frame, const TopSize& size) {
  const bool away = !frame.away.empty();
  const bool narrow = size.columns < kNarrow;
  std::vector<std::string> out;
  const auto put = [&](const Cells& line, bool grey) {
    if (size.rows == 0 || out.size() < size.rows) out.push_back(line.text(size.columns, size.colour, grey));
  };
  put(title(frame), false);
  if (away) put(Cells().add("server away: " + frame.away, kAlarm), false);
  if (frame.overview.is_null()) return out;
  for (const Cells& line : upper_lines(frame, narrow)) put(line, away);

  const std::vector<Section> sections = {workers_section(frame, narrow), failures_section(frame, narrow),
                                         slowest_section(frame)};
  std::vector<std::size_t> given;
  if (size.rows == 0) {
    for (const Section& section : sections) given.push_back(std::max<std::size_t>(section.rows.size(), 1));
  } else {
    // Each section has an empty line and a head before its rows; those that have no room for a row are left out.
    const std::size_t left = size.rows - std::min(size.rows, out.size());
    const std::size_t fitting = std::min(sections.size(), left / 3);
    given = shares({sections.begin(), sections.begin() + static_cast<std::ptrdiff_t>(fitting)}, left - 2 * fitting);
    given.resize(sections.size(), 0);
  }
  for (std::size_t i = 0; i < sections.size(); ++i) {
    if (given[i] == 0) continue;  // a head alone says nothing
    put(Cells(), false);
    for (const Cells& line : lines_of(sections[i], given[i])) put(line, away);
  }
  return out;
}

}  // namespace skald::cli
