#include "engine/bus/connection.h"

#include <fmt/format.h>
#include <nats/nats.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>

#include "engine/base/hash.h"
#include "engine/base/log.h"

namespace skald::bus {
namespace {

constexpr std::int64_t kReconnectWaitMs = 100;
constexpr std::int64_t kReconnectJitterMs = 100;
constexpr std::int64_t kPingEveryMs = 5'000;
constexpr int kPendingMessages = 1'000'000;
constexpr int kPendingBytes = 512 * 1024 * 1024;

struct MsgDeleter {
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};
using NatsMsg = std::unique_ptr<natsMsg, MsgDeleter>;

Error bus_error(natsStatus status, std::string_view what) {
  return make_error(ErrorKind::kUnreachable, "disconnected", fmt::format("{}: {}", what, natsStatus_GetText(status)));
}

Message take(natsMsg* raw) {
  const NatsMsg owned(raw);
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

class NatsSubscription final : public Subscription {
 public:
  explicit NatsSubscription(Connection::Handler handler) : handler_(std::move(handler)) {}
  ~NatsSubscription() override {
    if (subscription_ == nullptr) return;
    // The library calls `completed` behind the last message, on the subscription's thread.
    natsSubscription_Unsubscribe(subscription_);
    done_.get_future().wait();
    natsSubscription_Destroy(subscription_);
  }

  Status start(natsConnection* connection, const std::string& subject) {
    const natsStatus status = natsConnection_Subscribe(&subscription_, connection, subject.c_str(), received, this);
    if (status != NATS_OK) return fail(bus_error(status, "cannot subscribe to " + subject));
    natsSubscription_SetPendingLimits(subscription_, kPendingMessages, kPendingBytes);
    natsSubscription_SetOnCompleteCB(subscription_, completed, this);
    return {};
  }

 private:
  static void received(natsConnection*, natsSubscription*, natsMsg* message, void* self) {
    static_cast<NatsSubscription*>(self)->handler_(take(message));
  }
  static void completed(void* self) { static_cast<NatsSubscription*>(self)->done_.set_value(); }

  Connection::Handler handler_;
  natsSubscription* subscription_ = nullptr;
  std::promise<void> done_;
};

std::string unique_inbox() { return "_INBOX.skald." + to_hex(random_bytes(12)); }

}  // namespace

std::string_view Message::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

struct Connection::Impl {
  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    tick.notify_all();
    if (sweeper.joinable()) sweeper.join();
    inbox_subscription.reset();
    if (connection != nullptr) {
      natsConnection_Close(connection);
      closed.get_future().wait();  // behind it, no callback of the library reaches this object
      natsConnection_Destroy(connection);
    }
    natsOptions_Destroy(options);
    fail_all("the connection is closed");
  }

  struct Waiting {
    std::chrono::steady_clock::time_point deadline;
    Answered answered;
    Error error;  // what it comes to at its deadline
  };

  // Has a request answered with an error by the sweeper, soon: never from within the call that made it.
  void doom(std::uint64_t id, Error error) {
    const std::lock_guard lock(mutex);
    const auto at = waiting.find(id);
    if (at == waiting.end()) return;
    deadlines.erase({at->second.deadline, id});
    at->second.deadline = {};
    at->second.error = std::move(error);
    deadlines.emplace(at->second.deadline, id);
  }

  void change(bool is_up) {
    up = is_up;
    if (!is_up) fail_all("the connection to the broker was lost");
    const std::lock_guard lock(change_mutex);
    if (changed) changed(is_up);
  }

  void fail_all(const std::string& why) {
    std::unordered_map<std::uint64_t, Waiting> lost;
    {
      const std::lock_guard lock(mutex);
      lost.swap(waiting);
      deadlines.clear();
    }
    for (auto& [id, entry] : lost) entry.answered(fail(ErrorKind::kUnreachable, "disconnected", why));
  }

  void answer(Message message) {
    const std::size_t dot = message.subject.rfind('.');
    std::uint64_t id = 0;
    for (std::size_t i = dot + 1; i < message.subject.size(); ++i) {
      id = id * 10 + static_cast<std::uint64_t>(message.subject[i] - '0');
    }
    Answered answered;
    {
      const std::lock_guard lock(mutex);
      const auto at = waiting.find(id);
      if (at == waiting.end()) return;
      answered = std::move(at->second.answered);
      deadlines.erase({at->second.deadline, id});
      waiting.erase(at);
    }
    if (message.header("Status") == "503") {
      answered(fail(ErrorKind::kUnavailable, "no-responders", "nobody listens on the broker"));
    } else {
      answered(std::move(message));
    }
  }

  void sweep() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      tick.wait_for(lock, std::chrono::milliseconds(50));
      std::vector<Waiting> late;
      const auto now = std::chrono::steady_clock::now();
      while (!deadlines.empty() && deadlines.begin()->first <= now) {
        const auto at = waiting.find(deadlines.begin()->second);
        deadlines.erase(deadlines.begin());
        late.push_back(std::move(at->second));
        waiting.erase(at);
      }
      lock.unlock();
      for (Waiting& entry : late) entry.answered(fail(std::move(entry.error)));
      lock.lock();
    }
  }

  natsOptions* options = nullptr;
  natsConnection* connection = nullptr;
  std::string inbox = unique_inbox();
  std::unique_ptr<Subscription> inbox_subscription;
  std::atomic<bool> up{false};
  std::promise<void> closed;

  std::mutex change_mutex;
  std::function<void(bool)> changed;

  std::mutex mutex;
  std::condition_variable tick;
  bool stopping = false;
  std::uint64_t next_id = 1;
  std::unordered_map<std::uint64_t, Waiting> waiting;
  std::set<std::pair<std::chrono::steady_clock::time_point, std::uint64_t>> deadlines;
  std::thread sweeper;
};

