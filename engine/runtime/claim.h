#pragma once

// Whose the broker's streams are: the one message of the claim stream, written by compare-and-set. Of two engines on
// one broker at most one goes on, also where both have copies of one store.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace skald::runtime {

struct Claim {
  std::string store;
  std::uint64_t incarnation = 1;  // of the store: a restored one has a higher
  std::string engine;             // random: one start of an engine
  std::uint64_t turn = 0;         // counts the engines that have claimed; 0: this one has not yet
  bool taking_over = false;       // the queue may still hold what an earlier incarnation has published

  bool operator==(const Claim&) const = default;
};

// JSON, as in engine/wire/README.md.
std::string encode(const Claim& claim);
// What cannot be read is the claim of no store.
Claim decode_claim(std::string_view json);

// What has to be written over `held` for the streams to be ours; none: they are. An engine that starts takes over from
// one of the same store and incarnation, which is dead, or will find the newer claim and stop. `where` names the
// streams in messages. Error "broker-taken" (kConflict): they belong to another store, a newer incarnation or a newer
// engine.
Result<std::optional<Claim>> claim_over(const std::optional<Claim>& held, const Claim& mine, const std::string& where);

}  // namespace skald::runtime
