#pragma once

// libnats, wrapped once: the connection of it that there is just now, and the subscriptions on it. Where it is lost,
// another is made here, with the same subscriptions; the library's own way of connecting anew fails for ever where the
// last one was cut in the middle of a message (docs/decisions/0003).
//
// Threading: all methods from any thread. Handlers run one after another, on one thread of this object's, `changed` on
// others of the library's or this object's; none of them may destroy what calls it.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>

#include "engine/bus/connection.h"
#include "engine/bus/message_bin.h"
#include "engine/bus/nats_socket.h"

typedef struct __natsConnection natsConnection;  // NOLINT(bugprone-reserved-identifier): the library's name
typedef struct __natsOptions natsOptions;        // NOLINT(bugprone-reserved-identifier)

namespace skald::bus {

class NatsLink {
 public:
  struct Options {
    std::string url;  // as ConnectOptions has it
    std::string name;
  };

  // Tries to connect once before it returns; where the server is away, it is then tried until it comes. `changed` is
  // told when the connection comes later, goes, and comes back. Errors: "bad-url", "no-descriptors".
  static Result<std::unique_ptr<NatsLink>> open(const Options& options, std::function<void(bool up)> changed);
  // Subscriptions must have been destroyed before.
  ~NatsLink();
  NatsLink(const NatsLink&) = delete;
  NatsLink& operator=(const NatsLink&) = delete;

  bool up() const { return up_; }
  // 0: it was never connected.
  std::size_t max_payload() const;
  // Errors: "disconnected", "too-large".
  Status publish(const Message& message, Pace pace);
  // Whether this is the thread of the handlers.
  bool is_here() const { return socket_.is_here(); }
  // Writes what was published at Pace::kSoon.
  void flush() { socket_.flush(); }
  // Stands on this connection and on all after it.
  std::unique_ptr<Subscription> subscribe(const std::string& subject, Connection::Handler handler);

 private:
  class Subscribed;
  class Handle;

  explicit NatsLink(std::function<void(bool)> changed);
  Status configure(const Options& options);
  void keep();
  // What libnats says of the attempt.
  int connect();
  void drop();
  std::list<std::shared_ptr<Subscribed>> subscriptions() const;
  void come(bool up);
  // Hands what has come to its handlers.
  void hand_out();
  Status put(const Message& message);

  const std::function<void(bool)> changed_;
  MessageBin bin_;
  natsOptions* options_ = nullptr;
  std::atomic<bool> up_{false};

  mutable std::shared_mutex link_mutex_;
  natsConnection* link_ = nullptr;

  mutable std::mutex subscriptions_mutex_;
  std::list<std::shared_ptr<Subscribed>> subscriptions_;
  std::atomic<std::uint64_t> subscriptions_changed_{0};
  // What the socket's thread knows of them.
  std::list<std::shared_ptr<Subscribed>> served_;
  std::uint64_t served_since_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool closed_ = true;  // the library has closed the link, or there is none
  NatsSocket socket_;
  std::thread keeper_;  // last, with the one before: their threads use all the rest
};

}  // namespace skald::bus