Result<std::unique_ptr<Connection>> Connection::open(const ConnectOptions& options) {
  auto impl = std::make_unique<Impl>();
  const auto up = [](natsConnection*, void* self) { static_cast<Impl*>(self)->change(true); };
  const auto down = [](natsConnection*, void* self) { static_cast<Impl*>(self)->change(false); };
  const auto closed = [](natsConnection*, void* self) { static_cast<Impl*>(self)->closed.set_value(); };
  const auto error = [](natsConnection*, natsSubscription*, natsStatus status, void*) {
    logger("bus")->warn("the broker's client reports an error; error=\"{}\"", natsStatus_GetText(status));
  };
  natsStatus status = natsOptions_Create(&impl->options);
  const auto set = [&status](natsStatus next) {
    if (status == NATS_OK) status = next;
  };
  set(natsOptions_SetURL(impl->options, options.url.c_str()));
  set(natsOptions_SetName(impl->options, options.name.c_str()));
  set(natsOptions_SetMaxReconnect(impl->options, -1));
  set(natsOptions_SetReconnectWait(impl->options, kReconnectWaitMs));
  set(natsOptions_SetReconnectJitter(impl->options, kReconnectJitterMs, kReconnectJitterMs));
  set(natsOptions_SetPingInterval(impl->options, kPingEveryMs));
  set(natsOptions_SetSendAsap(impl->options, options.send_asap));
  set(natsOptions_SetMaxPendingMsgs(impl->options, kPendingMessages));
  set(natsOptions_SetRetryOnFailedConnect(impl->options, true, up, impl.get()));
  set(natsOptions_SetReconnectedCB(impl->options, up, impl.get()));
  set(natsOptions_SetDisconnectedCB(impl->options, down, impl.get()));
  set(natsOptions_SetClosedCB(impl->options, closed, impl.get()));
  set(natsOptions_SetErrorHandler(impl->options, error, nullptr));
  if (status == NATS_OK) status = natsConnection_Connect(&impl->connection, impl->options);
  if (status != NATS_OK && status != NATS_NOT_YET_CONNECTED) {
    impl->connection = nullptr;
    return fail(ErrorKind::kInvalid, "bad-url",
                fmt::format("cannot use the broker's address '{}': {}", options.url, natsStatus_GetText(status)));
  }
  if (status == NATS_OK) impl->up = true;
  auto answers =
      std::make_unique<NatsSubscription>([self = impl.get()](Message message) { self->answer(std::move(message)); });
  SKALD_TRY(answers->start(impl->connection, impl->inbox + ".r.*"));
  impl->inbox_subscription = std::move(answers);
  impl->sweeper = std::thread([self = impl.get()] { self->sweep(); });
  return std::unique_ptr<Connection>(new Connection(std::move(impl)));
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

bool Connection::connected() const { return impl_->up; }

std::size_t Connection::max_payload() const {
  return static_cast<std::size_t>(std::max<std::int64_t>(0, natsConnection_GetMaxPayload(impl_->connection)));
}

void Connection::on_change(std::function<void(bool)> changed) {
  const std::lock_guard lock(impl_->change_mutex);
  impl_->changed = std::move(changed);
}

Status Connection::publish(const Message& message) {
  natsMsg* raw = nullptr;
  natsStatus status =
      natsMsg_Create(&raw, message.subject.c_str(), message.reply.empty() ? nullptr : message.reply.c_str(),
                     message.data.data(), static_cast<int>(message.data.size()));
  const NatsMsg owned(raw);
  for (const auto& [key, value] : message.headers) {
    if (status == NATS_OK) status = natsMsgHeader_Set(raw, key.c_str(), value.c_str());
  }
  if (status == NATS_OK) status = natsConnection_PublishMsg(impl_->connection, raw);
  if (status == NATS_MAX_PAYLOAD) {
    return fail(ErrorKind::kTooLarge, "too-large",
                fmt::format("a message of {} bytes is larger than the broker takes", message.data.size()));
  }
  if (status != NATS_OK) return fail(bus_error(status, "cannot publish to " + message.subject));
  return {};
}

void Connection::request(Message message, Millis timeout, Answered answered) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  std::uint64_t id = 0;
  bool full = false;
  {
    const std::lock_guard lock(impl_->mutex);
    full = impl_->waiting.size() >= kMaxRequests;
    id = impl_->next_id++;
    Error late = make_error(ErrorKind::kTimeout, "request-timeout", "the broker did not answer in time");
    impl_->waiting.emplace(id, Impl::Waiting{deadline, std::move(answered), std::move(late)});
    impl_->deadlines.emplace(deadline, id);
  }
  if (full) {
    impl_->doom(
        id, make_error(ErrorKind::kOverloaded, "too-many-requests", "too many requests to the broker are unanswered"));
    return;
  }
  message.reply = fmt::format("{}.r.{}", impl_->inbox, id);
  if (const Status sent = publish(message); !sent) impl_->doom(id, sent.error());
}

Result<Message> Connection::request(Message message, Millis timeout) {
  auto done = std::make_shared<std::promise<Result<Message>>>();  // shared: handlers are copied
  auto answer = done->get_future();
  request(std::move(message), timeout, [done](Result<Message> result) { done->set_value(std::move(result)); });
  return answer.get();
}

Result<std::unique_ptr<Subscription>> Connection::subscribe(const std::string& subject, Handler handler) {
  auto subscription = std::make_unique<NatsSubscription>(std::move(handler));
  SKALD_TRY(subscription->start(impl_->connection, subject));
  return std::unique_ptr<Subscription>(std::move(subscription));
}

std::string Connection::new_inbox() const { return unique_inbox(); }

}  // namespace skald::bus
