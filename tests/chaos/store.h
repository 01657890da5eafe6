#pragma once

// The demo store under test: `skald dev --store` in a folder of its own, and what can be done to its processes.
// Threading: all methods from any thread, but for start, wipe and stop.

#include <functional>
#include <string>
#include <vector>

#include "cli/client.h"
#include "cli/process.h"
#include "tests/chaos/schedule.h"

namespace skald::chaos {

class Store {
 public:
  explicit Store(std::string folder) : folder_(std::move(folder)) {}
  ~Store() { stop(); }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Starts it and waits until it is ready. Error: "not-ready".
  Status start();
  // Ends it in order; what does not end is killed.
  void stop();

  // 0: there is none just now.
  pid_t pid(const Target& target) const;
  // Signals the process that `target` is now; waits a moment for one that is being started again. False: there is none.
  bool signal(const Target& target, int number) const;
  // Kills the broker and deletes its folder before it is started again.
  bool wipe();
  // Copies the broker's folder, as it is at this moment.
  bool remember_broker();
  // Kills the broker and puts that copy in the place of its folder; with `keep_consumers` only what streams hold.
  bool forget(bool keep_consumers);
  // The service may be down: false.
  bool set_faults(const std::string& service, const Value& faults) const;

  // Clients of the engine and of a service.
  cli::Client engine() const;
  std::string engine_url() const;
  cli::Client service(const std::string& name) const;
  // Error: where the service does not take it.
  Status put(const std::string& service, const std::string& path, const Value& body) const;

  // What `skald-store audit -o json` says.
  Value audit() const;
  // Lines of the processes' standard error that contain all of these.
  int count_log(const std::vector<std::string>& words) const;
  const std::string& folder() const { return folder_; }

 private:
  Value endpoints() const;
  // Kills the broker, and changes its folder before it is started again.
  bool between_brokers(const std::function<void()>& change);

  const std::string folder_;
  cli::Process dev_;
};

}  // namespace skald::chaos
