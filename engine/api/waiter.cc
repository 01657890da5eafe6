#include "engine/api/waiter.h"

#include <utility>

#include "engine/api/problems.h"
#include "engine/api/respond.h"
#include "engine/inspect/saga_json.h"

namespace skald::api {

std::shared_ptr<Waiter> Waiter::begin(const ExchangePtr& exchange, runtime::Engine& engine, FoldsPtr folds,
                                      Millis wait) {
  const std::shared_ptr<Waiter> waiter(new Waiter(exchange, engine, std::move(folds)));
  exchange->on_done([waiter] { waiter->leave(); });
  exchange->after(wait, [waiter] { waiter->time_is_up(); });
  return waiter;
}

void Waiter::watch(const RunId& run, int status) {
  const std::lock_guard lock(mutex_);
  run_ = run;
  status_ = status;
  if (gone_) return;
  const auto self = shared_from_this();
  watcher_ = engine_.watch(run, [self](const runtime::SagaChange& change) {
    if (!inspect::is_settled(change.status)) return;
    self->exchange_->post([self, ended = change.ended] { ended ? self->answer(*ended) : self->answer(); });
  });
  if (late_) exchange_->post([self] { self->answer(); });
}

void Waiter::look() {
  const auto summary = engine_.summary(run_);
  if (!summary || !*summary || inspect::is_settled((*summary)->status)) answer();
}

void Waiter::time_is_up() {
  {
    const std::lock_guard lock(mutex_);
    late_ = true;
    if (status_ == 0) return;
  }
  answer();
}

void Waiter::leave() {
  std::uint64_t watcher = 0;
  {
    const std::lock_guard lock(mutex_);
    gone_ = true;
    watcher = watcher_;
  }
  if (watcher != 0) engine_.unwatch(watcher);
}

void Waiter::answer() {
  if (answered_) return;
  const auto saga = engine_.show(run_);
  if (saga && saga->summary.final) return answer(*saga);
  answered_ = true;
  if (!saga) return exchange_->respond(problem(saga.error()));
  // What one that goes on would undo is found by folding all of its history.
  exchange_->post_apart([self = shared_from_this()] {
    respond_with_prospects(self->exchange_, self->engine_, *self->folds_, self->run_, self->status_);
  });
}

void Waiter::answer(const runtime::SagaView& ended) {
  if (std::exchange(answered_, true)) return;
  exchange_->respond(json_response(status_, inspect::saga_json(ended, {})));
}

}  // namespace skald::api
