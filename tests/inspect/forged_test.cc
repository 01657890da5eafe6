// Histories that somebody made up who knows how hashes are computed: whatever they say, a reader survives it.

#include "engine/inspect/history_check.h"
#include "tests/inspect/golden_sagas.h"

namespace skald::testing {
namespace {

class ForgedHistory : public ::testing::Test {
 protected:
  void take(const std::string& name) {
    const store::Batch batch = golden_saga(name, 1, "s");
    summary_ = batch.summaries.front().now;
    catalog_.load(batch.definitions.front());
    workflow_ = catalog_.find(summary_.workflow, summary_.version).value();
    events_.clear();
    for (const auto& record : batch.events) events_.push_back(core::decode_event(record.bytes).value());
  }
  // Numbers and chains them, and proves them. The event that is named; 0: none.
  std::uint64_t named(std::vector<core::Event> events) {
    std::uint64_t first = 0;
    inspect::HistoryCheck check(
        inspect::Claims{"s", summary_.run, summary_.id, summary_.workflow, summary_.version, summary_.definition_hash},
        workflow_, [&first](std::uint64_t seq, const std::string&) { first = first == 0 ? seq : first; });
    Digest head = store::chain_start("s", summary_.run, summary_.definition_hash);
    std::uint64_t seq = 0;
    for (core::Event& event : events) {
      event.seq = ++seq;
      const std::string bytes = core::encode(event);
      head = store::chain_next(head, bytes);
      check.event({seq, bytes, head}, &event);
    }
    check.end(seq, head);
    (void)check.folded();
    return first;
  }

  std::unique_ptr<definition::JqRunner> jq_ = runtime::nothing_to_run();
  runtime::Catalog catalog_{*jq_};
  runtime::SagaReader::WorkflowPtr workflow_;
  store::Summary summary_;
  std::vector<core::Event> events_;
};

TEST_F(ForgedHistory, OfOtherEventsIsSurvived) {
  std::size_t refused = 0;
  for (const std::string& name : all_golden()) {
    take(name);
    EXPECT_EQ(named(events_), 0U) << name;
    for (std::size_t at = 0; at < events_.size(); ++at) {
      for (std::size_t type = 0; type < core::kEventTypes; ++type) {
        auto forged = events_;
        forged[at].type = static_cast<core::EventType>(type);
        refused += named(std::move(forged)) > 0 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(refused, 1'000U);
}

TEST_F(ForgedHistory, WithoutSomeOfItsEventsIsSurvived) {
  for (const std::string& name : all_golden()) {
    take(name);
    for (std::size_t from = 0; from < events_.size(); ++from) {
      for (std::size_t to = from + 1; to <= events_.size() && to < from + 4; ++to) {
        auto forged = events_;
        forged.erase(forged.begin() + static_cast<std::ptrdiff_t>(from),
                     forged.begin() + static_cast<std::ptrdiff_t>(to));
        const std::uint64_t first = named(std::move(forged));
        EXPECT_TRUE(from > 0 || first == 1) << name << ": a history begins with saga.started";
      }
    }
  }
}

TEST_F(ForgedHistory, InAnotherOrderIsSurvived) {
  for (const std::string& name : all_golden()) {
    take(name);
    for (std::size_t at = 0; at + 1 < events_.size(); ++at) {
      for (std::size_t other = at + 1; other < events_.size(); ++other) {
        auto forged = events_;
        std::swap(forged[at], forged[other]);
        (void)named(std::move(forged));
      }
    }
  }
}

TEST_F(ForgedHistory, WithoutItsDataIsSurvived) {
  const auto forget = [this](const std::function<void(core::Event&)>& change) {
    for (std::size_t at = 0; at < events_.size(); ++at) {
      auto forged = events_;
      change(forged[at]);
      (void)named(std::move(forged));
    }
  };
  for (const std::string& name : all_golden()) {
    take(name);
    forget([](core::Event& event) { event.due.reset(); });
    forget([](core::Event& event) { event.key.clear(); });
    forget([](core::Event& event) { event.input = {}; });
    forget([](core::Event& event) { event.output = {}; });
    forget([](core::Event& event) { event.error = {}; });
    forget([](core::Event& event) { event.taken = "nowhere"; });
    forget([](core::Event& event) { event.input = event.output = event.error = Payload(Value("text")); });
    forget([](core::Event& event) { event.round = 4'000'000'000; });
  }
}

}  // namespace
}  // namespace skald::testing
