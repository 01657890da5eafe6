#include "tests/chaos/store.h"

#include <fmt/format.h>
#include <httplib.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/e2e/stand_still.h"

namespace skald::chaos {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr Millis kTick{10};
constexpr Millis kStartTimeout{60'000};
constexpr Millis kEndTimeout{60'000};
constexpr Millis kCallTimeout{3'000};
constexpr Millis kRestartTimeout{5'000};  // dev starts again what has died after 0.3 s

const Target kBroker{"nats", ""};

template <typename Condition>
bool eventually(Millis within, Condition&& condition) {
  const auto deadline = SteadyClock::now() + within;
  while (!condition()) {
    if (SteadyClock::now() > deadline) return false;
    std::this_thread::sleep_for(kTick);
  }
  return true;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// 'R', 'S', 'T' ...; 0: there is no such process. A zombie is none.
char state_of(pid_t pid) {
  const std::string stat = read_file(fmt::format("/proc/{}/stat", pid));
  const std::size_t end = stat.rfind(')');
  if (end == std::string::npos || end + 2 >= stat.size()) return 0;
  const char state = stat[end + 2];
  return state == 'Z' || state == 'X' ? '\0' : state;
}

}  // namespace

Status Store::start() {
  const std::string skald = cli::find_program("skald");
  fs::create_directories(folder_);
  // Through a shell, since a child's standard error is ours: here it is to be counted.
  const std::string command = fmt::format("exec '{}' dev --store --key-ttl 5s --data '{}' --http 127.0.0.1:0 2>>'{}'",
                                          skald, folder_, folder_ + "/errors");
  SKALD_ASSIGN(dev_, cli::Process::start({"/bin/sh", "-c", command}, folder_ + "/out"));
  const bool ready = eventually(kStartTimeout, [&] { return read_file(folder_ + "/out").rfind("ready ", 0) == 0; });
  if (!ready) return fail(ErrorKind::kTimeout, "not-ready", "skald dev does not become ready; see " + folder_);
  return {};
}

void Store::stop() {
  if (!dev_.running()) return;
  dev_.signal(SIGCONT);
  dev_.signal(SIGTERM);
  if (dev_.wait(kEndTimeout)) return;
  dev_.signal(SIGKILL);
  dev_.wait(kEndTimeout);
}

Value Store::endpoints() const {
  const Value read = Value::parse(read_file(folder_ + "/endpoints.json"), nullptr, false);
  return read.is_object() ? read : Value::object();
}

pid_t Store::pid(const Target& target) const {
  const std::string path = "/pids/" + target.text();
  const Value all = endpoints();
  const Value::json_pointer at(path);
  const pid_t pid = all.contains(at) && all.at(at).is_number_integer() ? all.at(at).get<pid_t>() : 0;
  return pid > 0 && state_of(pid) != 0 ? pid : 0;
}

bool Store::signal(const Target& target, int number) const {
  pid_t found = 0;
  eventually(kRestartTimeout, [&] { return (found = pid(target)) > 0; });
  return found > 0 && ::kill(found, number) == 0;
}

bool Store::between_brokers(const std::function<void()>& change) {
  pid_t found = 0;
  if (!eventually(kRestartTimeout, [&] { return (found = pid(kBroker)) > 0; })) return false;
  // It would start the broker again before its folder is changed.
  const bool still = testing::stand_still(dev_.pid());
  ::kill(found, SIGKILL);
  const bool gone = still && eventually(kEndTimeout, [&] { return state_of(found) == 0; });
  if (gone) change();
  dev_.signal(SIGCONT);
  return gone;
}

bool Store::wipe() {
  return between_brokers([&] {
    fs::remove_all(folder_ + "/nats");
    fs::create_directories(folder_ + "/nats");
  });
}

bool Store::remember_broker() {
  const pid_t broker = pid(kBroker);
  if (broker == 0) return false;
  std::error_code failed;
  fs::remove_all(folder_ + "/nats-before", failed);
  const bool still = testing::stand_still(broker);  // so that the copy is of one moment
  if (still) fs::copy(folder_ + "/nats", folder_ + "/nats-before", fs::copy_options::recursive, failed);
  ::kill(broker, SIGCONT);
  return still && !failed;
}

bool Store::forget(bool keep_consumers) {
  const std::string before = folder_ + "/nats-before";
  if (!fs::exists(before)) return false;
  return between_brokers([&] {
    if (!keep_consumers) {
      fs::remove_all(folder_ + "/nats");
      fs::rename(before, folder_ + "/nats");
      return;
    }
    // <folder>/jetstream/<account>/streams/<stream>/{msgs,obs,...}
    for (const auto& entry : fs::recursive_directory_iterator(before)) {
      if (entry.path().filename() != "msgs") continue;
      const fs::path now = folder_ + "/nats" + entry.path().string().substr(before.size());
      fs::remove_all(now);
      fs::copy(entry.path(), now, fs::copy_options::recursive);
    }
  });
}

bool Store::set_faults(const std::string& service, const Value& faults) const {
  return put(service, "/_faults", faults).has_value();
}

std::string Store::engine_url() const { return endpoints().value("http", ""); }
cli::Client Store::engine() const { return cli::Client({engine_url(), "", kCallTimeout}); }

cli::Client Store::service(const std::string& name) const {
  const Value services = endpoints().value("services", Value::object());
  return cli::Client({services.value(name, ""), "", kCallTimeout, false});
}

Status Store::put(const std::string& service, const std::string& path, const Value& body) const {
  const Value services = endpoints().value("services", Value::object());
  httplib::Client client(services.value(service, ""));
  client.set_connection_timeout(kCallTimeout);
  client.set_read_timeout(kCallTimeout);
  const auto answer = client.Put(path, to_json(body), "application/json");
  if (answer && answer->status < 300) return {};
  return fail(ErrorKind::kUnavailable, "not-taken",
              fmt::format("{} {}: {}", service, path, answer ? answer->body : httplib::to_string(answer.error())));
}

Value Store::audit() const {
  const std::string out = folder_ + "/audit.json";
  const std::string command = fmt::format("'{}' audit --data '{}/store' -o json >'{}' 2>>'{}/errors'",
                                          cli::find_program("skald-store"), folder_, out, folder_);
  (void)std::system(command.c_str());  // its exit code says what its output says
  const Value report = Value::parse(read_file(out), nullptr, false);
  return report.is_object() ? report : Value{{"ok", false}, {"violations", {"the audit could not be made"}}};
}

int Store::count_log(const std::vector<std::string>& words) const {
  std::ifstream in(folder_ + "/errors");
  int lines = 0;
  for (std::string line; std::getline(in, line);) {
    lines += std::all_of(words.begin(), words.end(),
                         [&](const std::string& word) { return line.find(word) != std::string::npos; });
  }
  return lines;
}

}  // namespace skald::chaos
