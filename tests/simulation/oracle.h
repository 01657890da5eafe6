#pragma once

// What must hold of a history, read from its events alone: an account of the rules of sagas that shares no code with
// the core that it judges.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/core/event.h"
#include "store/summary.h"
#include "tests/simulation/services.h"

namespace skald::simulation {

// What no engine can know of, by key of the step.
struct Unseen {
  // The broker has lost an answer, or the task in a worker's hands: a message that is handed out again behind the end
  // of its attempt, and of which nothing more is heard, has an effect that nobody is told of.
  std::set<std::string> unheard;
  // Something came of it behind a backup that was restored: an effect, or its undo.
  std::set<std::string> forgotten;
};

// The first rule that the history breaks, in words that name it ("I5: ..."); none where all hold. `ledger`: by forward
// key. `document`: as it was deployed.
std::optional<std::string> broken_rule(const std::vector<core::Event>& history, const store::Summary& summary,
                                       const Value& document, const std::map<std::string, Effects>& ledger,
                                       const Unseen& unseen);

}  // namespace skald::simulation
