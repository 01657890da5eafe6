#include "tests/pieces/live_checkout.h"

#include "engine/base/check.h"

namespace skald::pieces {

store::Batch LiveCheckout::next() {
  const std::size_t at = next_++;
  const auto events = core::decide(saga_.state, script_->commands[at], env_at(at));
  SKALD_CHECK(events, "every command of a checkout moves it");
  runtime::ActChanges changes;
  store::Batch batch = saga_.commit(*events, changes);
  if (at == 0) batch.ids.emplace_back(script_->id, script_->run);
  return batch;
}

}  // namespace skald::pieces
