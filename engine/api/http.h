#pragma once

// HTTP as the handlers see it; what carries it is beast_server.cc.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/time.h"

namespace skald::api {

struct Request {
  std::string method;
  std::string path;                               // decoded
  std::multimap<std::string, std::string> query;  // decoded
  std::string accept;
  std::string authorization;
  std::string accept_encoding;
  std::string if_none_match;
  std::string body;

  // The first value of a query parameter; empty where there is none.
  std::string parameter(const std::string& name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// One request and its answer: either respond() once, or begin_stream(), write() and end_stream(). What comes after the
// client has gone, or after the answer, is ignored.
//
// Threading: all methods from any thread. Callbacks run one after another on a thread of the server's, never from
// within the call that set them.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const Request& request() const = 0;
  virtual void respond(Response response) = 0;

  virtual void begin_stream(std::string content_type) = 0;
  // `written` is called when the chunk has left; not where the client has gone.
  virtual void write(std::string chunk, std::function<void()> written) = 0;
  virtual void end_stream() = 0;

  // Called once, when the answer is complete or the client has gone.
  virtual void on_done(std::function<void()> done) = 0;
  // Runs `job` on the exchange's thread.
  virtual void post(std::function<void()> job) = 0;
  // Runs `job` on a thread where it may take its time; at once with other callbacks, where those run elsewhere.
  virtual void post_apart(std::function<void()> job) = 0;
  // Runs `job` after a while, unless the exchange is done by then.
  virtual void after(Millis delay, std::function<void()> job) = 0;
};
using ExchangePtr = std::shared_ptr<Exchange>;  // shared: the connection and whoever still owes the answer

}  // namespace skald::api
