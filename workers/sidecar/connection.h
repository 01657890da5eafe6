#pragma once

// A connection to one origin, kept alive between calls: HTTP, or HTTPS with the server's certificate verified.

#include <memory>
#include <string>

#include "engine/wire/codec.h"
#include "workers/sidecar/deadlines.h"
#include "workers/sidecar/http_call.h"

namespace skald::workers {

struct ConnectionOptions {
  std::string origin;   // "http://127.0.0.1:8103"
  std::string ca_file;  // whom to trust, as PEM; empty: whom the system trusts
  Millis connect_timeout{2'000};
  std::size_t max_body = wire::kMaxPayloadBytes;  // of an answer; behind it nothing is read
  bool encode_paths = true;                       // of requests; else they come encoded
};

// For one call at a time.
class Connection {
 public:
  // `deadlines` outlives it.
  Connection(ConnectionOptions options, Deadlines& deadlines);
  ~Connection();

  // Waits for the answer, at most as long as the request says.
  HttpReply call(const HttpRequest& request);

 private:
  struct Impl;  // the HTTP library stays behind it

  const ConnectionOptions options_;
  Deadlines& deadlines_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace skald::workers
