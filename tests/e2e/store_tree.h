#pragma once

// The demo store's broker, services and sidecars as processes that stay, and an engine beside them that the test
// starts, kills and starts again. For one thread; it ends with the test.

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/client.h"
#include "cli/process.h"

namespace skald::cli {

// Waits for a condition that others bring about; false when it has not come true in time.
bool eventually(const std::function<bool()>& condition, std::chrono::seconds within = std::chrono::seconds(60));

class StoreTree {
 public:
  // Starts all of it in a new temporary folder. A failure is the test's.
  StoreTree();
  // Ends all of it. The folder stays where the test has failed.
  ~StoreTree();
  StoreTree(const StoreTree&) = delete;
  StoreTree& operator=(const StoreTree&) = delete;

  // Starts the engine that can be made to crash, in the environment and that of `more`. It may end at once.
  void start_engine(const std::vector<std::string>& more = {});
  // Whether the engine has said that it is ready; false also when it has ended first.
  bool engine_ready();
  // How the engine has ended: "was ended by signal 9"; empty while it runs.
  std::string engine_end();
  void kill_engine();

  // What the next engines use; both new ones make a fresh store on a fresh part of the broker.
  void use(const std::string& engine_folder, const std::string& prefix);

  Client engine() const;
  std::string engine_folder() const { return folder_ + "/" + engine_folder_; }
  const std::string& folder() const { return folder_; }

  // A cart with one axe in it.
  void fill_cart(const std::string& cart) const;
  // Stops a service where it stands, and lets it go on: calls to it wait meanwhile.
  void pause(const std::string& service) const;
  void resume(const std::string& service) const;
  // What `skald-store audit` says on a violation; empty: the books balance.
  std::string audit() const;

 private:
  void start(const std::string& name, const std::vector<std::string>& command);
  std::string log_of(const std::string& name) const { return folder_ + "/" + name + ".log"; }

  std::string folder_;
  std::string engine_folder_ = "engine";
  std::string prefix_ = "skald";
  int nats_port_;
  int http_port_;
  std::map<std::string, std::string> services_;  // name -> URL
  std::map<std::string, Process> children_;
  Process engine_;
  std::string engine_end_;
};

}  // namespace skald::cli
