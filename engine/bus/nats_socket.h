#pragma once

// The socket of libnats's connection, driven from here: the library's event loop interface. One thread reads, and hands
// out what came by itself, where the library's own would wake another for each subscription. Whoever publishes writes,
// on his own thread, as much as has gathered in the library's buffer; where another thread is at the socket, that one
// does. So nothing waits for others, and what goes together is one write.
//
// Threading: all methods from any thread.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

typedef struct __natsConnection natsConnection;  // NOLINT(bugprone-reserved-identifier): the library's name
typedef struct __natsOptions natsOptions;        // NOLINT(bugprone-reserved-identifier)

namespace skald::bus {

class NatsSocket {
 public:
  // `hand_out` is called on the thread, each time something may have come. Where no file
  // descriptor is left it is not usable.
  explicit NatsSocket(std::function<void()> hand_out);
  // The connection must have been closed.
  ~NatsSocket();
  NatsSocket(const NatsSocket&) = delete;
  NatsSocket& operator=(const NatsSocket&) = delete;

  bool is_usable() const { return wake_ >= 0; }
  // Connections that are made with these options use it: one at a time. What the library answers, a natsStatus.
  int use(natsOptions* options);

  // While it lives, what this thread publishes waits for flush().
  class Quiet {
   public:
    explicit Quiet(const NatsSocket& socket);
    ~Quiet();
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;

   private:
    const NatsSocket* const before_;
  };
  // Writes what has been published. Does not wait: where the socket takes no more, its thread goes on.
  void flush();
  // What has been published and was not taken by the socket yet.
  bool has_unsent() const { return unsent_; }
  // The socket takes no more for now.
  bool is_full() const { return full_; }
  // Whether this is the thread that reads.
  bool is_here() const;

  // Nobody is at the socket meanwhile. `closing` makes the library close the connection.
  void close(const std::function<void()>& closing);
  // Behind it, a connection that was closed is not touched any more.
  void forget();

  static constexpr std::chrono::milliseconds kSoon{2};              // what handlers publish is written by then
  static constexpr std::chrono::milliseconds kTakesNothing{2'000};  // then the server counts as hung

 private:
  // What the library calls, with its connection's lock held: they take no lock but mutex_.
  struct Callbacks;

  void attach(natsConnection* connection, int socket);
  void run();
  void wait();
  void read();
  void write();
  void flush_wanted();
  void flush_soon();
  void wake() const;
  bool full_for_long() const;
  void shut();

  const std::function<void()> hand_out_;
  const int wake_;  // an eventfd

  std::mutex io_mutex_;  // over reading, writing and closing, for which the library expects one thread
  mutable std::mutex mutex_;
  natsConnection* connection_ = nullptr;
  int socket_ = -1;  // to be read; -1: none
  std::atomic<bool> unsent_{false};
  std::atomic<bool> wanted_{false};  // somebody wants it written
  std::atomic<bool> full_{false};
  std::atomic<std::chrono::steady_clock::time_point> full_since_{};
  std::chrono::steady_clock::time_point soon_ = std::chrono::steady_clock::time_point::max();  // the thread's own
  std::atomic<bool> stopping_{false};
  std::thread thread_;  // last: it uses all the rest
};

}  // namespace skald::bus
