#include "engine/runtime/journal.h"

#include <atomic>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "store/memory_log.h"
#include "tests/bus/nats_fixture.h"
#include "tests/store/forwarding_log.h"

namespace skald::runtime {
namespace {

using std::chrono::microseconds;
using testing::eventually;

// Counts commits, and takes as long for one as a disk may.
class SlowLog final : public store::ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;
  Status commit(const store::Batch& batch) override {
    events += batch.events.size();
    std::this_thread::sleep_for(takes.load());  // as a disk does: nothing else is waited for
    if (meanwhile) std::exchange(meanwhile, {})();
    return {};
  }
  std::function<void()> meanwhile;  // once, while it commits
  std::size_t events = 0;           // commits follow each other
  std::atomic<microseconds> takes{microseconds(100)};
};

store::Batch batch_of(std::size_t events) {
  store::Batch batch;
  batch.events.resize(events);
  return batch;
}

class JournalTest : public ::testing::Test {
 protected:
  store::MemoryLog memory_;
  SlowLog log_{memory_};
  Journal journal_{log_, [](const Error& error) { ADD_FAILURE() << error.message; }};
};

// What waits for more is committed though nothing comes that could set going what was forgotten: also where another had
// led what the journal's thread was woken for.
TEST_F(JournalTest, WhatWaitsForMoreIsCommittedThoughNothingComes) {
  using Clock = std::chrono::steady_clock;
  const auto append = [this](std::size_t events) {
    const std::uint64_t position = journal_.append(batch_of(events), {}, {});
    journal_.lead();
    return position;
  };
  const auto committed = [this](std::uint64_t position) {  // without a pause, which would make the events too few
    const auto deadline = Clock::now() + std::chrono::seconds(15);
    while (journal_.durable() < position && Clock::now() < deadline) std::this_thread::yield();
    return journal_.durable() == position;
  };
  // Of quick commits, which these are.
  constexpr std::size_t kEnough = CommitPace::kMostEnough * CommitPace::kLeastPatience / CommitPace::kMostPatience;
  constexpr std::size_t kTooFew = kEnough - 1;
  int waited = 0;
  for (int i = 0; i < 1'000; ++i) {
    append(kEnough - 4);
    ASSERT_TRUE(committed(append(4))) << i;
    const auto start = Clock::now();
    ASSERT_TRUE(committed(append(kTooFew))) << i;
    waited += Clock::now() - start > CommitPace::kLeastPatience / 2 ? 1 : 0;
  }
  EXPECT_EQ(log_.events, 1'000 * (kEnough + kTooFew));
  EXPECT_GT(waited, 0) << "it did wait for more";  // nearly all do, but none behind a pause of the machine
}

TEST_F(JournalTest, CallsBackInTheOrderOfTheAppends) {
  std::vector<int> order;  // on one thread at a time
  std::uint64_t last = 0;
  for (int i = 0; i < 2'000; ++i) {
    last = journal_.append(batch_of(2), {}, [&order, i] { order.push_back(i); });
    i % 5 == 0 ? journal_.lead() : journal_.wake();
  }
  ASSERT_TRUE(eventually([&] { return journal_.durable() == last; }));
  for (int i = 0; i < 2'000; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
}

TaskOrder task(const std::string& key) {
  TaskOrder order;
  order.act.key = key;
  return order;
}

// Without threads: the journal's own may commit the first alone.
TEST_F(JournalTest, TheTasksOfACommitGoTogetherBeforeAnythingElseThatWaitsForIt) {
  Journal journal(
      log_, [](const Error& error) { ADD_FAILURE() << error.message; }, Drive::kTurns);
  std::vector<std::string> done;
  journal.on_tasks([&done](const std::vector<TaskOrder>& tasks) {
    std::string keys;
    for (const TaskOrder& one : tasks) keys += one.act.key;
    done.push_back(keys);
  });
  journal.append(batch_of(2), {task("a"), task("b")}, [&done] { done.emplace_back("first"); });
  journal.append(batch_of(2), {}, [&done] { done.emplace_back("second"); });
  journal.append(batch_of(2), {task("c")}, [&done] { done.emplace_back("third"); });
  EXPECT_TRUE(journal.turn());
  EXPECT_EQ(journal.commits(), 1U);
  EXPECT_EQ(done, (std::vector<std::string>{"abc", "first", "second", "third"}));
  journal.append(batch_of(2), {}, [&done] { done.emplace_back("fourth"); });
  EXPECT_TRUE(journal.turn());
  EXPECT_EQ(done.back(), "fourth") << "no tasks, nothing to dispatch";
  EXPECT_FALSE(journal.turn());
}

// Decisions are queued; where the journal does not expect them, they are made at once.
class ExpectantJournalTest : public JournalTest {
 protected:
  ExpectantJournalTest() {
    journal_.on_gather([this] {
      ++gathered_;
      EXPECT_TRUE(held_ || journal_.takes_long());
      held_.wait(false);
      decide();
      journal_.lead();  // as a shard does that has nothing else to do
    });
  }
  ~ExpectantJournalTest() override {
    let_go();
    journal_.stop();
  }

  void decide() {
    for (int left = queued_.exchange(0); left > 0; --left) journal_.append(batch_of(2), {}, [this] { ++durable_; });
  }
  // False where it was not expected.
  bool queue_one() {
    ++queued_;
    if (journal_.expect(1)) return true;
    decide();
    journal_.lead();
    return false;
  }
  // Commits so much that the next one waits for more.
  void keep_busy() {
    const std::uint64_t position = journal_.append(batch_of(CommitPace::kMostEnough), {}, {});
    journal_.lead();
    while (journal_.durable() < position) std::this_thread::yield();
  }
  // While a commit is under way on a slow disk, so many decisions are queued as the next one takes, and looked after
  // there. False where too few came for anything to be expected, or commits were quick, as on a busy machine.
  bool queue_during_commit(const std::function<void()>& then) {
    constexpr std::size_t kEnough = CommitPace::kMostEnough / CommitPace::kEventsOfADecision;
    log_.takes = microseconds(1'500);
    for (int i = 0; i < 32; ++i) keep_busy();
    bool expected = false;
    log_.meanwhile = [&] {
      queued_ += static_cast<int>(kEnough);
      expected = journal_.expect(kEnough);
      expected ? then() : decide();
    };
    keep_busy();
    return expected;
  }
  // While a decision is held that takes long.
  void expect_commits_go_on() {
    const int before = durable_;
    for (int i = 0; i < 20; ++i) {
      const std::uint64_t position = journal_.append(batch_of(2), {}, {});
      ASSERT_TRUE(eventually([&] {
        journal_.lead();
        return journal_.durable() >= position;
      }));
    }
    EXPECT_EQ(durable_, before) << "it is still being made";
    for (int i = 0; i < 20; ++i) {
      keep_busy();
      EXPECT_FALSE(journal_.expect(1)) << "nor any other decision";
    }
  }
  void hold() { held_ = false; }
  void let_go() {
    held_ = true;
    held_.notify_all();
  }

  std::atomic<bool> held_{true};  // false: gathering takes until it is let go
  std::atomic<int> queued_{0};
  std::atomic<int> durable_{0};
  std::atomic<int> gathered_{0};
};

TEST_F(ExpectantJournalTest, WhatIsExpectedIsDecidedThoughNothingElseComes) {
  int asked = 0;
  int expected = 0;
  // On a busy machine fewer are expected: as long as it takes until enough were.
  for (int i = 0; i < 1'000 || expected < 100 || gathered_ < 50; ++i) {
    keep_busy();
    const std::jthread shard([this] {  // may lead meanwhile
      journal_.append(batch_of(CommitPace::kMostEnough), {}, {});
      journal_.lead();
    });
    for (int more = 0; more <= i % 3; ++more) {
      expected += queue_one() ? 1 : 0;
      ++asked;
    }
    const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (durable_ != asked && std::chrono::steady_clock::now() < late) std::this_thread::yield();
    ASSERT_EQ(durable_, asked) << i;
  }
}

TEST_F(ExpectantJournalTest, WhatIsExpectedIsDecidedWhileTheCommitBeforeIsAnswered) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t kEnough = CommitPace::kMostEnough / CommitPace::kEventsOfADecision;
  std::atomic<bool> expected = false;
  std::atomic<bool> decided = false;
  // On a busy machine too few may have come for anything to be expected.
  for (const auto end = Clock::now() + std::chrono::seconds(15); !expected && Clock::now() < end;) {
    keep_busy();
    const int before = gathered_;
    log_.meanwhile = [&] {
      queued_ += static_cast<int>(kEnough);
      expected = journal_.expect(kEnough);
      if (!expected) decide();
    };
    const std::uint64_t position = journal_.append(batch_of(CommitPace::kMostEnough), {}, [&, before] {
      const auto until = Clock::now() + std::chrono::seconds(5);
      while (expected && gathered_ == before && Clock::now() < until) std::this_thread::yield();
      decided = gathered_ > before;
    });
    journal_.lead();
    ASSERT_TRUE(eventually([&] { return journal_.durable() >= position; }));
  }
  EXPECT_TRUE(expected);
  EXPECT_TRUE(decided);
}

TEST_F(ExpectantJournalTest, WhatIsExpectedIsDecidedWhileACommitWaitsForTheDisk) {
  using Clock = std::chrono::steady_clock;
  bool meanwhile = false;
  for (const auto end = Clock::now() + std::chrono::seconds(15); !meanwhile && Clock::now() < end;) {
    const int before = gathered_;
    queue_during_commit([&] {
      const auto until = Clock::now() + std::chrono::milliseconds(500);
      while (gathered_ == before && Clock::now() < until) std::this_thread::yield();
      meanwhile = gathered_ > before;
    });
    ASSERT_TRUE(eventually([&] { return queued_ == 0; })) << "if not then, right behind it";
  }
  EXPECT_TRUE(meanwhile);
}

// As the next one, where the second thread makes it. Then all stops, and waits for it.
TEST_F(ExpectantJournalTest, ADecisionThatTakesLongDuringACommitHoldsUpNoOther) {
  using Clock = std::chrono::steady_clock;
  hold();
  bool meanwhile = false;
  for (const auto end = Clock::now() + std::chrono::seconds(15); !meanwhile && Clock::now() < end;) {
    queue_during_commit([&] {
      const auto until = Clock::now() + std::chrono::milliseconds(500);
      while (gathered_ == 0 && Clock::now() < until) std::this_thread::yield();
      meanwhile = gathered_ > 0;
    });
    if (meanwhile) break;
    let_go();
    ASSERT_TRUE(eventually([&] { return queued_ == 0; }));
    gathered_ = 0;
    hold();
  }
  ASSERT_TRUE(meanwhile);
  log_.takes = microseconds(100);
  const int before = durable_;
  const int held = queued_;
  expect_commits_go_on();
  const std::jthread other([this] { let_go(); });
  journal_.stop();
  EXPECT_EQ(durable_, before + held);
}

TEST_F(ExpectantJournalTest, ADecisionThatTakesLongHoldsUpNoCommit) {
  hold();
  do keep_busy();
  while (!queue_one());
  ASSERT_TRUE(eventually([&] { return gathered_ > 0; }));
  const int before = durable_;
  expect_commits_go_on();
  let_go();
  EXPECT_TRUE(eventually([&] { return durable_ == before + 1; }));
  EXPECT_FALSE(journal_.takes_long()) << "what is decided elsewhere holds up nothing";
  EXPECT_TRUE(eventually([&] {
    keep_busy();
    return queue_one();
  })) << "all as before";
}

TEST_F(JournalTest, StopsWithAllCommittedThatWaitedForMore) {
  for (int i = 0; i < 200; ++i) {
    journal_.append(batch_of(4), {}, {});
    journal_.wake();
    std::this_thread::sleep_for(microseconds(150));
  }
  journal_.append(batch_of(1), {}, {});
  journal_.lead();
  journal_.stop();
  EXPECT_EQ(journal_.durable(), 201U);
}

}  // namespace
}  // namespace skald::runtime
