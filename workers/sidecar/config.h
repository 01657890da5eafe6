#pragma once

// The sidecar's configuration: which task type is which call of which service.

#include <map>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/value.h"
#include "engine/wire/result.h"
#include "workers/http/options.h"

namespace skald::workers {

struct ServiceConfig {
  std::string url;               // "http://127.0.0.1:8103"
  std::size_t concurrency = 16;  // calls at a time
  std::uint32_t breaker_failures = 5;
  Millis breaker_open_for{5'000};
};

struct ErrorConfig {
  std::string type;
  std::string title;
};

struct TaskConfig {
  std::string service;
  std::string method = "POST";
  std::string path = "/";     // "{name}" is taken from the input
  std::optional<Value> body;  // strings "{name}" likewise; without it the whole input, where the method has a body
  std::map<std::string, std::string> headers;
  Millis timeout{10'000};
  std::optional<std::size_t> concurrency;
  std::map<int, wire::Outcome> statuses;  // what a status means, where not the usual
  std::map<int, ErrorConfig> errors;      // what the error of a status says
};

struct SidecarConfig {
  std::string nats_url = "nats://127.0.0.1:4222";
  std::optional<http::Options> http_calls;  // set: `call: http` is served as well; the command line's to say
  std::map<std::string, ServiceConfig> services;
  std::map<std::string, TaskConfig> tasks;  // by type
};

// Error "bad-config": every problem on a line of its own, as "file:line:column: what is wrong".
Result<SidecarConfig> parse_config(const std::string& text, const std::string& file);
// Error besides: "no-file" (kInvalid).
Result<SidecarConfig> load_config(const std::string& file);

}  // namespace skald::workers
