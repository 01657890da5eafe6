#include "engine/bus/nats_link.h"

#include <fmt/format.h>
#include <nats/nats.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <vector>

#include "engine/base/log.h"

namespace skald::bus {
namespace {

constexpr std::chrono::milliseconds kReconnectWait{100};
constexpr std::int64_t kPingEveryMs = 5'000;
constexpr std::int64_t kWriteDeadlineMs = 2'000;  // of what the library sends while it connects
constexpr std::int64_t kLastWordsMs = 500;        // for what was not taken when the connection ends
constexpr int kMostUnsent = 16 * 1024 * 1024;     // for a server that takes no more
constexpr int kPendingMessages = 1'000'000;
constexpr int kPendingBytes = 512 * 1024 * 1024;

Error bus_error(natsStatus status, std::string_view what) {
  return make_error(ErrorKind::kUnreachable, "disconnected", fmt::format("{}: {}", what, natsStatus_GetText(status)));
}

Message take(natsMsg* raw) {
  Message message;
  message.subject = natsMsg_GetSubject(raw);
  if (const char* reply = natsMsg_GetReply(raw)) message.reply = reply;
  message.data.assign(natsMsg_GetData(raw), static_cast<std::size_t>(natsMsg_GetDataLength(raw)));
  const char** keys = nullptr;
  int count = 0;
  if (natsMsgHeader_Keys(raw, &keys, &count) == NATS_OK) {
    for (int i = 0; i < count; ++i) {
      const char* value = nullptr;
      if (natsMsgHeader_Get(raw, keys[i], &value) == NATS_OK) message.headers.emplace_back(keys[i], value);
    }
    std::free(static_cast<void*>(keys));
  }
  return message;
}

// The library says that nobody listens, and no more of what was asked for.
Message no_responders() {
  Message message;
  message.headers = {{"Status", "503"}};
  return message;
}

natsStatus with_headers(const Message& message, natsMsg*& raw) {
  const char* reply = message.reply.empty() ? nullptr : message.reply.c_str();
  natsStatus status =
      natsMsg_Create(&raw, message.subject.c_str(), reply, message.data.data(), static_cast<int>(message.data.size()));
  for (const auto& [key, value] : message.headers) {
    if (status == NATS_OK) status = natsMsgHeader_Set(raw, key.c_str(), value.c_str());
  }
  return status;
}

// Without an object of the library's, which would go to its collector behind it.
natsStatus publish_plain(natsConnection* link, const Message& message) {
  const char* subject = message.subject.c_str();
  const auto bytes = static_cast<int>(message.data.size());
  if (message.reply.empty()) return natsConnection_Publish(link, subject, message.data.data(), bytes);
  return natsConnection_PublishRequest(link, subject, message.reply.c_str(), message.data.data(), bytes);
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::istringstream in(list);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  if (parts.empty()) parts.emplace_back();
  return parts;
}

// Whether the address is at fault, and no server could make it good.
bool is_bad_address(natsStatus status) {
  return status == NATS_INVALID_ARG || status == NATS_ADDRESS_MISSING || status == NATS_ERR;
}

tl::unexpected<Error> bad_url(const std::string& url, natsStatus status) {
  return fail(ErrorKind::kInvalid, "bad-url",
              fmt::format("cannot use the broker's address '{}': {}; expected nats://HOST:PORT, or several with a "
                          "comma between",
                          url, natsStatus_GetText(status)));
}

}  // namespace

// A subscription over all connections: what it is for, and where it stands now.
class NatsLink::Subscribed {
 public:
  Subscribed(std::string subject, Connection::Handler handler, MessageBin& bin)
      : subject_(std::move(subject)), handler_(std::move(handler)), bin_(bin) {}

  void stand_on(natsConnection* connection) {
    const std::lock_guard lock(mutex_);
    if (ended_ || handle_ != nullptr) return;
    const natsStatus status = natsConnection_SubscribeSync(&handle_, connection, subject_.c_str());
    if (status != NATS_OK) {
      handle_ = nullptr;  // the connection is going: the next one will do
      return;
    }
    natsSubscription_SetPendingLimits(handle_, kPendingMessages, kPendingBytes);
  }
  // Behind it the handler is not running. With `for_good` it never runs again.
  void leave(bool for_good) {
    const std::lock_guard running(running_);
    const std::lock_guard lock(mutex_);
    ended_ = ended_ || for_good;
    if (handle_ == nullptr) return;
    natsSubscription_Unsubscribe(handle_);
    natsSubscription_Destroy(handle_);
    handle_ = nullptr;
  }
  // On the socket's thread, which is the only one to add to what waits.
  void hand_out() {
    const std::lock_guard running(running_);
    natsSubscription* const handle = this->handle();
    std::uint64_t waiting = 0;
    if (handle == nullptr || natsSubscription_QueuedMsgs(handle, &waiting) != NATS_OK) return;
    for (; waiting > 0; --waiting) {
      natsMsg* raw = nullptr;
      const natsStatus status = natsSubscription_NextMsg(&raw, handle, 0);
      if (status != NATS_OK && status != NATS_NO_RESPONDERS) continue;
      Message message = status == NATS_OK ? take(raw) : no_responders();
      message.more = waiting > 1;
      bin_.add(raw, message.data.size());
      handler_(std::move(message));
    }
  }

