#pragma once

// What a benchmark runs on: a broker with file storage and `skald server`, as processes in a folder of their own.

#include <functional>
#include <string>

#include "cli/client.h"
#include "cli/process.h"

namespace skald::bench {

class Stack {
 public:
  explicit Stack(std::string folder);
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // Each under the address and the folder of the one before. Error: "not-started".
  Status start_broker();
  Status start_server();
  // A worker process of this binary; `name` is what main() calls it.
  Status start_worker(const std::string& name);
  // Error: "not-ready".
  Status wait_ready() const;

  cli::Client client() const { return cli::Client({url_, "", Millis(30'000)}); }
  // Submits sagas over several connections, as fast as they are taken; how many were.
  int submit(int sagas, const std::function<Value(int)>& submission) const;
  double count(const std::string& status) const;
  // The value of a metric whose line contains `name`; 0: there is none.
  double metric(const std::string& name) const;

  const std::string& folder() const { return folder_; }
  const std::string& url() const { return url_; }
  const std::string& nats_url() const { return nats_url_; }
  // Of the broker's monitoring, by HTTP.
  const std::string& monitoring_url() const { return monitoring_url_; }
  cli::Process nats, server, worker;

 private:
  const std::string folder_;
  const std::string url_;
  const std::string nats_port_;
  const std::string nats_url_;
  const std::string monitoring_port_;
  const std::string monitoring_url_;
};

}  // namespace skald::bench
