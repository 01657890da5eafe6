#include "cli/broker.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/process.h"

namespace skald::cli {
namespace {

class Broker : public testing::Test {
 protected:
  void SetUp() override {
    ::unsetenv("GOGC");
    ::unsetenv("GOMEMLIMIT");
  }

  // What a broker that is started now finds in its environment.
  std::string told() const {
    const std::string out = testing::TempDir() + "skald-broker-" + std::to_string(::getpid());
    auto process = Process::start({find_program("sh"), "-c", "echo $GOGC $GOMEMLIMIT"}, out, broker_environment());
    EXPECT_TRUE(process && process->wait(Millis(10'000)));
    std::ifstream in(out);
    std::string line;
    std::getline(in, line);
    std::filesystem::remove(out);
    return line;
  }
};

TEST_F(Broker, CollectsGarbageSeldom) { EXPECT_EQ(told(), "800 1GiB"); }

TEST_F(Broker, KeepsWhatItsUserSays) {
  ::setenv("GOGC", "100", 1);
  EXPECT_EQ(told(), "100 1GiB");
  ::setenv("GOMEMLIMIT", "2GiB", 1);
  EXPECT_EQ(told(), "100 2GiB");
}

}  // namespace
}  // namespace skald::cli
