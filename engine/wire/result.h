#pragma once

// A result: what came of an attempt, on its way to the engine. A message holds one, or several of one shard.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::wire {

enum class Outcome {
  kCompleted,  // the effect stands
  kRejected,   // refused for good; no effect
  kFailed,     // no effect; may be tried again
  kUnknown,    // nobody knows whether it took effect
};

inline constexpr std::size_t kMaxResultsPerMessage = 256;

struct ResultMessage {
  RunId run;
  std::string step;
  std::string key;
  std::uint32_t attempt = 0;
  std::string token;
  std::uint32_t deliveries = 1;  // how often the broker had handed out the task
  Outcome outcome = Outcome::kCompleted;
  Payload output;
  Payload error;  // an RFC 7807 object
  std::optional<Millis> retry_after;
  std::string worker;
  std::optional<Time> started_at;
  std::optional<Time> finished_at;

  bool operator==(const ResultMessage&) const = default;
};

std::string_view to_string(Outcome outcome);

// One alone is a map of its own; several are {"results": [...]}.
std::string encode(const std::vector<ResultMessage>& results);
// Error: "bad-result".
Result<std::vector<ResultMessage>> decode_results(std::string_view body, bool json);

}  // namespace skald::wire
