#pragma once

// The process tree of `skald dev`: broker, engine, the worker of `call: http`, and with the store its services and
// their workers. For one thread.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/process.h"
#include "engine/base/value.h"

namespace skald::cli {

struct DevOptions {
  std::string data = "./skald-data";
  std::string http = "127.0.0.1:7525";
  int nats_port = 0;  // 0: that of the last time, or any free one
  bool store = false;
  std::string key_ttl;  // of the store's services; empty: their default
  std::string secrets;  // a folder of them, for the worker that calls any host; empty: none
  std::string token;
};

class DevTree {
 public:
  explicit DevTree(DevOptions options) : options_(std::move(options)) {}
  ~DevTree() { stop(); }
  DevTree(const DevTree&) = delete;
  DevTree& operator=(const DevTree&) = delete;

  // Starts everything and waits until it is ready. `interrupted` is asked meanwhile. Errors: "no-nats-server",
  // "not-started", "address-taken", "child-failed" (with the exit code that the child ended with), "interrupted".
  Status start(const std::function<bool()>& interrupted);
  // Restarts what has died, with a word on standard error. Error: "child-failed", where it is refused again and again.
  Status tend();
  // Ends the children, in order; what does not end is killed.
  void stop();

  std::string http_url() const { return "http://" + options_.http; }
  std::string nats_url() const;
  int failed_code() const { return failed_code_; }

 private:
  struct Child {
    std::string kind;  // "nats", "engine", "service", "worker"
    std::string name;
    std::vector<std::string> command;
    Process process;
    std::chrono::steady_clock::time_point restart_at;
    int refusals = 0;  // in a row, with which it ended
  };

  Status plan();
  Status plan_store(const std::string& skald);
  Status launch(Child& child);
  // Of the broker: the one of the last time, so that workers elsewhere find it again.
  Status choose_port();
  Status wait_ready(const std::function<bool()>& interrupted);
  Status none_has_ended();
  Error failed(const Child& child, const std::string& what);
  bool says_ready(const Child& child) const;
  Status deploy() const;
  void write_endpoints() const;
  std::string log_of(const Child& child) const;

  DevOptions options_;
  std::vector<Child> children_;  // in the order in which they start
  std::map<std::string, std::string> services_;
  int failed_code_ = 1;
};

}  // namespace skald::cli
