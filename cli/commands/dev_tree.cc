#include "cli/commands/dev_tree.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string_view>
#include <thread>

#include "cli/broker.h"
#include "cli/client.h"
#include "cli/commands/common.h"
#include "cli/embedded.h"
#include "engine/base/free_port.h"

namespace skald::cli {
namespace {

constexpr Millis kRestartAfter{300};
constexpr int kMostRefusals = 3;  // in a row; it does not pass then
constexpr Millis kTick{10};
constexpr Millis kStartTimeout{30'000};
constexpr Millis kEndTimeout{10'000};
constexpr const char* kServices[] = {"catalog", "cart", "inventory", "checkout", "payments"};

// With which a child ended, where it was not a signal.
std::optional<int> code_in(const std::string& what) {
  constexpr std::string_view kBegin = "ended with code ";
  if (what.rfind(kBegin, 0) != 0) return std::nullopt;
  return std::atoi(what.c_str() + kBegin.size());
}

// Its broker, its folder or its address is another's, or what is stored is damaged.
bool is_refusal(const std::string& what) { return code_in(what) == kRefused || code_in(what) == kDamaged; }

Status write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path + ".new", std::ios::trunc);
  out << text;
  out.close();
  if (!out || std::rename((path + ".new").c_str(), path.c_str()) != 0) {
    return fail(ErrorKind::kIo, "folder-unusable", "cannot write " + path);
  }
  return {};
}

}  // namespace

std::string DevTree::nats_url() const { return fmt::format("nats://127.0.0.1:{}", options_.nats_port); }

std::string DevTree::log_of(const Child& child) const {
  return fmt::format("{}/logs/{}-{}.log", options_.data, child.kind, child.name);
}

Status DevTree::plan() {
  const std::string nats = find_program("nats-server");
  if (nats.empty()) {
    return fail(ErrorKind::kNotFound, "no-nats-server",
                "there is no nats-server on the path or in /usr/sbin; install one: apt-get install nats-server");
  }
  const std::string skald = std::filesystem::read_symlink("/proc/self/exe");
  for (const char* folder : {"engine", "nats", "logs"}) {
    std::filesystem::create_directories(options_.data + "/" + folder);
  }
  SKALD_TRY(choose_port());
  if (options_.http.size() > 2 && options_.http.substr(options_.http.size() - 2) == ":0") {
    options_.http = fmt::format("{}{}", options_.http.substr(0, options_.http.size() - 1), free_port());
  }
  children_.push_back({"nats",
                       "server",
                       {nats, "-js", "-a", "127.0.0.1", "-p", std::to_string(options_.nats_port), "-sd",
                        options_.data + "/nats", "-l", options_.data + "/logs/nats.log"},
                       {},
                       {}});
  std::vector<std::string> engine = {skald,         "server",      "--data", options_.data + "/engine",
                                     "--http",      options_.http, "--nats", nats_url(),
                                     "--log-level", "warn"};
  children_.push_back({"engine", "server", engine, {}, {}});
  std::vector<std::string> http_worker = {skald, "worker", "--http-calls", "--nats", nats_url()};
  if (!options_.secrets.empty()) http_worker.insert(http_worker.end(), {"--secrets", options_.secrets});
  children_.push_back({"worker", "http", http_worker, {}, {}});
  if (options_.store) return plan_store(skald);
  return {};
}

Status DevTree::choose_port() {
  const bool chosen = options_.nats_port != 0;
  if (!chosen) {
    std::ifstream in(options_.data + "/endpoints.json");
    const Value last = Value::parse(in, nullptr, false);
    const std::string url = last.is_object() ? last.value("nats", "") : "";
    options_.nats_port = std::atoi(url.substr(url.rfind(':') + 1).c_str());
  }
  if (options_.nats_port > 0 && take_port(options_.nats_port)) return {};
  if (chosen) {
    return fail(ErrorKind::kConflict, "address-taken",
                fmt::format("the broker cannot listen on port {}: it is taken; choose another with --nats-port",
                            options_.nats_port));
  }
  options_.nats_port = free_port();
  return {};
}

Status DevTree::plan_store(const std::string& skald) {
  const std::string store = find_program("skald-store");
  if (store.empty()) {
    return fail(ErrorKind::kNotFound, "no-store", "there is no skald-store beside this binary; build it: ./run build");
  }
  std::filesystem::create_directories(options_.data + "/store");
  std::filesystem::create_directories(options_.data + "/sidecars");
  for (const std::string name : kServices) {
    const std::string address = fmt::format("127.0.0.1:{}", free_port());
    services_[name] = "http://" + address;
    std::vector<std::string> service = {store,    name,    "--data",        options_.data + "/store",
                                        "--http", address, "--allow-faults"};
    if (!options_.key_ttl.empty()) service.insert(service.end(), {"--key-ttl", options_.key_ttl});
    children_.push_back({"service", name, service, {}, {}});
  }
  for (const std::string name : kServices) {
    const std::string config = fmt::format("{}/sidecars/{}.yaml", options_.data, name);
    SKALD_TRY(write_file(config, embedded("services/sidecars/" + name + ".yaml")));
    children_.push_back(
        {"worker",
         name,
         {skald, "worker", "--config", config, "--nats", nats_url(), "--service", name + "=" + services_[name]},
         {},
         {}});
  }
  return {};
}

Status DevTree::launch(Child& child) {
  // Not as an argument: those can be read by every user of the machine.
  std::vector<std::string> more;
  if (child.kind == "nats") more = broker_environment();
  if (child.kind == "engine" && !options_.token.empty()) more.push_back("SKALD_TOKEN=" + options_.token);
  SKALD_ASSIGN(child.process, Process::start(child.command, log_of(child), more));
  return {};
}

bool DevTree::says_ready(const Child& child) const {
  if (child.kind == "nats") return true;  // the engine's readiness says so
  std::ifstream in(log_of(child));
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("ready ", 0) == 0) return true;
  }
  return false;
}

