#pragma once

// Performs `call: http`: one task, one request to whatever host it names. Thread-safe.

#include <map>
#include <memory>
#include <string>

#include "workers/http/allowed_hosts.h"
#include "workers/http/answer.h"
#include "workers/http/hosts.h"
#include "workers/http/options.h"

namespace skald::workers::http {

inline constexpr const char* kTaskType = "skald.http";
inline constexpr int kMaxRedirects = 5;
inline constexpr Millis kDefaultTimeout{30'000};  // where the task has none

class Caller {
 public:
  // The clock and the deadlines outlive it. Error "bad-host".
  static Result<std::unique_ptr<Caller>> make(const Options& options, const Clock& clock, Deadlines& deadlines);

  // Waits for the answer. While the host's breaker is open the task is handed back.
  Answer perform(const Task& task);
  // Of the hosts that are held back.
  std::map<std::string, std::string> breakers() const { return hosts_.breakers(); }

 private:
  Caller(AllowedHosts allowed, std::string ca_file, const Clock& clock, Deadlines& deadlines)
      : allowed_(std::move(allowed)), hosts_(std::move(ca_file), clock, deadlines) {}

  Status check(const Uri& uri) const;
  HttpReply ask(Hosts::Lease& lease, const Call& call, Millis timeout) const;
  // Turns `course` to where its answer points. False: it points nowhere, or what is there is not followed.
  bool turn(Course& course, int redirects) const;

  const AllowedHosts allowed_;
  Hosts hosts_;
};

}  // namespace skald::workers::http