 private:
  natsSubscription* handle() const {
    const std::lock_guard lock(mutex_);
    return handle_;
  }

  const std::string subject_;
  const Connection::Handler handler_;
  MessageBin& bin_;
  std::mutex running_;  // over the handler, and what would take its messages away
  mutable std::mutex mutex_;
  natsSubscription* handle_ = nullptr;
  bool ended_ = false;
};

// What a subscriber holds.
class NatsLink::Handle final : public Subscription {
 public:
  Handle(NatsLink& link, std::shared_ptr<Subscribed> subscribed) : link_(link), subscribed_(std::move(subscribed)) {}
  ~Handle() override {
    {
      const std::lock_guard lock(link_.subscriptions_mutex_);
      link_.subscriptions_.remove(subscribed_);
      ++link_.subscriptions_changed_;
    }
    subscribed_->leave(true);
  }

 private:
  NatsLink& link_;
  const std::shared_ptr<Subscribed> subscribed_;  // shared with a keeper that is just making a connection
};

NatsLink::NatsLink(std::function<void(bool)> changed) : changed_(std::move(changed)), socket_([this] { hand_out(); }) {}

Status NatsLink::configure(const Options& options) {
  const auto down = [](natsConnection*, void* self) { static_cast<NatsLink*>(self)->come(false); };
  const auto closed = [](natsConnection*, void* self) {
    auto* link = static_cast<NatsLink*>(self);
    // The lock is held while waking: behind it the link may be gone.
    const std::lock_guard lock(link->mutex_);
    link->closed_ = true;
    link->wake_.notify_all();
  };
  const auto error = [](natsConnection*, natsSubscription*, natsStatus status, void*) {
    logger("bus")->warn("the broker's client reports an error; error=\"{}\"", natsStatus_GetText(status));
  };
  natsStatus status = natsOptions_Create(&options_);
  const auto set = [&status](natsStatus next) {
    if (status == NATS_OK) status = next;
  };
  const std::vector<std::string> addresses = split(options.url);
  std::vector<const char*> servers(addresses.size());
  std::transform(addresses.begin(), addresses.end(), servers.begin(), [](const auto& one) { return one.c_str(); });
  set(natsOptions_SetServers(options_, servers.data(), static_cast<int>(servers.size())));
  set(natsOptions_SetNoRandomize(options_, true));
  set(natsOptions_SetName(options_, options.name.c_str()));
  set(natsOptions_SetAllowReconnect(options_, false));
  set(natsOptions_SetPingInterval(options_, kPingEveryMs));
  set(natsOptions_SetWriteDeadline(options_, kWriteDeadlineMs));
  set(natsOptions_SetSendAsap(options_, true));  // no thread that writes what has gathered for a millisecond
  set(static_cast<natsStatus>(socket_.use(options_)));
  set(natsOptions_SetMaxPendingMsgs(options_, kPendingMessages));
  set(natsOptions_SetDisconnectedCB(options_, down, this));
  set(natsOptions_SetClosedCB(options_, closed, this));
  set(natsOptions_SetErrorHandler(options_, error, nullptr));
  if (status == NATS_OK) return {};
  return bad_url(options.url, status);
}

Result<std::unique_ptr<NatsLink>> NatsLink::open(const Options& options, std::function<void(bool)> changed) {
  std::unique_ptr<NatsLink> link(new NatsLink(std::move(changed)));
  if (!link->socket_.is_usable()) {
    return fail(ErrorKind::kUnavailable, "no-descriptors", "no file descriptor is left for a connection to the broker");
  }
  SKALD_TRY(link->configure(options));
  const auto status = static_cast<natsStatus>(link->connect());
  if (is_bad_address(status)) return bad_url(options.url, status);
  if (status == NATS_OK) link->up_ = true;
  link->keeper_ = std::thread([self = link.get()] { self->keep(); });
  return link;
}

NatsLink::~NatsLink() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (keeper_.joinable()) keeper_.join();
  if (link_ != nullptr) {
    flush();
    if (socket_.has_unsent()) natsConnection_FlushTimeout(link_, kLastWordsMs);
    socket_.close([this] { natsConnection_Close(link_); });
  }
  {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return closed_; });  // behind it, no callback of the library reaches this object
  }
  drop();
  natsOptions_Destroy(options_);
}

