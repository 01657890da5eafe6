// Every message survives its own encoding, in both forms, and no bytes whatever break a decoder.

#include "engine/wire/codec.h"

#include <gtest/gtest.h>

#include <random>

#include "engine/base/hash.h"
#include "engine/wire/cancel.h"
#include "engine/wire/presence.h"
#include "engine/wire/result.h"
#include "engine/wire/subjects.h"
#include "engine/wire/task.h"
#include "engine/wire/token.h"

namespace skald::wire {
namespace {

TaskMessage a_task() {
  TaskMessage task;
  task.saga = SagaId("order-1");
  task.run = RunId("01936c5d-8f3b-7003-8000-0000000000ff");
  task.step = "/do/1/reserve";
  task.visit = 2;
  task.attempt = 3;
  task.dispatch = 4;
  task.key = task.run.str() + ":/do/1/reserve:2";
  task.task = "inventory.reserve";
  task.input = Payload(Value{{"sku", "apple"}, {"quantity", 2}});
  task.timeout = Millis(10'000);
  task.deadline = Time{1'700'000'000'000};
  task.secrets = true;
  task.result = "skald.v1.result.3";
  task.token = "0123456789abcdef0123456789abcdef";
  return task;
}

ResultMessage a_result() {
  ResultMessage result;
  result.run = RunId("01936c5d-8f3b-7003-8000-0000000000ff");
  result.step = "/do/1/reserve";
  result.key = "k";
  result.attempt = 3;
  result.token = "t";
  result.deliveries = 2;
  result.outcome = Outcome::kFailed;
  result.error = Payload(Value{{"status", 503}});
  result.retry_after = Millis(1'500);
  result.worker = "w-1";
  result.started_at = Time{1};
  result.finished_at = Time{2};
  return result;
}

TEST(Codec, MessagesSurviveBothForms) {
  TaskMessage traced = a_task();
  traced.traceparent = "00-01936c5d8f3b70038000000000000000ff-00f067aa0ba902b7-01";
  for (const auto& tasks : {std::vector{a_task()}, std::vector{a_task(), traced}}) {
    const std::string bytes = encode(tasks);
    EXPECT_EQ(decode_tasks(bytes, false).value(), tasks);
    EXPECT_EQ(decode_tasks(as_json(bytes), true).value(), tasks);
  }

  ResultMessage completed = a_result();
  completed.outcome = Outcome::kCompleted;
  completed.output = Payload(Value{{"ok", true}});
  completed.error = {};
  completed.retry_after.reset();
  for (const auto& results : {std::vector{a_result()}, std::vector{a_result(), completed}}) {
    const std::string bytes = encode(results);
    EXPECT_EQ(decode_results(bytes, false).value(), results);
    EXPECT_EQ(decode_results(as_json(bytes), true).value(), results);
  }

  const CancelMessage cancel{a_task().run, "k", 3};
  EXPECT_EQ(decode_cancel(encode(cancel), false).value(), cancel);
  for (const std::uint32_t together : {1U, 16U}) {
    const PresenceMessage presence{"w-1", {"a.b", "c"}, 8, 3, {{"inventory", "open"}}, together};
    EXPECT_EQ(decode_presence(encode(presence), false).value(), presence);
    EXPECT_EQ(decode_presence(as_json(encode(presence)), true).value(), presence);
  }
}

TEST(Codec, AnswersByHandNeedLittle) {
  const auto result = decode_results(R"({"run":"r","key":"k","attempt":1,"token":"t","outcome":"completed"})", true);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->front().outcome, Outcome::kCompleted);
  EXPECT_TRUE(result->front().output.empty());
}

TEST(Codec, UnknownKeysArePassedOver) {
  const auto result = decode_results(
      R"({"run":"r","key":"k","attempt":1,"token":"t","outcome":"rejected","novel":{"a":[1,{"b":null}]}})", true);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->front().outcome, Outcome::kRejected);
}

TEST(Codec, WhatIsWrongIsNamed) {
  for (const char* bad :
       {"", "{", "[]", "7", "{}", R"({"run":"r","key":"k","attempt":1,"outcome":"done"})",
        R"({"run":"r","key":"k","attempt":"1","outcome":"failed"})",
        R"({"run":"r","key":"k","attempt":-1,"outcome":"failed"})", R"({"results":[7]})", R"({"results":{}})"}) {
    const auto result = decode_results(bad, true);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().code, "bad-result");
    EXPECT_FALSE(decode_tasks(bad, true));
    EXPECT_FALSE(decode_presence(bad, true));
  }
  EXPECT_EQ(decode_results(std::string(kMaxMessageBytes + 1, ' '), true).error().kind, ErrorKind::kTooLarge);
  std::vector<ResultMessage> many(kMaxResultsPerMessage + 1, a_result());
  EXPECT_FALSE(decode_results(encode(many), false));
}

TEST(Codec, AMessageHasOneTaskAtLeastAndNotTooMany) {
  for (const char* bad : {R"({"tasks":[]})", R"({"tasks":{}})", R"({"tasks":[7]})", R"({"tasks":[{"tasks":[]}]})"}) {
    const auto tasks = decode_tasks(bad, true);
    ASSERT_FALSE(tasks) << bad;
    EXPECT_EQ(tasks.error().code, "bad-task");
  }
  std::vector<TaskMessage> many(kMaxTasksPerMessage, a_task());
  EXPECT_TRUE(decode_tasks(encode(many), false));
  many.push_back(a_task());
  EXPECT_FALSE(decode_tasks(encode(many), false));
}

TEST(Codec, AMessageIdTellsWhichTasksItHas) {
  const std::string one = task_message_id("k1", 1, 1);
  const std::string two = task_message_id("k2", 3, 2, 5);
  const std::string together = tasks_message_id({one, two});
  EXPECT_EQ(task_digests(together), (std::vector{task_digest(one), task_digest(two)}));
  EXPECT_EQ(task_digests(two), std::vector{task_digest(two)});
  EXPECT_NE(tasks_message_id({two, one}), together);
  EXPECT_NE(task_digest(task_message_id("k1", 1, 2)), task_digest(one));
}

TEST(Codec, NoBytesBreakADecoder) {
  const std::vector<std::string> seeds = {encode({a_task()}), encode({a_task(), a_task()}),
                                          encode({a_result(), a_result()}), encode(CancelMessage{RunId("r"), "k", 1}),
                                          encode(PresenceMessage{"w", {"a"}, 1, 1, {{"b", "open"}}, 16})};
  std::mt19937 random(7);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = seeds[random() % seeds.size()];
    for (std::uint32_t edits = 1 + random() % 3; edits > 0 && !bytes.empty(); --edits) {
      const std::size_t at = random() % bytes.size();
      if (random() % 4 == 0) {
        bytes.resize(at);
      } else {
        bytes[at] = static_cast<char>(random());
      }
    }
    accepted += decode_tasks(bytes, false) ? 1 : 0;
    accepted += decode_results(bytes, false) ? 1 : 0;
    accepted += decode_cancel(bytes, false) ? 1 : 0;
    accepted += decode_presence(bytes, false) ? 1 : 0;
  }
  EXPECT_GT(accepted, 0) << "some edits only change text";
}

