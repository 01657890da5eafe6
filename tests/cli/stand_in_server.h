#pragma once

// Stands in for the engine's HTTP interface where a test says what it answers.

#include <httplib.h>

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/value.h"

namespace skald::cli {

class StandInServer {
 public:
  explicit StandInServer(int port = 0, std::map<std::string, Value> answers = {}) : answers_(std::move(answers)) {
    server_.Get(".*", [this](const httplib::Request& request, httplib::Response& response) {
      serve(request, request.path, request.target, response);
    });
    server_.Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
      serve(request, "POST " + request.path, "POST " + request.target + " " + request.body, response);
    });
    port_ = port == 0 ? server_.bind_to_any_port("127.0.0.1") : (server_.bind_to_port("127.0.0.1", port) ? port : -1);
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // Until then a stop would pass it by.
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~StandInServer() {
    server_.stop();
    thread_.join();
  }
  StandInServer(const StandInServer&) = delete;
  StandInServer& operator=(const StandInServer&) = delete;

  // To a GET of the path; to a POST where it is "POST /...".
  void answer(const std::string& path, Value value) {
    const std::lock_guard lock(mutex_);
    answers_[path] = std::move(value);
  }
  // A GET as its target, a POST as "POST /... BODY".
  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::vector<std::string> tokens() const {
    const std::lock_guard lock(mutex_);
    return tokens_;
  }
  // From the next answer on it is somebody else's.
  void is_no_engine() {
    const std::lock_guard lock(mutex_);
    engine_ = false;
  }
  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void serve(const httplib::Request& request, const std::string& what, const std::string& asked,
             httplib::Response& response) {
    const std::lock_guard lock(mutex_);
    asked_.push_back(asked);
    tokens_.push_back(request.get_header_value("Authorization"));
    const auto answer = answers_.find(what);
    response.status = answer == answers_.end() ? 404 : 200;
    if (engine_) response.set_header("X-Skald", "engine");
    const Value none = {{"code", request.path.rfind("/v1/sagas/", 0) == 0 ? "unknown-saga" : "not-found"},
                        {"detail", "no " + request.path}};
    response.set_content(to_json(answer == answers_.end() ? none : answer->second), "application/json");
  }

  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  mutable std::mutex mutex_;
  bool engine_ = true;
  std::map<std::string, Value> answers_;
  std::vector<std::string> asked_, tokens_;
};

}  // namespace skald::cli
