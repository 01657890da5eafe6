#pragma once

// Sagas that are driven by hand to make the golden histories. They are only needed to make new ones: what is stored
// replays without them.

#include <functional>
#include <string>
#include <vector>

#include "tests/core/saga_fixture.h"

namespace skald::golden {

struct Scenario {
  std::string name;   // of its files
  std::string tasks;  // as Saga takes them; every expression stands in ${ }
  std::string head;
  std::function<void(core::Saga&)> drive;
};

const std::vector<Scenario>& scenarios();

}  // namespace skald::golden
