// The test of the tests: each of these bugs, planted in the engine, is caught by the suites. docs/promises.md has the
// table.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "store/rocks_log.h"
#include "tests/planted/power_cut.h"
#include "tests/simulation/simulation.h"
#include "tests/store/support.h"

namespace skald {
namespace {

constexpr std::uint64_t kSeeds = simulation::kUnderThreadSanitizer ? 60 : 400;

// What the simulation says of a build with this bug; empty where nothing is found in kSeeds seeds. In a process of its
// own: a bug may run into a SKALD_CHECK, which ends the process before it can write.
std::string caught(const std::string& bug) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return "";
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    setup_logging("off");
    plant(bug);
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      const std::string now = "seed " + std::to_string(seed) + "\n";
      (void)!::write(ends[1], now.data(), now.size());
      const auto report = simulation::simulate(seed);
      if (!report.broken) continue;
      (void)!::write(ends[1], report.broken->data(), report.broken->size());
      ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string said;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
    said.append(buffer.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  const auto last = said.rfind("seed ");
  std::string last_seed = last == std::string::npos ? said : said.substr(last);
  if (WIFSIGNALED(status)) last_seed += "stopped by a check of the engine";
  return last_seed;
}

class PlantedBug : public ::testing::TestWithParam<const char*> {};

TEST_P(PlantedBug, IsCaughtByTheSimulation) {
  const std::string said = caught(GetParam());
  EXPECT_FALSE(said.empty()) << GetParam() << " was not caught by " << kSeeds << " seeds";
  RecordProperty("caught", said);
  std::printf("%s: caught by %s\n", GetParam(), said.c_str());
}

INSTANTIATE_TEST_SUITE_P(Bugs, PlantedBug,
                         ::testing::Values("answer-before-write", "drop-token-check", "register-undo-late",
                                           "forget-pending-rows", "clear-may-have-effect", "reuse-key",
                                           "answer-before-earlier", "ack-past-undurable", "ignore-late-result",
                                           "undo-in-any-order", "go-on-before-unwound", "keep-what-is-passed-over",
                                           "report-before-durable", "remove-below-open", "evict-before-durable",
                                           "publish-without-looking", "publish-before-results"),
                         [](const auto& bug) {
                           std::string name = bug.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(PlantedBug, NoneIsFoundWhereNoneIsPlanted) { EXPECT_EQ(caught("none"), ""); }

// What a power cut leaves of a log that acknowledged this many commits.
std::uint64_t left_after_power_cut(int commits) {
  store::testing::TempDir dir;
  store::testing::TempDir left;
  const auto system = std::make_shared<testing::PowerCutFileSystem>();
  const auto env = rocksdb::NewCompositeEnv(system);
  {
    auto log = store::RocksLog::open(dir.path(), {.env = env.get()});
    EXPECT_TRUE(log) << log.error().message;
    for (int i = 0; i < commits; ++i) {
      const auto saga = store::testing::saga(store::testing::run_at(1'000 + i), "s" + std::to_string(i), 1'000);
      EXPECT_TRUE((*log)->commit(store::testing::started(saga, "store")));
    }
    // The power goes while the log is open: what closing it would write does not count.
    std::filesystem::copy(dir.path(), left.path(), std::filesystem::copy_options::recursive);
    system->cut_power(dir.path(), left.path());
  }
  auto again = store::RocksLog::open(left.path(), {});
  if (!again) return 0;  // refused, as what is missing is noticed
  return (*again)->count({}).value_or(0);
}

TEST(PowerCut, LeavesAllThatWasAcknowledged) { EXPECT_EQ(left_after_power_cut(20), 20U); }

TEST(PowerCut, CatchesASkippedSync) {
  plant("skip-sync");
  const std::uint64_t left = left_after_power_cut(20);
  unplant("skip-sync");
  EXPECT_LT(left, 20U) << "a log that does not sync would have gone unnoticed";
}

}  // namespace
}  // namespace skald
