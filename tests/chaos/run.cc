#include "tests/chaos/run.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <functional>
#include <iostream>

#include "tests/chaos/recovery_clock.h"
#include "tests/chaos/shoppers.h"
#include "tests/chaos/store.h"
#include "tests/chaos/verdict.h"

namespace skald::chaos {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr double kLeastSagasAMinute = 250;  // five thousand in twenty
constexpr double kLeastMinutes = 1;         // below, one long pause of the cart is half of the run

// Carries out the schedule, and remembers what was done.
class Conductor {
 public:
  Conductor(const RunOptions& options, Store& store, RecoveryClock& recovery)
      : options_(options), store_(store), recovery_(recovery) {}

  void conduct() {
    for (const Act& act : make_schedule(options_.seed, options_.duration, options_.intensity)) {
      wait_until(started_ + act.at);
      perform(act);
    }
    wait_until(started_ + options_.duration);
  }

  // Everything runs and nothing fails from here on.
  void calm() {
    for (const auto& [at, act] : later_) act();
    later_.clear();
    for (const char* service : kServices) {
      // A service that is just being started again has no faults, but answers later.
      for (int tries = 0; tries < kCalmTries && !store_.set_faults(service, Value::object()); ++tries) {
        std::this_thread::sleep_for(Millis(100));
      }
    }
  }

  Value figures() const {
    Value kills = Value::object();
    for (const auto& [target, count] : kills_) kills[target] = count;
    return {{"kills", kills},
            {"broker_wiped", wipes_},
            {"broker_rolled_back", forgets_},
            {"pauses", {{"all", pauses_}, {"longer_than_ack_wait", long_pauses_}}},
            {"fault_changes", fault_changes_}};
  }
  const std::vector<std::string>& not_done() const { return not_done_; }

 private:
  static constexpr int kCalmTries = 100;

  // Does meanwhile what falls due: ends of pauses, say.
  void wait_until(SteadyTime until) {
    while (true) {
      std::this_thread::sleep_until(later_.empty() ? until : std::min(until, later_.begin()->first));
      while (!later_.empty() && later_.begin()->first <= SteadyClock::now()) {
        const auto act = std::move(later_.begin()->second);
        later_.erase(later_.begin());
        act();
      }
      if (SteadyClock::now() >= until) return;
    }
  }

  void perform(const Act& act) {
    say(act);
    switch (act.kind) {
      case Act::Kind::kKill:
        return kill(act);
      case Act::Kind::kPause:
        return pause(act);
      case Act::Kind::kWipe:
        wipes_ += store_.wipe() ? 1 : 0;
        return;
      case Act::Kind::kForget:
        return forget(act);
      case Act::Kind::kFaults:
        fault_changes_ += store_.set_faults(act.target.name, act.faults) ? 1 : 0;
        return;
    }
  }

  void kill(const Act& act) {
    if (act.target.kind == "engine") recovery_.killed();
    if (store_.signal(act.target, SIGKILL)) {
      ++kills_[act.target.text()];
    } else {
      not_done_.push_back(fmt::format("there was no {} to kill at {} ms", act.target.text(), act.at.count()));
    }
  }

  void pause(const Act& act) {
    const pid_t pid = store_.pid(act.target);
    if (pid == 0 || ::kill(pid, SIGSTOP) != 0) return;
    later_.emplace(SteadyClock::now() + act.lasts, [pid] { ::kill(pid, SIGCONT); });
    ++pauses_;
    if (act.lasts > kAckWait) ++long_pauses_;
  }

  void forget(const Act& act) {
    if (!store_.remember_broker()) return;
    later_.emplace(SteadyClock::now() + act.lasts,
                   [this, keep = act.keep_consumers] { forgets_ += store_.forget(keep) ? 1 : 0; });
  }

