#pragma once

// The load: shoppers fill carts, submit checkouts until they are acknowledged, submit some again, and change their
// minds about some: cancel them, have them compensated, suspend and resume them.

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/store.h"

namespace skald::chaos {

using SteadyTime = std::chrono::steady_clock::time_point;

// What a shopper knows of a checkout.
struct Checkout {
  Order order;
  std::string run;              // as acknowledged; empty: it never was
  std::set<std::string> verbs;  // that were acknowledged
};

class Shoppers {
 public:
  struct Options {
    std::uint64_t seed = 1;
    double per_second = 6;
    std::uint64_t most_open = 200;  // sagas; above it nobody submits, so that a slow machine keeps up
  };

  Shoppers(const Store& store, Options options);
  ~Shoppers() { stop(); }
  Shoppers(const Shoppers&) = delete;
  Shoppers& operator=(const Shoppers&) = delete;

  // Ends the load; what was not acknowledged by then stays so. Resumes what is suspended, for which the engine must
  // run.
  void stop();

  // When the request of the last acknowledged submission was sent.
  SteadyTime last_accepted() const { return SteadyTime(SteadyTime::duration(last_accepted_.load())); }

  // After stop().
  const std::vector<Checkout>& checkouts() const { return checkouts_; }
  const std::map<std::string, int>& verbs_asked() const { return verbs_asked_; }
  // What must not happen: a saga forgotten, an id refused with the input it was submitted with, another run for it.
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  struct Errand {
    std::size_t checkout;
    std::string verb;
  };

  void shop();
  void run_errands();
  // False: the engine has not answered, and it is to be asked again.
  bool run(const Errand& errand);
  void watch_open();
  // Whether shopper `number` may begin now; waits for its turn.
  bool wait_turn(int number) const;
  bool fill_cart(const Order& order) const;
  // The run; none where the load ended first.
  std::optional<std::string> submit(const Order& order);
  void violated(const std::string& what);

  const Store& store_;
  const Options options_;
  const SteadyTime started_ = std::chrono::steady_clock::now();
  std::atomic<bool> stopping_{false};
  std::atomic<int> next_{0};
  std::atomic<std::uint64_t> open_{0};
  std::atomic<SteadyTime::rep> last_accepted_{0};

  std::mutex mutex_;  // of all below
  std::vector<Checkout> checkouts_;
  std::multimap<SteadyTime, Errand> errands_;
  std::vector<std::string> violations_;
  std::map<std::string, int> verbs_asked_;
  std::vector<std::thread> threads_;
};

}  // namespace skald::chaos