TEST(Names, FollowThePrefix) {
  const Names names("shop-1");
  EXPECT_EQ(names.tasks_stream(), "SHOP-1_TASKS");
  EXPECT_EQ(names.task("inventory.reserve"), "shop-1.v1.task.inventory.reserve");
  EXPECT_EQ(names.result(7), "shop-1.v1.result.7");
  EXPECT_EQ(names.all("task"), "shop-1.v1.task.>");
  EXPECT_EQ(Names::task_consumer("inventory.reserve-2"), "inventory__reserve-2");
  EXPECT_TRUE(check_prefix("shop-1"));
  for (const char* bad : {"", "a.b", "A", "a b", "*"}) EXPECT_FALSE(check_prefix(bad)) << bad;
}

TEST(Names, EventTypesBecomeSubjectsThatTheBrokerTakes) {
  const Names names;
  EXPECT_EQ(names.event("order.placed"), "skald.v1.event.order.placed");
  EXPECT_EQ(names.event("a b*>"), "skald.v1.event.a_b__");
  EXPECT_EQ(names.event(".a..b."), "skald.v1.event._a._b._");
  EXPECT_EQ(names.event(""), "skald.v1.event._");
}

TEST(Token, DependsOnEveryPart) {
  const RunId run("r");
  const std::string token = make_token("secret", run, "k", 1);
  EXPECT_EQ(token.size(), 32U);
  EXPECT_EQ(token, make_token("secret", run, "k", 1));
  for (const std::string& other : {make_token("other", run, "k", 1), make_token("secret", RunId("s"), "k", 1),
                                   make_token("secret", run, "l", 1), make_token("secret", run, "k", 2)}) {
    EXPECT_NE(token, other);
  }
}

}  // namespace
}  // namespace skald::wire
