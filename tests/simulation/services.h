#pragma once

// The services behind the workers: they do what the task's key says once, or forget keys and do it again, and keep a
// ledger of effects by forward key.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "engine/wire/result.h"
#include "engine/wire/task.h"
#include "tests/simulation/weather.h"
#include "tests/simulation/world.h"

namespace skald::simulation {

struct Effects {
  int done = 0;          // how often the forward effect was applied
  int undone = 0;        // how often it was taken back
  bool refused = false;  // the undo has run: the forward key is refused from then on
  Payload output;
  std::set<std::uint32_t> rejected;  // attempts that were told no, for good
  int net() const { return done - undone; }
};

// Of a task type.
bool honours_keys(std::string_view type);

class Services {
 public:
  Services(World& world, Weather& weather, Meetings& meetings)
      : world_(world), weather_(weather), meetings_(meetings) {}

  struct Reply {
    wire::Outcome outcome = wire::Outcome::kCompleted;
    Payload output;
    Payload error;
    bool lost = false;  // the caller never sees it
  };

  // Task types: "svc.*" and "skald.http" forward and honouring keys, "forget.*" forward and not, "undo.*" with {key,
  // last} in its input.
  Reply call(const wire::TaskMessage& task);

  const std::map<std::string, Effects>& ledger() const { return ledger_; }
  std::uint64_t repeats() const { return repeats_; }  // calls that met their own key

 private:
  Reply forward(const wire::TaskMessage& task, bool honours);
  Reply undo(const wire::TaskMessage& task);

  World& world_;
  Weather& weather_;
  Meetings& meetings_;
  std::map<std::string, Effects> ledger_;  // by forward key
  std::uint64_t repeats_ = 0;
};

}  // namespace skald::simulation
