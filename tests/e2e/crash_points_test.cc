// A real engine is made to die at every durable boundary, while checkouts go forward and while they are undone. Started
// again, it ends all of them as they must end, and the books of the five services balance.

#include "tests/e2e/crash_points.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>
#include <set>
#include <thread>

#include "store/rocks_log.h"
#include "store/verify.h"
#include "tests/e2e/store_tree.h"

namespace skald::cli {
namespace {

constexpr int kWave = 4;

class EveryCrashPoint : public ::testing::Test {
 protected:
  struct Order {
    std::string id;
    std::string card;
    bool answered = false;  // the submission was
  };

  void SetUp() override { deploy(); }

  void deploy() {
    std::ifstream in(SKALD_SOURCE_DIR "/services/workflows/checkout.yaml");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    ASSERT_TRUE(tree_.engine().post_text("/v1/workflows?file=checkout.yaml", text, "application/yaml"));
  }

  static std::vector<std::string> crash_at(const CrashPoint& point, int count) {
    return {fmt::format("SKALD_CRASH_AT={}:{}", point.name, count)};
  }
  std::vector<std::string> crash_when_armed(const CrashPoint& point, int count) const {
    return {fmt::format("SKALD_CRASH_AT={}:{}", point.name, count), "SKALD_CRASH_WHILE=" + armed()};
  }
  std::string armed() const { return tree_.folder() + "/armed"; }
  void arm() const { std::ofstream(armed()) << "now"; }

  std::vector<Order>& wave(const std::string& card) {
    orders_.clear();
    for (int i = 0; i < kWave; ++i) add_order(card);
    return orders_;
  }
  void add_order(const std::string& card) {
    const std::string number = std::to_string(++last_order_);
    tree_.fill_cart("cart-" + number);
    orders_.push_back({"order-" + number, card});
  }
  bool submit(const Order& order) const {
    const std::string cart = "cart-" + order.id.substr(order.id.find('-') + 1);
    return tree_.engine()
        .post("/v1/sagas", {{"workflow", "store/checkout"},
                            {"id", order.id},
                            {"input", {{"cart", cart}, {"customer", "Ada"}, {"card", order.card}}}})
        .has_value();
  }
  // All at once, each tried once: the engine may die meanwhile.
  void submit_blindly() {
    std::vector<std::thread> shoppers;
    for (Order& order : orders_) shoppers.emplace_back([this, &order] { order.answered = submit(order); });
    for (std::thread& shopper : shoppers) shopper.join();
  }

  std::string status(const Order& order) const {
    const auto saga = tree_.engine().get("/v1/sagas/" + order.id);
    return saga ? saga->value("status", "") : saga.error().code;
  }
  bool waits_for(const Order& order, const std::string& task) const {
    const auto saga = tree_.engine().get("/v1/sagas/" + order.id);
    if (!saga) return false;
    for (const Value& pending : (*saga)["pending"]) {
      if (pending.value("task", "") == task) return true;
    }
    return false;
  }
  bool all_wait_for(const std::string& task) const {
    return std::all_of(orders_.begin(), orders_.end(), [&](const Order& each) { return waits_for(each, task); });
  }

  std::string all_histories() const {
    std::string all;
    for (const Order& order : orders_) {
      const auto saga = tree_.engine().get("/v1/sagas/" + order.id + "/history");
      all += (saga ? saga->dump(1) : saga.error().message) + "\n";
    }
    return all;
  }

  // A wave that stands before its charge, until payments goes on.
  void hold_before_the_charge(const std::string& card) {
    wave(card);
    tree_.pause("payments");
    submit_blindly();
    ASSERT_TRUE(eventually([this] { return all_wait_for("payments.charge"); })) << all_histories();
  }
  // A wave that stands in its first undo, until checkout goes on.
  void hold_in_the_undo() {
    hold_before_the_charge("tok_declined");
    tree_.pause("checkout");
    tree_.resume("payments");
    ASSERT_TRUE(eventually([this] { return all_wait_for("checkout.cancel"); })) << all_histories();
  }
  void let_go() const {
    tree_.resume("payments");
    tree_.resume("checkout");
  }

