#include "tests/chaos/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

namespace skald::chaos {
namespace {

// How many a minute; the least of a short run.
struct Rate {
  double a_minute;
  int least;
  int count(Millis duration, double intensity) const {
    const double minutes = static_cast<double>(duration.count()) / 60'000;
    return std::max(least, static_cast<int>(a_minute * minutes * intensity + 0.5));
  }
};
constexpr Rate kEngineKills{2, 3};
constexpr Rate kBrokerKills{1.2, 2};
constexpr Rate kWorkerKills{5.5, 3};   // over five workers
constexpr Rate kServiceKills{5.5, 3};  // over five services
constexpr Rate kCrashLoops{0.3, 1};    // of the engine, three kills each
constexpr Rate kWipes{0.5, 1};
constexpr Rate kForgets{0.5, 1};
constexpr Rate kPauses{3, 2};
constexpr Rate kFaultChanges{8, 3};
constexpr double kLongPauses = 0.25;  // of all pauses
constexpr double kStalls = 0.1;       // of all changes of faults: longer than attempts may take
constexpr const char* kSkus[] = {"axe", "bell", "kettle", "mead"};

class Random {
 public:
  explicit Random(std::uint64_t seed) : generator_(seed) {}
  std::int64_t between(std::int64_t from, std::int64_t to) {
    return from + static_cast<std::int64_t>(generator_() % static_cast<std::uint64_t>(to - from + 1));
  }
  bool happens(double share) { return static_cast<double>(generator_() >> 11) * 0x1.0p-53 < share; }

 private:
  std::mt19937_64 generator_;
};

// All services in turn, so that each gets its share.
Target in_turn(const std::string& kind, int number) { return {kind, kServices[number % std::size(kServices)]}; }

Target any_process(Random& random) {
  switch (random.between(0, 3)) {
    case 0:
      return {"engine", ""};
    case 1:
      return {"nats", ""};
    case 2:
      return in_turn("workers", static_cast<int>(random.between(0, 4)));
    default:
      return in_turn("services", static_cast<int>(random.between(0, 4)));
  }
}

Value some_faults(Random& random) {
  Value faults = {{"seed", random.between(0, 1'000'000)}};
  if (random.happens(kStalls)) {
    faults["latency_ms"] = random.between(4'500, 11'000);
    return faults;
  }
  if (random.happens(0.5)) faults["latency_ms"] = random.between(5, 300);
  if (random.happens(0.4)) faults["error_rate"] = 0.01 * static_cast<double>(random.between(1, 20));
  if (random.happens(0.4)) faults["drop_rate"] = 0.01 * static_cast<double>(random.between(1, 20));
  if (random.happens(0.25)) faults["crash_rate"] = 0.005 * static_cast<double>(random.between(1, 4));
  return faults;
}

}  // namespace

std::vector<Act> make_schedule(std::uint64_t seed, Millis duration, double intensity) {
  Random random(seed);
  std::vector<Act> acts;
  const auto add = [&](Act::Kind kind, Target target) -> Act& {
    const Millis at(random.between(1'000, std::max<std::int64_t>(1'001, duration.count())));
    acts.push_back({at, kind, std::move(target), {}, false, {}});
    return acts.back();
  };
  const auto repeat = [&](const Rate& rate, const auto& act) {
    for (int i = 0; i < rate.count(duration, intensity); ++i) act(i);
  };
  repeat(kEngineKills, [&](int) { add(Act::Kind::kKill, {"engine", ""}); });
  repeat(kBrokerKills, [&](int) { add(Act::Kind::kKill, {"nats", ""}); });
  repeat(kWorkerKills, [&](int i) { add(Act::Kind::kKill, in_turn("workers", i)); });
  repeat(kServiceKills, [&](int i) { add(Act::Kind::kKill, in_turn("services", i)); });
  repeat(kCrashLoops, [&](int) {
    Act kill = add(Act::Kind::kKill, {"engine", ""});
    for (int i = 0; i < 2; ++i) {
      kill.at = std::min(duration, kill.at + Millis(random.between(350, 900)));
      acts.push_back(kill);
    }
  });
  repeat(kWipes, [&](int) { add(Act::Kind::kWipe, {"nats", ""}); });
  repeat(kForgets, [&](int) {
    Act& act = add(Act::Kind::kForget, {"nats", ""});
    act.lasts = Millis(random.between(300, 8'000));
    act.keep_consumers = random.happens(0.5);
  });
  repeat(kPauses, [&](int) {
    Act& act = add(Act::Kind::kPause, any_process(random));
    act.lasts = random.happens(kLongPauses) ? kAckWait + Millis(random.between(500, 4'000))
                                            : Millis(random.between(300, 4'000));
  });
  repeat(kFaultChanges, [&](int i) { add(Act::Kind::kFaults, in_turn("services", i)).faults = some_faults(random); });
  std::stable_sort(acts.begin(), acts.end(), [](const Act& a, const Act& b) { return a.at < b.at; });
  return acts;
}

Order make_order(std::uint64_t seed, int number) {
  Random random(seed * 1'000'003 + static_cast<std::uint64_t>(number));
  Order order;
  order.id = fmt::format("order-{}", number);
  order.cart = fmt::format("cart-{}", number);
  const std::int64_t card = random.between(0, 99);
  order.card = card < 15   ? "tok_declined"
               : card < 19 ? "tok_slow"
               : card < 23 ? "tok_lost"
               : card < 27 ? "tok_flaky"
                           : "tok_ok";
  const std::int64_t lines = random.between(1, 3);
  const std::int64_t first = random.between(0, 3);
  for (std::int64_t i = 0; i < lines; ++i) {
    order.items.emplace_back(kSkus[(first + i) % std::size(kSkus)], random.between(1, 3));
  }
  order.submit_again = random.happens(0.05);
  const std::int64_t verb = random.between(0, 99);
  order.verb = verb < 6 ? "cancel" : verb < 8 ? "compensate" : verb < 12 ? "suspend" : "";
  order.verb_after = Millis(random.between(0, 1'000));
  order.resume_after = Millis(random.between(200, 4'000));
  return order;
}

}  // namespace skald::chaos
