#include "services/common/effects.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <thread>

#include "tests/services/support.h"

namespace skald::services {
namespace {

// A service with one counter, so that each effect can be counted.
class EffectsTest : public ::testing::Test {
 protected:
  Result<Answer> add(const std::string& key, const Value& body = Value::object()) {
    return effects.forward({key, "POST /add", body}, [](Connection& db) -> Result<Answer> {
      SKALD_TRY(db.run("update counter set n = n + 1"));
      Answer answer;
      answer.status = 201;
      SKALD_ASSIGN(auto rows, db.query("select n from counter"));
      answer.body = {{"n", rows[0].integer(0)}};
      return answer;
    });
  }

  Result<Answer> undo(const std::string& key, const std::string& forward_key) {
    return effects.undo({key, "POST /undo", {{"forward_key", forward_key}}},
                        [](Connection& db, const std::string&) -> Result<std::string> {
                          SKALD_TRY(db.run("update counter set n = n - 1"));
                          return std::string("taken-back");
                        });
  }

  std::int64_t count() {
    return database->read([](Connection& db) { return db.query("select n from counter"); }).value()[0].integer(0);
  }

  TempFolder folder;
  FakeClock clock;
  const std::string schema = std::string(Effects::schema()) +
                             "create table if not exists counter (n integer);"
                             "insert into counter select 0 where not exists (select 1 from counter);";
  std::unique_ptr<Database> database = Database::open(folder.path() + "/counter.db", schema).value();
  Effects effects{*database, clock, std::chrono::hours(1)};
};

TEST_F(EffectsTest, RefusesAnEffectWithoutAKey) {
  const auto answer = add("");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "no-idempotency-key");
  EXPECT_EQ(problem(answer.error()).status, 400);
  EXPECT_EQ(add(std::string(kMaxKeyLength + 1, 'k')).error().code, "bad-idempotency-key");
  EXPECT_EQ(count(), 0);
}

TEST_F(EffectsTest, TheSameKeyGetsTheRecordedAnswer) {
  const auto first = add("k", {{"a", 1}});
  const auto second = add("k", {{"a", 1}});
  EXPECT_EQ(first->status, 201);
  EXPECT_FALSE(first->replayed);
  EXPECT_EQ(second->status, 201);
  EXPECT_EQ(second->body, first->body);
  EXPECT_TRUE(second->replayed);
  EXPECT_EQ(count(), 1);
}

TEST_F(EffectsTest, TheSameKeyWithAnotherBodyIsRefused) {
  ASSERT_TRUE(add("k", {{"a", 1}}));
  const auto other = add("k", {{"a", 2}});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, "key-reused");
  EXPECT_EQ(problem(other.error()).status, 422);
  EXPECT_EQ(count(), 1);
}

TEST_F(EffectsTest, ManyAtOnceWithOneKeyHaveOneEffect) {
  constexpr int kThreads = 16;
  std::barrier start(kThreads);
  std::atomic<int> fresh = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      const auto answer = add("k");
      EXPECT_TRUE(answer);
      if (answer && !answer->replayed) ++fresh;
    });
  }
  threads.clear();
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(count(), 1);
}

TEST_F(EffectsTest, ManyAtOnceFromTwoConnectionsHaveOneEffect) {
  constexpr int kThreads = 8;
  const auto other_database = Database::open(folder.path() + "/counter.db", schema).value();
  Effects other(*other_database, clock, std::chrono::hours(1));
  std::barrier start(kThreads);
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      const Keyed request{"k", "POST /add", Value::object()};
      const auto act = [](Connection& db) -> Result<Answer> {
        SKALD_TRY(db.run("update counter set n = n + 1"));
        return Answer{};
      };
      EXPECT_TRUE((i % 2 == 0 ? effects : other).forward(request, act));
    });
  }
  threads.clear();
  EXPECT_EQ(count(), 1);
}

TEST_F(EffectsTest, AnErrorLeavesNothingAndMayBeTriedAgain) {
  const auto failing = effects.forward({"k", "POST /add", {}}, [](Connection& db) -> Result<Answer> {
    SKALD_TRY(db.run("update counter set n = n + 1"));
    return fail(ErrorKind::kConflict, "no", "no");
  });
  EXPECT_EQ(failing.error().code, "no");
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(add("k"));
  EXPECT_EQ(count(), 1);
}

TEST_F(EffectsTest, AnAnswerThatIsNotFinalKeepsItsWritesButIsNotRecorded) {
  const auto later = effects.forward({"k", "POST /add", Value::object()}, [](Connection& db) -> Result<Answer> {
    SKALD_TRY(db.run("update counter set n = n + 10"));
    Answer answer = problem(503, "later", "later");
    answer.final = false;
    return answer;
  });
  EXPECT_EQ(later->status, 503);
  EXPECT_EQ(count(), 10);
  EXPECT_EQ(add("k")->status, 201);
  EXPECT_EQ(count(), 11);
}

TEST_F(EffectsTest, RecordsAreForgottenWhenTheirTimeIsUp) {
  ASSERT_TRUE(add("k"));
  clock.advance(std::chrono::minutes(59));
  EXPECT_TRUE(add("k")->replayed);
  clock.advance(std::chrono::minutes(2));
  EXPECT_FALSE(add("k")->replayed);
  EXPECT_EQ(count(), 2);
}

TEST_F(EffectsTest, RecordsOutliveTheProcess) {
  ASSERT_TRUE(add("k"));
  const auto reopened = Database::open(folder.path() + "/counter.db", schema).value();
  Effects after(*reopened, clock, std::chrono::hours(1));
  const auto again = after.forward({"k", "POST /add", Value::object()}, [](Connection&) -> Result<Answer> {
    ADD_FAILURE() << "the effect happened again";
    return Answer{};
  });
  EXPECT_TRUE(again->replayed);
}

TEST_F(EffectsTest, AnUndoRefusesItsForwardKeyAfterwards) {
  ASSERT_TRUE(add("k"));
  EXPECT_EQ(undo("k:undo:1", "k")->body["status"], "taken-back");
  EXPECT_EQ(count(), 0);
  // Although its answer is still on record.
  const auto late = add("k");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, "undone");
  EXPECT_EQ(problem(late.error()).status, 409);
}

TEST_F(EffectsTest, UndosUnderDifferentKeysTakeEffectOnce) {
  ASSERT_TRUE(add("k"));
  ASSERT_TRUE(undo("u1", "k"));
  EXPECT_EQ(undo("u2", "k")->body["status"], "already-undone");
  EXPECT_TRUE(undo("u1", "k")->replayed);
  EXPECT_EQ(undo("u1", "other").error().code, "key-reused");
  EXPECT_EQ(count(), 0);
}

TEST_F(EffectsTest, ManyUndosAtOnceTakeEffectOnce) {
  constexpr int kThreads = 16;
  ASSERT_TRUE(add("k"));
  std::barrier start(kThreads);
  std::atomic<int> effective = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      const auto answer = undo("u" + std::to_string(i), "k");
      EXPECT_TRUE(answer);
      if (answer && answer->body["status"] == "taken-back") ++effective;
    });
  }
  threads.clear();
  EXPECT_EQ(effective, 1);
  EXPECT_EQ(count(), 0);
}

TEST_F(EffectsTest, TombstonesAreNotForgotten) {
  ASSERT_TRUE(undo("u", "k"));
  clock.advance(std::chrono::hours(1000));
  EXPECT_EQ(add("k").error().code, "undone");
  EXPECT_EQ(undo("u", "k")->body["status"], "already-undone");
}

}  // namespace
}  // namespace skald::services
