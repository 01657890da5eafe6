#pragma once

// A connection to NATS, over libnats. It is made once and comes back by itself for ever.
//
// Threading: all methods from any thread. Handlers of subscriptions and answers to requests run one after another, on
// the connection's thread that reads: what they wait for must not need another message, and they may not use the
// request() that waits. None of them runs from within the call that asked for it, and none may destroy what calls it.

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace skald::bus {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Message {
  std::string subject;
  std::string reply;
  std::string data;
  Headers headers;
  bool more = false;  // of one that came: others of its subscription wait behind it

  // Empty where there is none.
  std::string_view header(std::string_view name) const;
};

struct ConnectOptions {
  std::string url = "nats://127.0.0.1:4222";  // or several, separated by commas, tried in this order
  std::string name = "skald";
};

// When a message is written to the socket: at once with all that waits; or with the next that is, with flush(), or,
// where a handler has published it, after two milliseconds. Many that go together in one write take a fraction of the
// processor time here and in the broker.
enum class Pace { kNow, kSoon };

class Subscription {
 public:
  virtual ~Subscription() = default;  // after it, the handler is not running and is not called again
};

class Connection {
 public:
  // Succeeds while the server is away: it is then tried until it comes. Errors: "bad-url", "no-descriptors".
  static Result<std::unique_ptr<Connection>> open(const ConnectOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool connected() const;
  // The largest message the broker takes, in bytes, as it said when the connection came; 0 before.
  std::size_t max_payload() const;
  // Replaces what is called when the connection comes (true) or goes (false). After it returns, what was there before
  // is not running.
  void on_change(std::function<void(bool up)> changed);

  // Error: "disconnected", "too-large". Messages arrive in the order in which they are published.
  Status publish(const Message& message, Pace pace = Pace::kNow);
  // Has to follow what was published at Pace::kSoon, but on the connection's own thread.
  void flush();

  using Answered = std::function<void(Result<Message>)>;
  // Publishes with a reply address of its own; `answered` is called once. Errors: "disconnected" (it may have arrived),
  // "request-timeout" (likewise), "too-many-requests"; "no-responders", to all that are unanswered: nobody listens to
  // one of them, and the library does not say to which.
  void request(Message message, Millis timeout, Answered answered, Pace pace = Pace::kNow);
  // Likewise, for a thread that goes on to ask for more before it waits.
  std::future<Result<Message>> ask(Message message, Millis timeout);
  // Waits. Error besides: "waits-for-itself" (kInternal), on the connection's own thread.
  Result<Message> request(Message message, Millis timeout);

  using Handler = std::function<void(Message)>;
  // Stands from now on, over all that happens to the connection.
  std::unique_ptr<Subscription> subscribe(const std::string& subject, Handler handler);

  // A subject that nobody else uses.
  std::string new_inbox() const;

  static constexpr std::size_t kMaxRequests = 100'000;  // unanswered

 private:
  struct Impl;
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace skald::bus
