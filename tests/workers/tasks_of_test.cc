#include "workers/tasks_of.h"

#include <gtest/gtest.h>

#include "engine/wire/subjects.h"

namespace skald::workers {
namespace {

const std::map<std::string, TypeOptions> kTypes = {{"demo.work", {}}, {"demo.other", {}}};

wire::TaskMessage task(const std::string& type, const std::string& key) {
  wire::TaskMessage task;
  task.run = RunId("01936c5d-8f3b-7003-8000-0000000000ff");
  task.task = type;
  task.key = key;
  task.result = "skald.v1.result.3";
  return task;
}

bus::Message message_of(std::string data) {
  bus::Message message;
  message.subject = "skald.task.demo.work";
  message.reply = "$JS.ACK.WORK.a.2.17.5.1700000000000000000.0";
  message.data = std::move(data);
  return message;
}

std::string refused(const bus::Message& message) {
  const auto tasks = tasks_of(message, kTypes);
  return tasks ? "" : tasks.error().code + ": " + tasks.error().message;
}

TEST(TasksOf, EachHasTheMessagesDeliveriesAndATraceOfItsOwnOrTheMessages) {
  auto traced = task("demo.work", "b");
  traced.traceparent = "00-of-b";
  bus::Message message = message_of(wire::encode({task("demo.work", "a"), traced}));
  message.headers.emplace_back(std::string(wire::kTraceparent), "00-of-all");
  const auto tasks = tasks_of(message, kTypes);
  ASSERT_TRUE(tasks) << tasks.error().message;
  ASSERT_EQ(tasks->size(), 2U);
  EXPECT_EQ(tasks->front().message.key, "a");
  EXPECT_EQ(tasks->front().traceparent, "00-of-all");
  EXPECT_EQ(tasks->back().traceparent, "00-of-b");
  EXPECT_EQ(tasks->back().deliveries, 2U);
}

TEST(TasksOf, SaysWhatIsWrongWithAMessage) {
  EXPECT_EQ(refused(message_of(wire::encode({task("demo.gone", "a")}))),
            "unknown-task: 'demo.gone' is not a task for this worker");
  EXPECT_EQ(refused(message_of(wire::encode({task("demo.work", "a"), task("demo.other", "b")}))),
            "mixed-tasks: 'demo.other' comes in one message with 'demo.work'");
  bus::Message unnumbered = message_of(wire::encode({task("demo.work", "a")}));
  unnumbered.reply = "inbox.1";
  EXPECT_EQ(refused(unnumbered), "no-delivery: the message does not say how often it has come");
  EXPECT_EQ(refused(message_of("no message")).substr(0, 9), "bad-task:");
}

}  // namespace
}  // namespace skald::workers
