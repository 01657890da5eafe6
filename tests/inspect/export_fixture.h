#pragma once

// Exports of logs, and what is found wrong with them.

#include <gmock/gmock.h>

#include "engine/inspect/export.h"
#include "engine/inspect/export_check.h"
#include "store/memory_log.h"
#include "tests/inspect/golden_sagas.h"

namespace skald::testing {

inline Result<std::string> export_of(const runtime::SagaReader& reader) {
  inspect::Exporter exporter(reader, store::ListQuery{});
  std::string all;
  while (true) {
    SKALD_ASSIGN(const auto piece, exporter.next());
    if (!piece) return all;
    all += *piece;
  }
}

inline std::string export_of(std::unique_ptr<store::SagaLog> log) {
  const auto open = runtime::OpenLog::over(std::move(log));
  return export_of((*open)->reader()).value();
}

inline std::string export_of_few() {
  auto log = std::make_unique<store::MemoryLog>();
  fill(*log, few());
  return export_of(std::move(log));
}

struct Told {
  std::vector<inspect::Damage> damage;
  inspect::Proved proved;

  std::string text() const {
    std::string all;
    for (const auto& one : damage) all += damage_text(one) + "\n";
    return all;
  }
  // Whether this event is named.
  bool names(const std::string& id, std::uint64_t seq) const {
    return std::any_of(damage.begin(), damage.end(),
                       [&](const inspect::Damage& one) { return one.id == id && one.seq == seq; });
  }
  bool names_line(std::uint64_t line) const {
    return std::any_of(damage.begin(), damage.end(), [&](const inspect::Damage& one) { return one.line == line; });
  }
};

inline Told check(std::string_view bytes, std::set<std::string> only = {}) {
  Told told;
  inspect::ExportCheck check([&told](const inspect::Damage& damage) { told.damage.push_back(damage); },
                             std::move(only));
  check.feed(bytes);
  check.end();
  told.proved = check.proved();
  return told;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}
inline std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace skald::testing
