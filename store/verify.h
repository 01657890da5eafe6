#pragma once

// Proof that a stored history is the one that was written.

#include "store/saga_log.h"

namespace skald::store {

struct Verified {
  std::uint64_t events = 0;
  Digest head{};
};

// Computes the hash chain of a run again and compares it with its events and its summary. Errors: "unknown-saga";
// kDamaged "damaged-history" with the run and the event at which they part.
Result<Verified> verify_chain(const SagaLog& log, const RunId& run);

}  // namespace skald::store
