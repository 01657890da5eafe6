#pragma once

// A worker of one task type over a broker of its own, and the engine's side of it by hand.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <utility>

#include "tests/workers/support.h"
#include "workers/worker.h"

namespace skald::workers {

class WorkerTest : public ::testing::Test {
 protected:
  WorkerTest() { options_.drain = Millis(5'000); }
  std::unique_ptr<Worker> start(Handler handler, std::size_t concurrency = 4, Millis ack_wait = Millis(1'000)) {
    WorkerOptions options = options_;
    options.nats_url = server_.url();
    options.name = "w";
    options.ack_wait = ack_wait;
    auto worker = Worker::start(options, {{"demo.work", {std::move(handler), concurrency, {}}}});
    EXPECT_TRUE(worker) << worker.error().message;
    EXPECT_TRUE(eventually([&] { return (*worker)->serving(); }));
    return std::move(*worker);
  }

  skald::testing::NatsServer server_;
  EngineSide engine_{server_};
  WorkerOptions options_;
};

}  // namespace skald::workers