  void say(const Act& act) const {
    if (options_.quiet) return;
    static constexpr const char* kVerbs[] = {"kill", "pause", "wipe", "forget", "faults"};
    std::cerr << fmt::format("{:>8.1f}s  {:<6} {}{}{}\n", static_cast<double>(act.at.count()) / 1'000,
                             kVerbs[static_cast<int>(act.kind)], act.target.text(),
                             act.lasts.count() > 0 ? fmt::format(" for {} ms", act.lasts.count()) : "",
                             act.faults.is_null() ? "" : " " + to_json(act.faults));
  }

  const RunOptions& options_;
  Store& store_;
  RecoveryClock& recovery_;
  const SteadyTime started_ = SteadyClock::now();
  std::multimap<SteadyTime, std::function<void()>> later_;
  std::map<std::string, int> kills_;
  int wipes_ = 0;
  int forgets_ = 0;
  int pauses_ = 0;
  int long_pauses_ = 0;
  int fault_changes_ = 0;
  std::vector<std::string> not_done_;
};

Value restarts(const Store& store) {
  Value all = Value::object();
  for (const char* kind : {"nats", "engine", "service", "worker"}) {
    all[kind] = store.count_log({fmt::format("skald dev: {} ", kind), "starting it again"});
  }
  return all;
}

}  // namespace

Result<Value> run(const RunOptions& options) {
  Store store(options.folder);
  SKALD_TRY(store.start());
  const auto started = SteadyClock::now();
  std::vector<Checkout> checkouts;
  std::vector<std::string> violations;
  Value figures = {{"seed", options.seed}, {"minutes", static_cast<double>(options.duration.count()) / 60'000}};
  {
    Shoppers shoppers(store, {options.seed, options.per_second});
    RecoveryClock recovery(store, shoppers);
    Conductor conductor(options, store, recovery);
    conductor.conduct();
    conductor.calm();
    shoppers.stop();
    figures.update(conductor.figures());
    figures["recovery_ms"] = recovery.figures();
    violations = shoppers.violations();
    violations.insert(violations.end(), conductor.not_done().begin(), conductor.not_done().end());
    checkouts = shoppers.checkouts();
    for (const auto& [verb, asked] : shoppers.verbs_asked()) {
      const auto accepted = std::count_if(checkouts.begin(), checkouts.end(),
                                          [&verb = verb](const Checkout& c) { return c.verbs.count(verb) > 0; });
      figures["verbs"][verb] = {{"asked", asked}, {"accepted", accepted}};
    }
  }
  const auto calm_at = SteadyClock::now();
  if (!wait_for_ends(store, options.drain)) violations.push_back("sagas are still open when all should have ended");
  const std::chrono::duration<double> drained = SteadyClock::now() - calm_at;
  const Findings found = examine(store, checkouts);
  violations.insert(violations.end(), found.violations.begin(), found.violations.end());

  const auto acknowledged =
      std::count_if(checkouts.begin(), checkouts.end(), [](const Checkout& c) { return !c.run.empty(); });
  const double wanted = kLeastSagasAMinute * figures["minutes"].get<double>();
  const bool is_long = figures["minutes"].get<double>() >= kLeastMinutes;
  if (acknowledged == 0 || (is_long && static_cast<double>(acknowledged) < wanted)) {
    violations.push_back(fmt::format("too little load: {} sagas, not {:.0f}", acknowledged, wanted));
  }
  figures["sagas"] = {{"submitted", checkouts.size()}, {"acknowledged", acknowledged}, {"by_end", Value(found.ends)}};
  figures["restarts"] = restarts(store);
  figures["breakers_opened"] = store.count_log({"breaker service=", "to=open"});
  figures["duplicates"] = {{"redelivered", found.redelivered}, {"republished", found.republished}};
  figures["late_results"] = found.late_results;
  figures["retries"] = found.retries;
  figures["unknown_or_timed_out"] = found.timed_out;
  figures["events"] = found.events;
  figures["drain_seconds"] = drained.count();
  figures["seconds"] = std::chrono::duration<double>(SteadyClock::now() - started).count();
  figures["violations"] = Value(violations);
  figures["ok"] = violations.empty();
  return figures;
}

}  // namespace skald::chaos
