#include "store/verify.h"

#include <fmt/format.h>

#include "store/chain.h"

namespace skald::store {

Result<Verified> verify_chain(const SagaLog& log, const RunId& run) {
  constexpr std::size_t kPage = 1'000;
  SKALD_ASSIGN(const auto summary, log.summary(run));
  if (!summary) return fail(ErrorKind::kNotFound, "unknown-saga", fmt::format("there is no saga {}", run.str()));
  const auto damaged = [&run](std::uint64_t seq, std::string_view what) {
    return fail(ErrorKind::kDamaged, "damaged-history",
                fmt::format("the history of run {} is damaged at event {}: {}", run.str(), seq, what));
  };
  Verified verified{0, chain_start(log.store_id(), run, summary->definition_hash)};
  while (true) {
    SKALD_ASSIGN(const auto events, log.events(run, verified.events + 1, kPage));
    for (const StoredEvent& event : events) {
      verified.head = chain_next(verified.head, event.bytes);
      if (verified.head != event.hash) return damaged(event.seq, "its hash does not continue the chain");
      verified.events = event.seq;
    }
    if (events.size() < kPage) break;
  }
  if (verified.events != summary->events) {
    return damaged(verified.events, fmt::format("the summary counts {} events", summary->events));
  }
  if (verified.head != summary->head) return damaged(verified.events, "the summary has another head hash");
  return verified;
}

}  // namespace skald::store
