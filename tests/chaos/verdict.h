#pragma once

// What must hold when the chaos is over, and the figures of it.

#include <map>
#include <string>
#include <vector>

#include "tests/chaos/shoppers.h"

namespace skald::chaos {

// What the histories say.
struct Findings {
  std::map<std::string, int> ends;  // sagas by status
  int redelivered = 0;              // attempts that the broker delivered more than once
  int republished = 0;
  int late_results = 0;
  int retries = 0;
  int timed_out = 0;  // attempts, or unknown
  std::size_t events = 0;
  std::vector<std::string> violations;
};

// Waits until no saga is running or compensating. False: some still are.
bool wait_for_ends(const Store& store, Millis within);

// - every acknowledged checkout is there, under the run that was acknowledged, and final;
// - its history has no gap, ends once, gives each attempt one outcome, and holds the verbs that were acknowledged;
// - completed sagas have confirmed orders, all others a cancelled one or none, and no order is without its saga;
// - the audit finds the books of the five services balanced.
Findings examine(const Store& store, const std::vector<Checkout>& checkouts);

}  // namespace skald::chaos