void NatsLink::come(bool up) {
  up_ = up;
  changed_(up);
}

int NatsLink::connect() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = false;
  }
  natsConnection* connection = nullptr;
  const natsStatus status = natsConnection_Connect(&connection, options_);
  if (status != NATS_OK) {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    return status;
  }
  {
    const std::unique_lock lock(link_mutex_);
    link_ = connection;
  }
  for (const auto& subscribed : subscriptions()) subscribed->stand_on(connection);
  return NATS_OK;
}

// The library has closed it: nothing comes from it any more.
void NatsLink::drop() {
  natsConnection* closed = nullptr;
  {
    const std::unique_lock lock(link_mutex_);
    std::swap(closed, link_);
  }
  if (closed == nullptr) return;
  socket_.forget();
  for (const auto& subscribed : subscriptions()) subscribed->leave(false);
  natsConnection_Destroy(closed);
}

void NatsLink::keep() {
  auto next_try = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || closed_; });
    if (stopping_) return;
    lock.unlock();
    if (up_) come(false);
    drop();
    lock.lock();
    if (wake_.wait_until(lock, next_try, [this] { return stopping_; })) return;
    lock.unlock();
    next_try = std::chrono::steady_clock::now() + kReconnectWait;
    if (connect() == NATS_OK) come(true);
    lock.lock();
  }
}

std::list<std::shared_ptr<NatsLink::Subscribed>> NatsLink::subscriptions() const {
  const std::lock_guard lock(subscriptions_mutex_);
  return subscriptions_;
}

void NatsLink::hand_out() {
  if (subscriptions_changed_ != served_since_) {
    const std::lock_guard lock(subscriptions_mutex_);
    served_since_ = subscriptions_changed_;
    served_ = subscriptions_;
  }
  for (const auto& subscribed : served_) subscribed->hand_out();
}

std::size_t NatsLink::max_payload() const {
  const std::shared_lock lock(link_mutex_);
  if (link_ == nullptr) return 0;
  return static_cast<std::size_t>(std::max<std::int64_t>(0, natsConnection_GetMaxPayload(link_)));
}

Status NatsLink::publish(const Message& message, Pace pace) {
  {
    const NatsSocket::Quiet quiet(socket_);
    SKALD_TRY(put(message));
  }
  if (pace == Pace::kNow) flush();
  return {};
}

Status NatsLink::put(const Message& message) {
  natsMsg* raw = nullptr;
  natsStatus status = message.headers.empty() ? NATS_OK : with_headers(message, raw);
  {
    const std::shared_lock lock(link_mutex_);
    if (link_ == nullptr && status == NATS_OK) status = NATS_CONNECTION_CLOSED;
    if (status == NATS_OK && socket_.is_full() && natsConnection_Buffered(link_) > kMostUnsent) {
      status = NATS_INSUFFICIENT_BUFFER;
    }
    if (status == NATS_OK) {
      status = raw != nullptr ? natsConnection_PublishMsg(link_, raw) : publish_plain(link_, message);
    }
  }
  bin_.add(raw, message.data.size());
  if (status == NATS_MAX_PAYLOAD) {
    return fail(ErrorKind::kTooLarge, "too-large",
                fmt::format("a message of {} bytes is larger than the broker takes", message.data.size()));
  }
  if (status != NATS_OK) return fail(bus_error(status, "cannot publish to " + message.subject));
  return {};
}

std::unique_ptr<Subscription> NatsLink::subscribe(const std::string& subject, Connection::Handler handler) {
  auto subscribed = std::make_shared<Subscribed>(subject, std::move(handler), bin_);
  {
    const std::lock_guard lock(subscriptions_mutex_);
    subscriptions_.push_back(subscribed);
    ++subscriptions_changed_;
  }
  {
    const NatsSocket::Quiet quiet(socket_);
    const std::shared_lock lock(link_mutex_);
    if (link_ != nullptr) subscribed->stand_on(link_);
  }
  flush();
  return std::make_unique<Handle>(*this, std::move(subscribed));
}

}  // namespace skald::bus
