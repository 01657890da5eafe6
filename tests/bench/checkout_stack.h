#pragma once

// The checkout benchmark's saga of five steps, on a real server, broker and worker process.

#include <string>
#include <vector>

#include "engine/base/value.h"
#include "tests/bench/stack.h"

namespace skald::bench {

class CheckoutStack : public Stack {
 public:
  using Stack::Stack;

  // With the workflows bench/five, which completes, and bench/undone, which fails for good in step 4 and undoes two.
  // Errors: "not-started", "not-ready".
  Status start();
  double commits() const { return metric("\"commits\""); }
  // Seconds of processor time until now: of the server, and of all four processes, this one among them.
  struct Spent {
    double engine = 0;
    double all = 0;
  };
  Spent spent() const;

  // Submits from several connections, with at most so many open at a time; the seconds until all have ended so.
  double run(const std::string& name, int sagas, int in_flight, const std::string& end) const;
  // One saga after another, from submission until the waiter is answered; sorted milliseconds.
  std::vector<double> alone(const std::string& name, int sagas) const;

  static Value submission(const std::string& name);
};

}  // namespace skald::bench
