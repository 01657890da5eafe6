#include "tests/chaos/shoppers.h"

#include <fmt/format.h>

namespace skald::chaos {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kShoppers = 8;
constexpr Millis kTick{20};
constexpr Millis kWatchEvery{250};
constexpr Millis kTryAgain{100};
constexpr Millis kResumeWithin{60'000};

// Whether the engine answered, rather than was away or had its hands full.
bool is_word_of_the_engine(const Error& error) {
  return error.kind == ErrorKind::kInvalid || error.kind == ErrorKind::kConflict ||
         error.kind == ErrorKind::kNotFound || error.kind == ErrorKind::kForbidden;
}

Value submission(const Order& order) {
  return {{"workflow", "store/checkout"},
          {"id", order.id},
          {"input", {{"cart", order.cart}, {"customer", "Ada"}, {"card", order.card}}}};
}

}  // namespace

Shoppers::Shoppers(const Store& store, Options options) : store_(store), options_(options) {
  for (int i = 0; i < kShoppers; ++i) threads_.emplace_back([this] { shop(); });
  threads_.emplace_back([this] { run_errands(); });
  threads_.emplace_back([this] { watch_open(); });
}

void Shoppers::stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  const auto deadline = SteadyClock::now() + kResumeWithin;
  for (const auto& [at, errand] : errands_) {
    // A suspension that nobody has answered may stand all the same.
    if (errand.verb != "resume" && errand.verb != "suspend") continue;
    while (!run({errand.checkout, "resume"}) && SteadyClock::now() < deadline) std::this_thread::sleep_for(kTryAgain);
  }
  errands_.clear();
}

void Shoppers::violated(const std::string& what) {
  const std::lock_guard lock(mutex_);
  violations_.push_back(what);
}

bool Shoppers::wait_turn(int number) const {
  const auto turn = started_ + Millis(static_cast<std::int64_t>(number * 1'000 / options_.per_second));
  while (!stopping_ && (SteadyClock::now() < turn || open_ >= options_.most_open)) std::this_thread::sleep_for(kTick);
  return !stopping_;
}

bool Shoppers::fill_cart(const Order& order) const {
  for (const auto& [sku, quantity] : order.items) {
    const std::string path = fmt::format("/carts/{}/items/{}", order.cart, sku);
    while (!store_.put("cart", path, {{"quantity", quantity}})) {
      if (stopping_) return false;
      std::this_thread::sleep_for(kTryAgain);
    }
  }
  return true;
}

std::optional<std::string> Shoppers::submit(const Order& order) {
  while (!stopping_) {
    const auto sent_at = SteadyClock::now();
    const auto saga = store_.engine().post("/v1/sagas", submission(order));
    if (saga) {
      last_accepted_ = sent_at.time_since_epoch().count();
      return saga->value("run", "");
    }
    if (is_word_of_the_engine(saga.error())) {
      violated(fmt::format("{}: submission refused: {} ({})", order.id, saga.error().message, saga.error().code));
      return std::nullopt;
    }
    std::this_thread::sleep_for(kTryAgain);
  }
  return std::nullopt;
}

void Shoppers::shop() {
  while (true) {
    const int number = next_++;
    if (!wait_turn(number)) return;
    const Order order = make_order(options_.seed, number);
    if (!fill_cart(order)) return;
    const auto run = submit(order);
    {
      const std::lock_guard lock(mutex_);
      checkouts_.push_back({order, run.value_or(""), {}});
      if (run && !order.verb.empty()) {
        errands_.emplace(SteadyClock::now() + order.verb_after, Errand{checkouts_.size() - 1, order.verb});
      }
    }
    if (!run || !order.submit_again) continue;
    const auto again = submit(order);
    if (again && *again != *run) violated(fmt::format("{}: run {} when submitted, {} again", order.id, *run, *again));
  }
}

void Shoppers::run_errands() {
  while (!stopping_) {
    std::this_thread::sleep_for(kTick);
    std::optional<Errand> due;
    {
      const std::lock_guard lock(mutex_);
      if (errands_.empty() || errands_.begin()->first > SteadyClock::now()) continue;
      due = errands_.begin()->second;
      errands_.erase(errands_.begin());
    }
    if (run(*due)) continue;
    const std::lock_guard lock(mutex_);
    errands_.emplace(SteadyClock::now() + kTryAgain, *due);
  }
}

bool Shoppers::run(const Errand& errand) {
  Order order;
  {
    const std::lock_guard lock(mutex_);
    order = checkouts_[errand.checkout].order;
  }
  const auto saga = store_.engine().post("/v1/sagas/" + order.id + "/" + errand.verb, {{"reason", "as shoppers are"}});
  if (!saga && !is_word_of_the_engine(saga.error())) return false;
  const std::lock_guard lock(mutex_);
  ++verbs_asked_[errand.verb];
  if (saga) {
    checkouts_[errand.checkout].verbs.insert(errand.verb);
    if (errand.verb == "suspend") {
      errands_.emplace(SteadyClock::now() + order.resume_after, Errand{errand.checkout, "resume"});
    }
  } else if (saga.error().kind != ErrorKind::kConflict) {
    violations_.push_back(
        fmt::format("{}: {} refused: {} ({})", order.id, errand.verb, saga.error().message, saga.error().code));
  }
  return true;
}

void Shoppers::watch_open() {
  while (!stopping_) {
    std::uint64_t open = 0;
    for (const char* status : {"running", "compensating", "suspended"}) {
      const auto count = store_.engine().get(fmt::format("/v1/sagas?count=true&status={}", status));
      if (count) open += count->value("count", std::uint64_t{0});
    }
    open_ = open;
    std::this_thread::sleep_for(kWatchEvery);
  }
}

}  // namespace skald::chaos
