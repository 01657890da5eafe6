// What the demo store's services promise, seen through whole sagas.

#include "tests/e2e/dev_fixture.h"

namespace skald::cli {
namespace {

class ForgetfulStore : public DevStore {
 protected:
  void SetUp() override { start({"--key-ttl", "1ms"}); }
  void drop_answers(double rate) const {
    for (const char* service : {"inventory", "checkout", "payments"}) {
      put(service, "/_faults", Value{{"drop_rate", rate}, {"seed", 27}}.dump());
    }
  }
};

TEST_F(ForgetfulStore, HardCase27_RetriesBehindTheRecordsDoNothingTwice) {
  constexpr int kOrders = 40;
  fill_carts(kOrders);
  drop_answers(0.4);  // after the effect: the attempt ends unknown, and its retry meets a service that forgot the key
  submit_all(0, kOrders, [](int number) { return number % 4 == 3 ? "tok_declined" : "tok_ok"; });
  ASSERT_TRUE(eventually([&] { return count("completed") > 0 && count("compensated") + count("failed") > 0; }));
  drop_answers(0);
  EXPECT_TRUE(eventually([&] { return count("completed") + count("compensated") + count("failed") == kOrders; }))
      << count("running") << " running, " << count("compensating") << " compensating, " << count("stuck") << " stuck";
  EXPECT_GT(count_events("step.unknown"), kOrders / 4U) << "answers were lost behind their effects";
  expect_audit_ok();
}

}  // namespace
}  // namespace skald::cli
