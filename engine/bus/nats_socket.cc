#include "engine/bus/nats_socket.h"

#include <nats/nats.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <utility>

namespace skald::bus {
namespace {

using Clock = std::chrono::steady_clock;

thread_local const NatsSocket* reads = nullptr;  // the socket whose thread this is
thread_local const NatsSocket* quiet = nullptr;  // the one that this thread will flush

}  // namespace

struct NatsSocket::Callbacks {
  static NatsSocket& of(void* self) { return *static_cast<NatsSocket*>(self); }

  static natsStatus attach(void** self, void* loop, natsConnection* connection, natsSock socket) {
    *self = loop;
    of(loop).attach(connection, static_cast<int>(socket));
    return NATS_OK;
  }
  // Only ever to stop.
  static natsStatus read(void* self, bool add) {
    if (!add) of(self).attach(nullptr, -1);
    return NATS_OK;
  }
  static natsStatus write(void* self, bool add) {
    NatsSocket& socket = of(self);
    socket.unsent_ = add;
    if (add && quiet != &socket && !socket.is_here()) {
      socket.wanted_ = true;
      socket.wake();
    }
    return NATS_OK;
  }
  static natsStatus detach(void* self) {
    of(self).attach(nullptr, -1);
    return NATS_OK;
  }
};

NatsSocket::Quiet::Quiet(const NatsSocket& socket) : before_(std::exchange(quiet, &socket)) {}
NatsSocket::Quiet::~Quiet() { quiet = before_; }

NatsSocket::NatsSocket(std::function<void()> hand_out)
    : hand_out_(std::move(hand_out)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (is_usable()) thread_ = std::thread([this] { run(); });
}

NatsSocket::~NatsSocket() {
  if (!is_usable()) return;
  stopping_ = true;
  wake();
  thread_.join();
  ::close(wake_);
}

int NatsSocket::use(natsOptions* options) {
  return natsOptions_SetEventLoop(options, this, Callbacks::attach, Callbacks::read, Callbacks::write,
                                  Callbacks::detach);
}

bool NatsSocket::is_here() const { return reads == this; }

void NatsSocket::attach(natsConnection* connection, int socket) {
  {
    const std::lock_guard lock(mutex_);
    connection_ = connection;
    socket_ = socket;
  }
  unsent_ = false;
  full_ = false;
  wake();
}

void NatsSocket::flush() {
  wanted_ = true;
  flush_wanted();
}

void NatsSocket::flush_wanted() {
  // Whoever is at the socket looks again behind it.
  while (wanted_ && !full_) {
    const std::unique_lock io(io_mutex_, std::try_to_lock);
    if (!io) return;
    wanted_ = false;
    if (unsent_) write();
  }
}

void NatsSocket::close(const std::function<void()>& closing) {
  const std::lock_guard io(io_mutex_);
  closing();
}

void NatsSocket::forget() {
  const std::lock_guard io(io_mutex_);
  attach(nullptr, -1);
}

void NatsSocket::wake() const {
  const std::uint64_t one = 1;
  (void)!::write(wake_, &one, sizeof(one));  // it cannot fail but by being woken often enough already
}

void NatsSocket::run() {
  reads = this;
  while (!stopping_) {
    wait();
    flush_wanted();  // what was published while this thread was at the socket
    hand_out_();
    flush_soon();
  }
}

// What the handlers have published at leisure.
void NatsSocket::flush_soon() {
  if (!unsent_ || full_) {
    soon_ = Clock::time_point::max();
    return;
  }
  const auto now = Clock::now();
  if (soon_ == Clock::time_point::max()) soon_ = now + kSoon;
  if (now < soon_) return;
  soon_ = Clock::time_point::max();
  flush();
}

// Until there is something to do; reads it.
void NatsSocket::wait() {
  int socket = -1;
  {
    const std::lock_guard lock(mutex_);
    socket = socket_;
  }
  const bool full = full_;
  std::array<pollfd, 2> both{{{wake_, POLLIN, 0}, {socket, static_cast<short>(full ? POLLIN | POLLOUT : POLLIN), 0}}};
  const int timeout = full                                ? static_cast<int>(kTakesNothing.count()) / 4
                      : soon_ != Clock::time_point::max() ? static_cast<int>(kSoon.count())
                                                          : -1;
  if (::poll(both.data(), socket < 0 ? 1 : 2, timeout) < 0) return;
  if (both[0].revents != 0) {
    std::uint64_t times = 0;
    (void)!::read(wake_, &times, sizeof(times));
  }
  if ((both[1].revents & POLLOUT) != 0) full_ = false;
  if ((both[1].revents & ~POLLOUT) != 0) read();
  if (full_for_long()) shut();
}

void NatsSocket::read() {
  const std::lock_guard io(io_mutex_);
  natsConnection* connection = nullptr;
  {
    const std::lock_guard lock(mutex_);
    connection = connection_;
  }
  if (connection != nullptr) natsConnection_ProcessReadEvent(connection);
}

// The io mutex is held.
void NatsSocket::write() {
  natsConnection* connection = nullptr;
  {
    const std::lock_guard lock(mutex_);
    connection = connection_;
  }
  if (connection == nullptr) return;
  natsConnection_ProcessWriteEvent(connection);
  if (!unsent_) return;
  wanted_ = true;
  full_since_ = Clock::now();
  full_ = true;
  if (!is_here()) wake();
}

bool NatsSocket::full_for_long() const { return full_ && Clock::now() - full_since_.load() >= kTakesNothing; }

// The library notices, and closes the connection.
void NatsSocket::shut() {
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
  full_ = false;
}

}  // namespace skald::bus
