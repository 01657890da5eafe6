#pragma once

// A task as an HTTP call, and the answer as an outcome.

#include <map>
#include <optional>
#include <string>

#include "workers/sidecar/config.h"
#include "workers/worker.h"

namespace skald::workers {

struct HttpRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> headers;
  std::optional<std::string> body;
  Millis timeout{10'000};
};

// What came of a call. Without a status there was no answer.
struct HttpReply {
  int status = 0;
  std::string body;
  std::string content_type;
  std::string retry_after;
  // Why there was none: the connection was never made (nothing can have happened), or anything else.
  bool refused = false;
  std::string failure;
};

// With the headers Idempotency-Key, traceparent and Content-Type. Error "missing-input".
Result<HttpRequest> request_of(const TaskConfig& config, const Task& task);

// 2xx completed; 429, 503 and a connection refused failed; other 4xx but 408 rejected; everything else unknown; unless
// `config.statuses` says otherwise.
Answer answer_of(const TaskConfig& config, const HttpReply& reply);

}  // namespace skald::workers
