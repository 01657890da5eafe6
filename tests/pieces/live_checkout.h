#pragma once

// A checkout that gives the batch of each of its decisions.

#include "engine/runtime/live_saga.h"
#include "tests/pieces/checkout.h"

namespace skald::pieces {

class LiveCheckout {
 public:
  // Borrows the script. `store_id`: of the log that takes the batches.
  LiveCheckout(const Checkout& script, std::string_view store_id)
      : script_(&script), saga_(checkout_workflow(), store_id, script.run) {}

  bool ended() const { return next_ == script_->commands.size(); }
  // What the next command changes in the log. Not behind the end.
  store::Batch next();

 private:
  const Checkout* script_;
  runtime::LiveSaga saga_;
  std::size_t next_ = 0;
};

}  // namespace skald::pieces
