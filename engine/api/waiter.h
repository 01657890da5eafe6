#pragma once

// A client that waits for a saga's end: `wait` of a request. It costs a watcher and a timer, no thread.

#include <cstdint>
#include <memory>
#include <mutex>

#include "engine/api/http.h"
#include "engine/api/router.h"
#include "engine/base/ids.h"
#include "engine/runtime/engine.h"

namespace skald::api {

// Answers with the saga once it has ended or is stuck, or the time is up. Where the client goes before, or the server
// stops, the engine is not left with a watcher. Whoever may still call it holds it: the exchange and the engine.
class Waiter : public std::enable_shared_from_this<Waiter> {
 public:
  // The time runs from here on. Nothing is answered before watch().
  static std::shared_ptr<Waiter> begin(const ExchangePtr& exchange, runtime::Engine& engine, FoldsPtr folds,
                                       Millis wait);

  // The saga is known now, and `status` is to be that of the answer. What is committed from here on is noticed. From
  // any thread.
  void watch(const RunId& run, int status);
  // Answers if it has ended or is stuck already. Behind watch(), on the exchange's thread; reads the store.
  void look();

 private:
  Waiter(ExchangePtr exchange, runtime::Engine& engine, FoldsPtr folds)
      : exchange_(std::move(exchange)), engine_(engine), folds_(std::move(folds)) {}

  void time_is_up();
  void leave();
  // With what the store says.
  void answer();
  void answer(const runtime::SagaView& ended);

  const ExchangePtr exchange_;
  runtime::Engine& engine_;
  const FoldsPtr folds_;
  bool answered_ = false;  // on the exchange's thread alone

  std::mutex mutex_;  // over watch() of the engine too, whose watchers take no lock: they post
  RunId run_;
  int status_ = 0;  // 0: the saga is not known yet
  std::uint64_t watcher_ = 0;
  bool late_ = false;
  bool gone_ = false;
};

}  // namespace skald::api
