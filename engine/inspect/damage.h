#pragma once

// What a proof finds wrong.

#include <cstdint>
#include <functional>
#include <string>

#include "engine/base/value.h"

namespace skald::inspect {

struct Damage {
  std::string id;          // of the saga; empty: it is of none, or nobody knows of which
  std::string run;         // likewise
  std::uint64_t seq = 0;   // the event; 0: none
  std::uint64_t line = 0;  // in an export, from 1; 0: none
  std::string what;
};

using FoundDamage = std::function<void(const Damage&)>;

struct Proved {
  std::uint64_t sagas = 0;
  std::uint64_t events = 0;
  std::uint64_t damages = 0;
};

// {"id", "run", "seq", "line", "what"}; what is not known is left out.
Value damage_json(const Damage& damage);
// "saga order-1, event 5 (line 12): ..."
std::string damage_text(const Damage& damage);

}  // namespace skald::inspect