Status DevTree::start(const std::function<bool()>& interrupted) {
  SKALD_TRY(plan());
  for (Child& child : children_) {
    std::filesystem::remove(log_of(child));
    SKALD_TRY(launch(child));
  }
  SKALD_TRY(wait_ready(interrupted));
  if (options_.store) SKALD_TRY(deploy());
  write_endpoints();
  return {};
}

Status DevTree::wait_ready(const std::function<bool()>& interrupted) {
  const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
  const Client client({http_url(), options_.token, Millis(2'000)});
  for (Child& child : children_) {
    while (!says_ready(child)) {
      SKALD_TRY(none_has_ended());
      if (interrupted()) return fail(ErrorKind::kInternal, "interrupted", "interrupted");
      if (std::chrono::steady_clock::now() > deadline) {
        return fail(ErrorKind::kTimeout, "not-ready",
                    fmt::format("{} {} does not become ready", child.kind, child.name));
      }
      std::this_thread::sleep_for(kTick);
    }
  }
  while (!client.get("/readyz")) {
    SKALD_TRY(none_has_ended());
    if (interrupted()) return fail(ErrorKind::kInternal, "interrupted", "interrupted");
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(ErrorKind::kTimeout, "not-ready", "the engine does not reach the broker");
    }
    std::this_thread::sleep_for(kTick);
  }
  return {};
}

Status DevTree::none_has_ended() {
  for (Child& child : children_) {
    std::string what;
    if (child.process.ended(what)) return fail(failed(child, what));
  }
  return {};
}

// The child has said on standard error what was wrong.
Error DevTree::failed(const Child& child, const std::string& what) {
  failed_code_ = code_in(what).value_or(1);
  return make_error(ErrorKind::kInternal, "child-failed", fmt::format("{} {} {}", child.kind, child.name, what));
}

Status DevTree::deploy() const {
  const std::string path = "services/workflows/checkout.yaml";
  const Client client({http_url(), options_.token, Millis(10'000)});
  SKALD_TRY(client.post_text("/v1/workflows?file=checkout.yaml", embedded(path), "application/yaml"));
  return {};
}

void DevTree::write_endpoints() const {
  Value pids = {{"services", Value::object()}, {"workers", Value::object()}};
  for (const Child& child : children_) {
    if (child.kind == "service" || child.kind == "worker") {
      pids[child.kind + "s"][child.name] = child.process.pid();
    } else {
      pids[child.kind] = child.process.pid();
    }
  }
  const Value endpoints = {{"http", http_url()}, {"nats", nats_url()}, {"services", Value(services_)}, {"pids", pids}};
  const Status written = write_file(options_.data + "/endpoints.json", to_json(endpoints, 2) + "\n");
  if (!written) std::cerr << "skald dev: " << written.error().message << "\n";
}

Status DevTree::tend() {
  const auto now = std::chrono::steady_clock::now();
  bool changed = false;
  for (Child& child : children_) {
    std::string what;
    if (child.process.ended(what)) {
      child.refusals = is_refusal(what) ? child.refusals + 1 : 0;
      if (child.refusals == kMostRefusals) return fail(failed(child, what));
      std::cerr << fmt::format("skald dev: {} {} {}; starting it again\n", child.kind, child.name, what);
      child.restart_at = now + kRestartAfter;
    }
    if (child.process.running() || now < child.restart_at) continue;
    const Status started = launch(child);
    if (!started) {
      std::cerr << "skald dev: " << started.error().message << "\n";
      child.restart_at = now + kRestartAfter;
    }
    changed = true;
  }
  if (changed) write_endpoints();
  return {};
}

void DevTree::stop() {
  // Workers first, the broker last: what is in hand can still be answered.
  for (const char* kind : {"worker", "engine", "service", "nats"}) {
    for (Child& child : children_) {
      if (child.kind == kind) child.process.signal(SIGTERM);
    }
    for (Child& child : children_) {
      if (child.kind != kind || child.process.wait(kEndTimeout)) continue;
      child.process.signal(SIGKILL);
      child.process.wait(kEndTimeout);
    }
  }
  children_.clear();
}

}  // namespace skald::cli
