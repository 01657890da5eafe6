// A worker in another language, with nothing but its standard library, serves a task: the wire's README is enough.

#include "tests/workers/support.h"

namespace skald::workers {
namespace {

TEST(PythonWorker, CompletesTasksAloneAndTogether) {
  const skald::testing::NatsServer server;
  EngineSide engine(server);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const std::string url = server.url();
    ::execlp("python3", "python3", SKALD_SOURCE_DIR "/workers/python/skald_worker.py", "--nats", url.c_str(), "--task",
             "demo.echo", nullptr);
    ::_exit(127);
  }
  engine.publish(
      engine.task("demo.echo", "one", {{"text", "æøå"}, {"numbers", {1, -2, 3.5, 70'000}}, {"none", nullptr}}));
  const auto result = engine.result("one");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, wire::Outcome::kCompleted);
  EXPECT_EQ(result->token, "token-of-one");
  EXPECT_EQ(result->output.value(), Value({{"text", "æøå"}, {"numbers", {1, -2, 3.5, 70'000}}, {"none", nullptr}}));
  const auto poison = engine.jetstream().publish(
      {"skald.v1.task.demo.echo", "", "[1]", {{std::string(wire::kContentType), std::string(wire::kJson)}}},
      Millis(3'000));
  ASSERT_TRUE(poison) << "which must not end it";
  engine.publish({engine.task("demo.echo", "two", 2), engine.task("demo.echo", "three", 3)});
  ASSERT_TRUE(engine.result("two") && engine.result("three"));
  EXPECT_EQ(engine.result("two")->output.value(), 2);
  EXPECT_EQ(engine.result("three")->output.value(), 3);
  EXPECT_TRUE(eventually([&] { return engine.left() == 0; }));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

}  // namespace
}  // namespace skald::workers
