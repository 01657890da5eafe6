#include "tests/e2e/store_tree.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "engine/base/free_port.h"
#include "tests/e2e/stand_still.h"

namespace skald::cli {
namespace {

constexpr const char* kServices[] = {"catalog", "cart", "inventory", "checkout", "payments"};

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

bool eventually(const std::function<bool()>& condition, std::chrono::seconds within) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

StoreTree::StoreTree() : nats_port_(free_port()), http_port_(free_port()) {
  std::string folder = std::filesystem::temp_directory_path() / "skald-faults-XXXXXX";
  folder_ = ::mkdtemp(folder.data());
  const std::string nats = fmt::format("nats://127.0.0.1:{}", nats_port_);
  start("nats", {find_program("nats-server"), "-js", "-a", "127.0.0.1", "-p", std::to_string(nats_port_), "-sd",
                 folder_ + "/nats", "-l", log_of("nats-server")});
  std::filesystem::create_directories(folder_ + "/store");
  for (const std::string name : kServices) {
    const std::string address = fmt::format("127.0.0.1:{}", free_port());
    services_[name] = "http://" + address;
    start(name, {SKALD_STORE_BINARY, name, "--data", folder_ + "/store", "--http", address});
  }
  for (const std::string name : kServices) {
    start("worker-" + name,
          {SKALD_BINARY, "worker", "--config", fmt::format("{}/services/sidecars/{}.yaml", SKALD_SOURCE_DIR, name),
           "--nats", nats, "--service", name + "=" + services_[name]});
  }
  start_engine();  // workers become ready when the streams exist
  EXPECT_TRUE(engine_ready());
  for (const std::string name : kServices) {
    for (const std::string& each : {name, "worker-" + name}) {
      EXPECT_TRUE(eventually([&] { return text_of(log_of(each)).find("ready ") != std::string::npos; })) << each;
    }
  }
}

StoreTree::~StoreTree() {
  for (const auto& [name, child] : children_) child.signal(SIGKILL);
  kill_engine();
  for (auto& [name, child] : children_) child.wait(Millis(10'000));
  if (!::testing::Test::HasFailure()) std::filesystem::remove_all(folder_);
}

void StoreTree::start(const std::string& name, const std::vector<std::string>& command) {
  auto process = Process::start(command, log_of(name));
  ASSERT_TRUE(process) << process.error().message;
  children_[name] = *process;
}

void StoreTree::use(const std::string& engine_folder, const std::string& prefix) {
  engine_folder_ = engine_folder;
  prefix_ = prefix;
}

void StoreTree::start_engine(const std::vector<std::string>& more) {
  std::filesystem::remove(log_of("engine"));
  engine_end_.clear();
  auto process = Process::start(
      {SKALD_FAULTS_BINARY, "server", "--data", engine_folder(), "--http", fmt::format("127.0.0.1:{}", http_port_),
       "--nats", fmt::format("nats://127.0.0.1:{}", nats_port_), "--prefix", prefix_, "--log-level", "error"},
      log_of("engine"), more);
  ASSERT_TRUE(process) << process.error().message;
  engine_ = *process;
}

bool StoreTree::engine_ready() {
  bool ready = false;
  eventually([&] {
    ready = text_of(log_of("engine")).find("ready ") != std::string::npos;
    return ready || !engine_end().empty();
  });
  return ready;
}

std::string StoreTree::engine_end() {
  if (engine_.running()) engine_.ended(engine_end_);
  return engine_end_;
}

void StoreTree::kill_engine() {
  engine_.signal(SIGKILL);
  engine_.wait(Millis(10'000));
}

Client StoreTree::engine() const {
  return Client({fmt::format("http://127.0.0.1:{}", http_port_), "", Millis(10'000)});
}

void StoreTree::fill_cart(const std::string& cart) const {
  httplib::Client to(services_.at("cart"));
  const auto answer = to.Put("/carts/" + cart + "/items/axe", R"({"quantity":1})", "application/json");
  ASSERT_TRUE(answer && answer->status < 300) << cart;
}

void StoreTree::pause(const std::string& service) const {
  EXPECT_TRUE(testing::stand_still(children_.at(service).pid())) << service;
}
void StoreTree::resume(const std::string& service) const { children_.at(service).signal(SIGCONT); }

std::string StoreTree::audit() const {
  const std::string out = folder_ + "/audit";
  const std::string command = fmt::format("{} audit --data {}/store > {}", SKALD_STORE_BINARY, folder_, out);
  return std::system(command.c_str()) == 0 ? "" : text_of(out);
}

}  // namespace skald::cli
