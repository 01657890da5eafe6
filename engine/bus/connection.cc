#include "engine/bus/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>

#include "engine/base/hash.h"
#include "engine/bus/nats_link.h"

namespace skald::bus {
namespace {

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
    // Behind it, no callback of the library reaches this object.
    link.reset();
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
    if (!is_up) fail_all("the connection to the broker was lost");
    const std::lock_guard lock(change_mutex);
    if (changed) changed(is_up);
  }

  void fail_all(const std::string& why) { fail_all(make_error(ErrorKind::kUnreachable, "disconnected", why)); }
  void fail_all(const Error& error) {
    std::unordered_map<std::uint64_t, Waiting> lost;
    {
      const std::lock_guard lock(mutex);
      lost.swap(waiting);
      deadlines.clear();
    }
    for (auto& [id, entry] : lost) entry.answered(fail(error));
  }

  void answer(Message message) {
    if (message.subject.empty()) {
      return fail_all(make_error(ErrorKind::kUnavailable, "no-responders", "nobody listens on the broker"));
    }
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
    answered(std::move(message));
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

  std::string inbox = unique_inbox();
  std::unique_ptr<NatsLink> link;
  std::unique_ptr<Subscription> inbox_subscription;

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
  SKALD_ASSIGN(impl->link,
               NatsLink::open({options.url, options.name}, [self = impl.get()](bool up) { self->change(up); }));
  impl->inbox_subscription = impl->link->subscribe(
      impl->inbox + ".r.*", [self = impl.get()](Message message) { self->answer(std::move(message)); });
  impl->sweeper = std::thread([self = impl.get()] { self->sweep(); });
  return std::unique_ptr<Connection>(new Connection(std::move(impl)));
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

bool Connection::connected() const { return impl_->link->up(); }

std::size_t Connection::max_payload() const { return impl_->link->max_payload(); }

void Connection::on_change(std::function<void(bool)> changed) {
  const std::lock_guard lock(impl_->change_mutex);
  impl_->changed = std::move(changed);
}

Status Connection::publish(const Message& message, Pace pace) { return impl_->link->publish(message, pace); }

void Connection::flush() { impl_->link->flush(); }

void Connection::request(Message message, Millis timeout, Answered answered, Pace pace) {
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
  if (const Status sent = publish(message, pace); !sent) impl_->doom(id, sent.error());
}

std::future<Result<Message>> Connection::ask(Message message, Millis timeout) {
  auto done = std::make_shared<std::promise<Result<Message>>>();  // shared: handlers are copied
  auto answer = done->get_future();
  request(std::move(message), timeout, [done](Result<Message> result) { done->set_value(std::move(result)); });
  return answer;
}

Result<Message> Connection::request(Message message, Millis timeout) {
  if (impl_->link->is_here()) {
    return fail(ErrorKind::kInternal, "waits-for-itself", "the thread that would bring the answer cannot wait for it");
  }
  return ask(std::move(message), timeout).get();
}

std::unique_ptr<Subscription> Connection::subscribe(const std::string& subject, Handler handler) {
  return impl_->link->subscribe(subject, std::move(handler));
}

std::string Connection::new_inbox() const { return unique_inbox(); }

}  // namespace skald::bus
