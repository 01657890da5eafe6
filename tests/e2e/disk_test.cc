// The engine as users run it, on a disk that is full or damaged: it stops, says why, and has lost nothing.

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "cli/client.h"
#include "cli/process.h"
#include "tests/runtime/engine_fixture.h"
#include "tests/store/folders.h"
#include "tests/store/small_disk.h"

namespace skald::cli {
namespace {

using runtime::TestWorker;
using skald::testing::eventually;

constexpr std::chrono::seconds kPatience{60};

// `skald server` on a folder of the test's.
class ServerProcess {
 public:
  explicit ServerProcess(std::string logs) : out_(logs + "/server.out"), err_(logs + "/server.err") {}
  ~ServerProcess() {
    process_.signal(SIGKILL);
    process_.wait(Millis(10'000));
  }

  void start(const std::string& data, const std::string& nats, const std::string& more = "") {
    std::filesystem::remove(out_);
    const std::string command = std::string("exec " SKALD_BINARY " server --http 127.0.0.1:0 --data ") + data +
                                " --nats " + nats + " " + more + " 2> " + err_;
    auto process = Process::start({"/bin/sh", "-c", command}, out_);
    ASSERT_TRUE(process);
    process_ = *process;
  }
  // Its address, once it is ready; empty where it ends before.
  std::string url() {
    std::string line;
    eventually(
        [&] {
          std::ifstream in(out_);
          return (std::getline(in, line) && line.rfind("ready ", 0) == 0) || ended();
        },
        kPatience);
    const std::size_t at = line.find("http=");
    return at == std::string::npos ? "" : line.substr(at + 5, line.find(' ', at) - at - 5);
  }
  bool ended() { return !end_.empty() || process_.ended(end_); }
  // "ended with code 7"
  std::string end() {
    EXPECT_TRUE(eventually([this] { return ended(); }, kPatience));
    return end_;
  }
  std::string said() const {
    std::ifstream in(err_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void kill() {
    process_.signal(SIGKILL);
    EXPECT_TRUE(process_.wait(Millis(10'000)));
  }

 private:
  const std::string out_;
  const std::string err_;
  Process process_;
  std::string end_;
};

Client client(const std::string& url) { return Client({url, "", Millis(10'000), false}); }

void deploy(const std::string& url) {
  const auto deployed =
      client(url).post_text("/v1/workflows",
                            "document: { dsl: '1.0.3', namespace: test, name: flow, version: '1.0.0' }\n"
                            "do:\n  - first: { call: shop.first, compensate: { call: shop.undo } }\n"
                            "  - second: { call: shop.second }\n  - third: { call: shop.third }\n",
                            "application/yaml");
  ASSERT_TRUE(deployed) << deployed.error().message;
}

Result<Value> submit(const std::string& url, const std::string& id, std::size_t bytes) {
  return client(url).post("/v1/sagas",
                          {{"workflow", "test/flow"}, {"id", id}, {"input", {{"text", std::string(bytes, 'x')}}}});
}

class Disk : public ::testing::Test {
 protected:
  skald::testing::NatsServer nats_;
  const store::testing::TempDir logs_;
};

TEST_F(Disk, HardCase36_AFullDiskInMidSagaStopsTheEngineAndLosesNothing) {
  constexpr int kShoppers = 4;
  constexpr std::size_t kBytes = 40'000;
  store::testing::SmallDisk disk(32);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
  const std::string data = disk.path() + "/engine";
  TestWorker shop(nats_, {"shop.first", "shop.second", "shop.third", "shop.undo"},
                  [](TestWorker& self, const TestWorker::Task& task) {
                    self.complete(task, {{"text", std::string(kBytes, 'y')}});
                  });
  ServerProcess server(logs_.path());
  server.start(data, nats_.url());
  const std::string url = server.url();
  ASSERT_NE(url, "") << server.said();
  deploy(url);

  std::mutex mutex;
  std::vector<std::string> acknowledged;
  std::vector<std::thread> shoppers;
  for (int shopper = 0; shopper < kShoppers; ++shopper) {
    shoppers.emplace_back([&, shopper] {
      for (int i = 0; i < 2'000; ++i) {
        const std::string id = "s" + std::to_string(shopper) + "-" + std::to_string(i);
        if (!submit(url, id, kBytes)) return;
        const std::lock_guard lock(mutex);
        acknowledged.push_back(id);
      }
    });
  }
  for (std::thread& shopper : shoppers) shopper.join();
  EXPECT_EQ(server.end(), "ended with code 7") << server.said();
  EXPECT_NE(server.said().find("the disk of the saga log is full"), std::string::npos) << server.said();
  EXPECT_GT(acknowledged.size(), 20U);

  disk.resize(512);
  ServerProcess again(logs_.path());
  again.start(data, nats_.url());
  const std::string new_url = again.url();
  ASSERT_NE(new_url, "") << again.said();
  for (const std::string& id : acknowledged) {
    std::string status;
    EXPECT_TRUE(eventually(
        [&] {
          const auto saga = client(new_url).get("/v1/sagas/" + id);
          status = saga ? saga->value("status", "") : saga.error().code;
          return status == "completed";
        },
        kPatience))
        << id << " is " << status;
  }
  again.kill();
  const auto log = store::RocksLog::open_reader(data);
  ASSERT_TRUE(log) << log.error().message;
  for (const std::string& id : acknowledged) {
    const auto verified = store::verify_chain(**log, (*log)->find(SagaId(id))->value());
    EXPECT_TRUE(verified) << verified.error().message;
  }
}

TEST_F(Disk, ADamagedFolderIsRefusedWithAWordOnWhatToDo) {
  const store::testing::TempDir root;
  const std::string data = root.path() + "/engine";
  store::testing::fill_and_kill(data, 0, 3);
  store::testing::flip(store::testing::newest_wal(data), 100, 3);
  ServerProcess server(logs_.path());
  server.start(data, nats_.url());
  EXPECT_EQ(server.end(), "ended with code 6");
  for (const char* word : {".log", "not what was written", "restore a backup", "--accept-loss"}) {
    EXPECT_NE(server.said().find(word), std::string::npos) << server.said();
  }
}

TEST_F(Disk, AVanishedLogFileIsRefusedUntilTheLossIsAccepted) {
  const store::testing::TempDir root;
  const std::string data = root.path() + "/engine";
  ServerProcess server(logs_.path());
  server.start(data, nats_.url());
  std::string url = server.url();
  deploy(url);
  ASSERT_TRUE(submit(url, "before", 10));
  server.kill();
  server.start(data, nats_.url());  // what was in the log is in tables now
  ASSERT_TRUE(submit(server.url(), "after", 10));
  server.kill();
  std::filesystem::remove(store::testing::newest_wal(data));
  ServerProcess refused(logs_.path());
  refused.start(data, nats_.url());
  EXPECT_EQ(refused.end(), "ended with code 6");
  EXPECT_NE(refused.said().find("is gone"), std::string::npos) << refused.said();
  ServerProcess accepted(logs_.path());
  accepted.start(data, nats_.url(), "--accept-loss");
  url = accepted.url();
  ASSERT_NE(url, "") << accepted.said();
  EXPECT_TRUE(client(url).get("/v1/sagas/before"));
  EXPECT_EQ(client(url).get("/v1/sagas/after").error().code, "unknown-saga");
}

}  // namespace
}  // namespace skald::cli
