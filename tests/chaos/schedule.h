#pragma once

// What happens in a chaos run, and when: all of it follows from one seed. Only the timing of real processes does not.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::chaos {

inline constexpr const char* kServices[] = {"catalog", "cart", "inventory", "checkout", "payments"};
inline constexpr Millis kAckWait{10'000};  // of the workers' consumers: what is paused longer loses its tasks to others

// A process of `skald dev --store`, as endpoints.json names it.
struct Target {
  std::string kind;  // "engine", "nats", "workers", "services"
  std::string name;  // of a worker or service

  std::string text() const { return name.empty() ? kind : kind + "/" + name; }
  bool operator==(const Target&) const = default;
};

struct Act {
  enum class Kind {
    kKill,    // SIGKILL
    kPause,   // SIGSTOP, and SIGCONT after `lasts`
    kWipe,    // the broker is killed and its folder deleted before it starts again
    kForget,  // the broker's folder is put back, after `lasts`, to what it is now: it loses what it acknowledged
    kFaults,  // the service's switches are set to `faults`
  };

  Millis at{0};  // since the start
  Kind kind = Kind::kKill;
  Target target;
  Millis lasts{0};
  bool keep_consumers = false;  // kForget: only the messages go back, as after a power cut
  Value faults;

  bool operator==(const Act&) const = default;
};

// In the order of time, all before `duration`. In twenty minutes at least twenty kills of the engine, the broker, and
// each worker and service, and `intensity` times as many.
std::vector<Act> make_schedule(std::uint64_t seed, Millis duration, double intensity = 1);

// One shopper's checkout.
struct Order {
  std::string id;
  std::string cart;
  std::string card;
  std::vector<std::pair<std::string, int>> items;  // sku, quantity
  bool submit_again = false;                       // although it was acknowledged
  std::string verb;                                // "cancel", "compensate" or "suspend"; empty: it is left alone
  Millis verb_after{0};                            // its acknowledgement
  Millis resume_after{0};                          // the suspension
};

Order make_order(std::uint64_t seed, int number);

}  // namespace skald::chaos