  void expect_death() {
    ASSERT_TRUE(eventually([this] { return !tree_.engine_end().empty(); })) << "the point was not passed";
    EXPECT_EQ(tree_.engine_end(), "was ended by signal 9");
  }
  // What the dead engine's folder holds: every answered order, and at least one saga that is `status` (none asked
  // for: empty).
  void expect_on_disk(const std::string& status) {
    const auto log = store::RocksLog::open_reader(tree_.engine_folder());
    ASSERT_TRUE(log) << log.error().message;
    bool met = false;
    std::string there;
    for (const Order& order : orders_) {
      const auto run = (*log)->find(*parse_saga_id(order.id));
      ASSERT_TRUE(run) << run.error().message;
      EXPECT_TRUE(*run || !order.answered) << order.id << " was answered and is not on disk";
      if (!*run) continue;
      const auto summary = (*log)->summary(**run);
      ASSERT_TRUE(summary && *summary);
      met = met || (*summary)->status == status;
      there += order.id + " " + (*summary)->status + " ";
      const auto chain = store::verify_chain(**log, **run);
      EXPECT_TRUE(chain) << chain.error().message;
    }
    // A result of the wave before, delivered again, can pass the point before any order of this one has begun.
    EXPECT_TRUE(met || status.empty() || there.empty()) << "no saga was " << status << ": " << there;
  }
  // Started again, the engine ends every order as its card says, whether or not its submission was answered.
  void expect_all_end() {
    std::filesystem::remove(armed());
    tree_.start_engine();
    ASSERT_TRUE(tree_.engine_ready()) << tree_.engine_end();
    for (const Order& order : orders_) ASSERT_TRUE(submit(order)) << order.id;
    for (const Order& order : orders_) {
      const char* wanted = order.card == "tok_declined" ? "compensated" : "completed";
      EXPECT_TRUE(eventually([&] { return status(order) == wanted; })) << order.id << " is " << status(order);
    }
    EXPECT_EQ(tree_.audit(), "");
  }
  // The engine that has just ended all of it makes room for the next point's.
  void restart_with(const std::vector<std::string>& more) {
    tree_.kill_engine();
    tree_.start_engine(more);
  }

  static void say(const CrashPoint& point, std::chrono::steady_clock::time_point since) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - since;
    std::cout << fmt::format("{:32} {:.2f} s\n", point.name, took.count()) << std::flush;
  }

