#pragma once

// The lines of an export (docs/export.md, format 1), each canonical: keys sorted, no spaces, UTF-8. Lines are given
// with their newline.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/value.h"
#include "engine/core/event.h"
#include "store/saga_log.h"

namespace skald::inspect {

inline constexpr std::uint64_t kExportFormat = 1;
inline constexpr std::size_t kLongestLine = 16u << 20;  // the largest event takes some 8 MiB

// A line that is not an event's carries the hash of itself without that: "sha256".
std::string sealed_line(Value line);
// Whether the line, parsed, carries its own hash.
bool is_sealed(const Value& line);

std::string header_line(const std::string& store_id);
std::string definition_line(const store::DefinitionRow& row);
std::string saga_line(const store::Summary& saga);
// As `history -o jsonl` has it, and "bytes".
std::string event_line(const core::Event& event, const store::StoredEvent& stored);
std::string end_line(const store::Summary& saga);
// In place of the end: retention removed the saga while it was being exported.
std::string removed_line(const store::Summary& saga);

// Counts what an export has, for its last line.
class ExportTotal {
 public:
  void add(std::uint64_t events, const Digest& head);
  std::string line() const;

  std::uint64_t sagas() const { return sagas_; }
  std::uint64_t events() const { return events_; }
  // SHA-256 over the heads in order.
  Digest head() const { return sha256(heads_); }

 private:
  std::uint64_t sagas_ = 0;
  std::uint64_t events_ = 0;
  std::string heads_;
};

}  // namespace skald::inspect
