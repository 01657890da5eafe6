#pragma once

// What lists and status questions need of a saga without reading its history. A pure function of its events.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::store {

// One thing that the saga waits for.
struct PendingStep {
  std::string step;  // reference: "/do/1/reserve"
  std::string task;  // task type
  std::uint32_t attempt = 0;
  Time since;
  std::optional<Time> next_retry_at;
  Payload last_error;  // empty: none

  bool operator==(const PendingStep&) const = default;
};

struct CompensationCounts {
  std::uint32_t done = 0;
  std::uint32_t pending = 0;
  std::uint32_t stuck = 0;
  std::uint32_t skipped = 0;

  bool operator==(const CompensationCounts&) const = default;
};

struct Summary {
  RunId run;
  SagaId id;
  std::string workflow;  // "namespace/name"
  std::string version;
  std::string definition_hash;  // hex SHA-256 of the definition's canonical bytes
  std::string status;           // as shown: "running", "compensating", "stuck", "suspended", or a final one
  bool final = false;
  Time started_at;
  std::optional<Time> ended_at;
  std::map<std::string, std::string> labels;
  Payload error;                  // empty: none
  std::string input_hash;         // SHA-256 of the canonical input bytes: submissions are idempotent by it
  std::string requested_version;  // as submitted; empty: none was named
  std::uint64_t output_seq = 0;   // the event that holds the output; 0: none
  std::vector<PendingStep> pending;
  CompensationCounts compensation;
  std::vector<std::string> left_behind;
  std::uint64_t events = 0;  // count of events = seq of the last
  Digest head{};             // hash of the last event

  bool operator==(const Summary&) const = default;
};

// A msgpack array; see store/README.md.
std::string encode(const Summary& summary);
// Reads as well the map that format 1 had. Error: "damaged-summary".
Result<Summary> decode_summary(std::string_view bytes);

}  // namespace skald::store
