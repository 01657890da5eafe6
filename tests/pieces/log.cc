#include <memory>

#include "engine/base/check.h"
#include "engine/runtime/live_saga.h"
#include "store/memory_log.h"
#include "tests/core/no_jq.h"
#include "tests/pieces/checkout.h"
#include "tests/pieces/live_checkout.h"
#include "tests/pieces/piece.h"

namespace skald::pieces {
namespace {

// A decision, and the rows that come of it.
Piece step_with_rows() {
  auto script = std::make_shared<Checkout>(checkout(Course::kCompletes));
  const std::size_t at = find_answer(*script, "/create");
  return {"log/a step completes, as rows", [script, at](std::size_t times) {
            LiveCheckout before(*script, "store");
            for (std::size_t i = 0; i < at; ++i) before.next();
            auto sagas = std::make_shared<std::vector<LiveCheckout>>(times, before);
            return [script, sagas, next = std::size_t{0}]() mutable {
              const store::Batch batch = (*sagas)[next++].next();
              SKALD_CHECK(!batch.empty(), "a step has rows");
            };
          }};
}

// Whole checkouts, each into the same log in memory.
Piece whole(std::string name, Course course) {
  return {std::move(name), [course](std::size_t times) {
            auto scripts = std::make_shared<std::vector<Checkout>>();
            for (std::size_t i = 0; i < times; ++i) scripts->push_back(checkout(course, i));
            auto log = std::make_shared<store::MemoryLog>();
            return [scripts, log, next = std::size_t{0}]() mutable {
              LiveCheckout saga((*scripts)[next++], log->store_id());
              while (!saga.ended()) {
                SKALD_CHECK(log->commit(saga.next()), "a log in memory takes everything");
              }
            };
          }};
}

// A saga that is read back from the log, its history folded.
Piece load() {
  struct World {
    core::NoJq jq;
    runtime::Catalog catalog{jq};
    store::MemoryLog log;
    RunId run;
  };
  auto world = std::make_shared<World>();
  world->catalog.add(checkout_workflow());
  const Checkout script = checkout(Course::kCompletes);
  world->run = script.run;
  LiveCheckout saga(script, world->log.store_id());
  while (!saga.ended()) SKALD_CHECK(world->log.commit(saga.next()), "a log in memory takes everything");
  return {"log/a completed checkout is loaded", [world](std::size_t) {
            return [world] {
              const auto loaded = runtime::LiveSaga::load(world->log, world->catalog, world->run);
              SKALD_CHECK(loaded, "what was committed can be loaded");
            };
          }};
}

}  // namespace

std::vector<Piece> log_pieces() {
  return {step_with_rows(), whole("log/a checkout that completes", Course::kCompletes),
          whole("log/a checkout that is declined", Course::kDeclined), load()};
}

}  // namespace skald::pieces
