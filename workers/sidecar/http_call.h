#pragma once

// A task as an HTTP call, and the answer as an outcome.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
  std::vector<std::pair<std::string, std::string>> headers;
  bool too_large = false;  // the body is cut
};

// 2xx completed; 429, 503 and a connection refused failed; other 4xx but 408 rejected; everything else unknown.
wire::Outcome usual_outcome(const HttpReply& reply);
// Retry-After, where it is in seconds.
std::optional<Millis> retry_after_of(const HttpReply& reply);
// Whether the service does its work, whatever it says of this one task; the breaker's question.
bool is_healthy(const HttpReply& reply, wire::Outcome outcome);
// The body as a value: JSON, or else text; null where there is none.
Value content_of(const HttpReply& reply);

// With the headers Idempotency-Key, traceparent and Content-Type. Error "missing-input".
Result<HttpRequest> request_of(const TaskConfig& config, const Task& task);

// The usual outcome, unless `config.statuses` says otherwise.
Answer answer_of(const TaskConfig& config, const HttpReply& reply);

}  // namespace skald::workers
