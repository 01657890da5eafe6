#include "tests/bench/stack.h"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>
#include <vector>

#include "cli/broker.h"
#include "engine/base/free_port.h"
#include "tests/bench/requests.h"

namespace skald::bench {
namespace {

constexpr Millis kReadyTimeout{20'000};
constexpr Millis kEndTimeout{10'000};
constexpr Millis kTick{20};
constexpr int kSubmitters = 16;

}  // namespace

Stack::Stack(std::string folder)
    : folder_(std::move(folder)),
      url_(fmt::format("http://127.0.0.1:{}", free_port())),
      nats_port_(std::to_string(free_port())),
      nats_url_("nats://127.0.0.1:" + nats_port_),
      monitoring_port_(std::to_string(free_port())),
      monitoring_url_("http://127.0.0.1:" + monitoring_port_) {
  std::filesystem::create_directories(folder_);
}

Stack::~Stack() {
  for (cli::Process* process : {&worker, &server, &nats}) {
    process->signal(SIGTERM);
    if (!process->wait(kEndTimeout)) process->signal(SIGKILL);
  }
}

Status Stack::start_broker() {
  SKALD_ASSIGN(nats,
               cli::Process::start({cli::find_program("nats-server"), "-js", "-a", "127.0.0.1", "-p", nats_port_, "-m",
                                    monitoring_port_, "-sd", folder_ + "/nats", "-l", folder_ + "/nats.log"},
                                   folder_ + "/nats.out", cli::broker_environment()));
  return {};
}

Status Stack::start_server() {
  const std::string address = url_.substr(std::string("http://").size());
  SKALD_ASSIGN(server, cli::Process::start({cli::find_program("skald"), "server", "--data", folder_ + "/engine",
                                            "--http", address, "--nats", nats_url_, "--log-level", "warn"},
                                           folder_ + "/server.out"));
  return {};
}

Status Stack::start_worker(const std::string& name) {
  SKALD_ASSIGN(worker,
               cli::Process::start({cli::find_program("skald-bench"), name, nats_url_}, folder_ + "/worker.out"));
  return {};
}

Status Stack::wait_ready() const {
  const auto deadline = std::chrono::steady_clock::now() + kReadyTimeout;
  while (!client().get("/readyz")) {
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorKind::kTimeout, "not-ready", "the server does not become ready");
    }
    std::this_thread::sleep_for(kTick);
  }
  return {};
}

int Stack::submit(int sagas, const std::function<Value(int)>& submission) const {
  std::atomic<int> next{0};
  std::atomic<int> accepted{0};
  std::vector<std::thread> submitters;
  submitters.reserve(kSubmitters);
  for (int t = 0; t < kSubmitters; ++t) {
    submitters.emplace_back([&] {
      Requests http(url_);
      for (int i = next++; i < sagas; i = next++) {
        const auto answer = http.post("/v1/sagas", submission(i).dump());
        accepted += answer && answer->status == 201 ? 1 : 0;
      }
    });
  }
  for (std::thread& submitter : submitters) submitter.join();
  return accepted;
}

double Stack::count(const std::string& status) const {
  const auto answer = client().get("/v1/sagas?count=true&status=" + status);
  return answer ? answer->value("count", 0.0) : 0;
}

double Stack::metric(const std::string& name) const {
  const auto text = Requests(url_).get("/metrics");
  if (!text) return 0;
  std::istringstream in(text->body);
  for (std::string line; std::getline(in, line);) {
    if (line[0] != '#' && line.find(name) != std::string::npos) return std::atof(line.c_str() + line.rfind(' '));
  }
  return 0;
}

}  // namespace skald::bench
