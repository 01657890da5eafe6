#pragma once

// What must hold between sagas and the sagas that they run, read from their histories alone (I12).

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/event.h"
#include "store/saga_log.h"
#include "tests/simulation/services.h"

namespace skald::simulation {

struct Told {
  store::Summary summary;
  std::vector<core::Event> history;
  bool removed = false;  // by retention; this is how it was then
};

// Error: "damaged-event", and those of reads.
Result<std::vector<core::Event>> history_of(const store::SagaLog& log, const RunId& run);

class Family {
 public:
  // `all` must outlive it.
  explicit Family(const std::vector<Told>& all);

  // The first rule that is broken between two sagas, in words that name it; none where all hold.
  std::optional<std::string> broken() const;
  // What a step's child is to its parent: an effect, by the step's key, that stands or was taken back.
  std::map<std::string, Effects> effects() const;

 private:
  const Told* child_of(const std::string& key) const;
  std::optional<std::string> broken_of(const Told& child) const;
  std::optional<std::string> broken_step(const Told& parent, const core::Event& scheduled) const;

  const std::vector<Told>& all_;
  std::map<std::string, const Told*> by_run_;
  std::multimap<std::string, const Told*> by_key_;  // the step's, and the attempt's
};

}  // namespace skald::simulation