  StoreTree tree_;
  std::vector<Order> orders_;
  int last_order_ = 0;
};

TEST_F(EveryCrashPoint, WhileCheckoutsGoForward) {
  for (const CrashPoint& point : kCrashPoints) {
    if (point.passed == Passed::kByStart || point.passed == Passed::kByFirstStart) continue;
    SCOPED_TRACE(point.name);
    const auto since = std::chrono::steady_clock::now();
    restart_with(crash_when_armed(point, point.count));
    ASSERT_TRUE(tree_.engine_ready());
    wave("tok_ok");
    arm();
    submit_blindly();
    expect_death();
    expect_on_disk(point.passed == Passed::kByWork ? "running" : "");
    expect_all_end();
    if (HasFailure()) return;
    say(point, since);
  }
}

TEST_F(EveryCrashPoint, WhileCheckoutsAreUndone) {
  for (const CrashPoint& point : kCrashPoints) {
    if (point.passed != Passed::kByWork && point.passed != Passed::kByReply) continue;
    SCOPED_TRACE(point.name);
    const auto since = std::chrono::steady_clock::now();
    restart_with(crash_when_armed(point, 1));
    ASSERT_TRUE(tree_.engine_ready());
    hold_in_the_undo();
    arm();
    let_go();
    if (point.passed == Passed::kByReply) (void)submit(orders_.front());
    expect_death();
    expect_on_disk("compensating");
    expect_all_end();
    if (HasFailure()) return;
    say(point, since);
  }
}

TEST_F(EveryCrashPoint, WhileTheEngineStartsAmidCheckouts) {
  for (const CrashPoint& point : kCrashPoints) {
    if (point.passed != Passed::kByStart) continue;
    for (const std::string amid : {"running", "compensating"}) {
      SCOPED_TRACE(fmt::format("{} {}", point.name, amid));
      const auto since = std::chrono::steady_clock::now();
      amid == "running" ? hold_before_the_charge("tok_ok") : hold_in_the_undo();
      restart_with(crash_at(point, point.count));
      expect_death();
      expect_on_disk(amid);
      let_go();
      expect_all_end();
      if (HasFailure()) return;
      say(point, since);
    }
  }
}

TEST_F(EveryCrashPoint, WhileTheEngineStartsForTheFirstTime) {
  for (const CrashPoint& point : kCrashPoints) {
    if (point.passed != Passed::kByFirstStart) continue;
    SCOPED_TRACE(point.name);
    tree_.kill_engine();
    tree_.use(point.name, "fresh-" + std::to_string(&point - kCrashPoints));
    tree_.start_engine(crash_at(point, point.count));
    expect_death();
    tree_.start_engine();
    ASSERT_TRUE(tree_.engine_ready()) << tree_.engine_end();
    EXPECT_TRUE(eventually([&] { return tree_.engine().get("/readyz").has_value(); }));
    deploy();
    wave("tok_ok");
    EXPECT_TRUE(submit(orders_.front()));
    EXPECT_EQ(status(orders_.front()), "running");
  }
}

// The net is fine enough to catch something: an engine that answers before it has written loses an answered order.
TEST_F(EveryCrashPoint, AnAnswerBeforeItsWriteWouldBeFound) {
  std::vector<std::string> environment = crash_when_armed({"journal.before-write", Passed::kByWork, 1}, 1);
  environment.emplace_back("SKALD_PLANT=answer-before-write");
  restart_with(environment);
  ASSERT_TRUE(tree_.engine_ready());
  wave("tok_ok");
  orders_.resize(1);
  arm();
  submit_blindly();
  expect_death();
  const auto log = store::RocksLog::open_reader(tree_.engine_folder());
  ASSERT_TRUE(log);
  const auto run = (*log)->find(*parse_saga_id(orders_.front().id));
  ASSERT_TRUE(run);
  EXPECT_FALSE(*run);
}

TEST(CrashPoints, TheTableHoldsThoseOfTheSourcesAndNoOthers) {
  const std::filesystem::path root = SKALD_SOURCE_DIR;
  const std::regex use("SKALD_CRASH_POINT\\(\"([^\"]+)\"\\)");
  std::multiset<std::string> in_sources;
  for (const char* folder : {"engine", "store", "workers", "services", "cli"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        std::smatch point;
        if (!std::regex_search(line, point, use)) continue;
        in_sources.insert(point[1]);
        EXPECT_EQ(extension, ".cc") << entry.path() << ": a header would differ between the two builds";
      }
    }
  }
  std::multiset<std::string> in_table;
  for (const CrashPoint& point : kCrashPoints) in_table.insert(point.name);
  EXPECT_EQ(in_sources, in_table);
}

TEST(CrashPoints, TheUsersBinaryHasNone) {
  for (const auto& [binary, has] : {std::pair(SKALD_BINARY, false), std::pair(SKALD_FAULTS_BINARY, true)}) {
    std::ifstream in(binary, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    ASSERT_GT(bytes.size(), 1'000'000U);
    EXPECT_EQ(bytes.find("SKALD_CRASH_AT") != std::string::npos, has) << binary;
    EXPECT_EQ(bytes.find("journal.before-write") != std::string::npos, has) << binary;
  }
}

}  // namespace
}  // namespace skald::cli
