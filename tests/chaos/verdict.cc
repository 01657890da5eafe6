#include "tests/chaos/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

namespace skald::chaos {
namespace {

constexpr int kReaders = 4;
constexpr Millis kLookEvery{200};

bool is_one_of(const std::string& text, std::initializer_list<const char*> all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

bool ends_attempt(const std::string& type) {
  return is_one_of(
      type, {"step.completed", "step.rejected", "step.failed", "step.unknown", "step.timed_out", "step.cancelled",
             "compensation.completed", "compensation.rejected", "compensation.failed", "compensation.unknown"});
}

bool ends_saga(const std::string& type) {
  return is_one_of(type, {"saga.completed", "saga.compensated", "saga.failed", "saga.cancelled", "saga.terminated"});
}

// One saga's history, event by event.
class History {
 public:
  explicit History(Findings& findings) : findings_(findings) {}

  void add(const Value& event) {
    ++count_;
    const std::string type = event.value("type", "");
    if (event.value("seq", std::uint64_t{0}) != count_) gap_ = true;
    if (ends_saga(type)) ++ends_;
    types_.insert(type);
    const std::string attempt = fmt::format("{}#{}", event.value("key", ""), event.value("attempt", 0));
    if (is_one_of(type, {"step.scheduled", "compensation.scheduled"})) scheduled_.insert(attempt);
    if (ends_attempt(type) && ++outcomes_[attempt] > 1) twice_ = attempt;
    if (event.value("deliveries", 0) > 1) ++findings_.redelivered;
    if (type.find(".redispatched") != std::string::npos) ++findings_.republished;
    if (type.find(".late_result") != std::string::npos) ++findings_.late_results;
    if (type.find(".retry_scheduled") != std::string::npos) ++findings_.retries;
    if (is_one_of(type, {"step.timed_out", "step.unknown", "compensation.unknown"})) ++findings_.timed_out;
    ++findings_.events;
  }

  // What is wrong with it, in words; empty: nothing.
  std::string problem(const Value& saga, const std::set<std::string>& verbs) const {
    if (gap_) return "its history has a gap";
    if (count_ != saga.value("events", std::uint64_t{0})) return "its history ends before its summary says";
    if (ends_ != 1) return fmt::format("it has ended {} times", ends_);
    if (!twice_.empty()) return "an attempt has two outcomes: " + twice_;
    for (const std::string& attempt : scheduled_) {
      if (outcomes_.count(attempt) == 0) return "an attempt has no outcome: " + attempt;
    }
    for (const std::string& verb : verbs) {
      if (verb == "resume" && verbs.count("suspend") == 0) continue;  // it may not have been suspended
      if (types_.count("operator." + verb) == 0) return "an acknowledged " + verb + " is not in its history";
    }
    return "";
  }

 private:
  Findings& findings_;
  std::uint64_t count_ = 0;
  int ends_ = 0;
  bool gap_ = false;
  std::set<std::string> types_;
  std::string twice_;
  std::set<std::string> scheduled_;
  std::map<std::string, int> outcomes_;
};

class Examiner {
 public:
  explicit Examiner(const Store& store) : store_(store) {}

  void saga(const Checkout& checkout) {
    const std::string& id = checkout.order.id;
    const auto saga = store_.engine().get("/v1/sagas/" + id);
    if (!saga && saga.error().kind == ErrorKind::kNotFound && checkout.run.empty()) return;  // it never came through
    if (!saga) return violated("{}: acknowledged, and now: {}", id, saga.error().message);
    const std::string status = saga->value("status", "");
    const std::string run = saga->value("run", "");
    if (!checkout.run.empty() && run != checkout.run) {
      violated("{}: run {} was acknowledged, there is {}", id, checkout.run, run);
    }
    Findings of_this;
    History history(of_this);
    const Status read = store_.engine().lines("/v1/sagas/" + run + "/history", [&](const Value& event) {
      history.add(event);
      return true;
    });
    const std::string problem = read ? history.problem(*saga, checkout.verbs) : read.error().message;
    if (!problem.empty()) violated("{} ({}): {}", id, status, problem);
    const std::lock_guard lock(mutex_);
    ++findings_.ends[status];
    ends_[id] = status;
    findings_.redelivered += of_this.redelivered;
    findings_.republished += of_this.republished;
    findings_.late_results += of_this.late_results;
    findings_.retries += of_this.retries;
    findings_.timed_out += of_this.timed_out;
    findings_.events += of_this.events;
  }

  void orders() {
    const auto list = store_.service("checkout").get("/orders");
    if (!list) return violated("the orders cannot be read: {}", list.error().message);
    std::map<std::string, std::string> orders;
    for (const Value& order : *list) orders[order.value("id", "")] = order.value("status", "");
    for (const auto& [id, status] : ends_) {
      const auto order = orders.find(id);
      const std::string found = order == orders.end() ? "missing" : order->second;
      const bool fits = status == "completed" ? found == "confirmed" : is_one_of(found, {"cancelled", "missing"});
      if (!fits) violated("{}: the saga is {}, its order {}", id, status, found);
    }
    for (const auto& [id, status] : orders) {
      if (ends_.count(id) == 0) violated("{}: an order, {}, without a saga", id, status);
    }
  }

  void books() {
    const Value report = store_.audit();
    if (report.value("ok", false)) return;
    for (const Value& violation : report.value("violations", Value::array())) {
      violated("audit: {}", violation.is_string() ? violation.get<std::string>() : to_json(violation));
    }
    if (findings_.violations.empty()) violated("audit: not ok, and no reason given");
  }

  Findings take() { return std::move(findings_); }

 private:
  template <typename... Arguments>
  void violated(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    const std::lock_guard lock(mutex_);
    findings_.violations.push_back(fmt::format(text, std::forward<Arguments>(arguments)...));
  }

  const Store& store_;
  std::mutex mutex_;
  Findings findings_;
  std::map<std::string, std::string> ends_;  // status by saga id
};

}  // namespace

bool wait_for_ends(const Store& store, Millis within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (true) {
    std::uint64_t open = 0;
    bool answered = true;
    for (const char* status : {"running", "compensating", "suspended"}) {
      const auto count = store.engine().get(fmt::format("/v1/sagas?count=true&status={}", status));
      answered = answered && count;
      if (count) open += count->value("count", std::uint64_t{0});
    }
    if (answered && open == 0) return true;
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kLookEvery);
  }
}

Findings examine(const Store& store, const std::vector<Checkout>& checkouts) {
  Examiner examiner(store);
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      for (std::size_t at = next++; at < checkouts.size(); at = next++) examiner.saga(checkouts[at]);
    });
  }
  for (std::thread& reader : readers) reader.join();
  examiner.orders();
  examiner.books();
  return examiner.take();
}

}  // namespace skald::chaos
