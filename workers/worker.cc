#include "workers/worker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <set>
#include <thread>

#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/bus/jetstream.h"
#include "engine/bus/pull.h"
#include "engine/wire/cancel.h"
#include "engine/wire/codec.h"
#include "engine/wire/presence.h"
#include "engine/wire/subjects.h"
#include "workers/answer.h"
#include "workers/broker_watch.h"
#include "workers/calls.h"
#include "workers/in_hand.h"
#include "workers/pool.h"
#include "workers/result_sender.h"
#include "workers/short_tasks.h"
#include "workers/tasks_of.h"
#include "workers/turns.h"

namespace skald::workers {
namespace {

constexpr Millis kTick{100};
constexpr Millis kRetryResultsEvery{300};
constexpr std::size_t kMaxThreads = 1'024;

std::string made_up_name() {
  std::array<char, 128> host{};
  gethostname(host.data(), host.size() - 1);
  return fmt::format("{}-{}-{}", host.data(), ::getpid(), to_hex(random_bytes(3)));
}

}  // namespace

struct Worker::Impl {
  // A task that was taken.
  struct Work {
    Task task;
    std::string id;
    std::stop_token stop;
  };

  Impl(WorkerOptions given, std::map<std::string, TypeOptions> handlers)
      : options(std::move(given)),
        names(options.prefix),
        types(std::move(handlers)),
        in_hand(options.remembered),
        calls(types, options.secrets, short_tasks, clock),
        pool(std::min(kMaxThreads, total_concurrency())),
        turns(pool, [this](const std::string& type) { finished(type); }) {
    for (const auto& [type, one] : types) {
      short_tasks.add(type, one.concurrency, one.together);
      turns.add(type, one.concurrency);
    }
  }

  std::size_t total_concurrency() const {
    std::size_t total = 0;
    for (const auto& [type, one] : types) total += one.concurrency;
    return total;
  }

  void start_pulling();
  Status make_consumer(const std::string& type);
  void take(const bus::Message& message);
  // What is to be done for it; nothing, where it is here already or was answered before.
  std::optional<Work> take(Task task, InHand::Taken taken);
  // All of one type.
  void run(std::vector<Work> all);
  void perform(Work& work);
  void hand_back(const Work& work, Millis delay);
  void leave_out();
  void send(const Task& task, const Answer& answer, Time started);
  void result_arrived(const wire::ResultMessage& result);
  void finished(const std::string& type);
  void begin_again(SteadyTime now);
  void tend();
  void announce(const ShortTasks::Together& together, bool leaving);
  void on_connection(bool up);
  void stop();

  const WorkerOptions options;
  const wire::Names names;
  const std::map<std::string, TypeOptions> types;
  const SystemClock clock;

  std::unique_ptr<bus::Connection> open_connection;
  bus::Connection* connection = nullptr;  // the same: while it ends, its callbacks still use it
  std::unique_ptr<bus::JetStream> jetstream;
  std::unique_ptr<ResultSender> sender;
  InHand in_hand;

  std::mutex mutex;
  std::condition_variable changed;
  std::condition_variable ending;  // of the tending thread: nothing else wakes it
  bool stopping = false;           // take no more
  bool stopped = false;            // end the tending thread
  bool drained = false;
  std::multimap<SteadyTime, Work> again;  // what could not be begun, until then
  std::set<std::string> ready;            // types whose consumer stands
  std::map<std::string, std::unique_ptr<bus::PullSubscription>> pulls;
  std::vector<std::unique_ptr<bus::Subscription>> cancels;
  std::thread tending;
  ShortTasks short_tasks;
  const Calls calls;
  Pool pool;
  Turns turns;
};

// nats-server takes a consumer for a stream that it is just making; what that one delivers then goes nowhere, until the
// server starts anew (seen with 2.9.10). The engine makes the results' stream when that of the tasks stands.
Status Worker::Impl::make_consumer(const std::string& type) {
  SKALD_ASSIGN(const auto behind, jetstream->stream(names.results_stream()));
  if (!behind) return fail(ErrorKind::kNotFound, "unknown-stream", "the engine has not made its streams yet");
  return jetstream->ensure_consumer(names.tasks_stream(),
                                    {{"durable_name", wire::Names::task_consumer(type)},
                                     {"filter_subject", names.task(type)},
                                     {"ack_policy", "explicit"},
                                     {"ack_wait", std::chrono::nanoseconds(options.ack_wait).count()},
                                     {"max_deliver", -1},
                                     {"max_ack_pending", 10'000},
                                     {"deliver_policy", "all"},
                                     {"replay_policy", "instant"}});
}

void Worker::Impl::start_pulling() {
  for (const auto& [type, one] : types) {
    bus::PullSubscription::Options pull;
    pull.stream = names.tasks_stream();
    pull.consumer = wire::Names::task_consumer(type);
    pull.ensure = [this, type = type]() -> Status {
      SKALD_TRY(make_consumer(type));
      const std::lock_guard lock(mutex);
      ready.insert(type);
      changed.notify_all();
      return {};
    };
    pull.room = [this, &type = type, &one = one]() -> std::size_t {
      if (one.accepting && !one.accepting()) return 0;
      return short_tasks.room(type, std::max(in_hand.of_type(type), turns.taken(type)));
    };
    pull.take = [this](const bus::Message& message) { take(message); };
    auto subscription = std::make_unique<bus::PullSubscription>(*connection, std::move(pull));
    const std::lock_guard lock(mutex);
    pulls.emplace(type, std::move(subscription));
  }
}

void Worker::Impl::take(const bus::Message& message) {
  auto tasks = tasks_of(message, types);
  if (!tasks) {
    // It would come back for ever; the engine finds that it is gone and publishes it anew.
    logger("worker")->error("task that cannot be read subject={} bytes={} error=\"{}\"", message.subject,
                            message.data.size(), tasks.error().message);
    (void)bus::acknowledge(*connection, message.reply);
    return;
  }
  {
    const std::lock_guard lock(mutex);
    if (stopping) {
      (void)bus::hand_back(*connection, message.reply, Millis(0));
      return;
    }
  }
  short_tasks.came(tasks->front().message.task, tasks->size());
  std::vector<InHand::Taken> taken = in_hand.take(*tasks, message.reply, std::chrono::steady_clock::now());
  std::vector<Work> all;
  for (std::size_t i = 0; i < tasks->size(); ++i) {
    if (auto work = take(std::move((*tasks)[i]), std::move(taken[i]))) all.push_back(std::move(*work));
  }
  run(std::move(all));
}

std::optional<Worker::Impl::Work> Worker::Impl::take(Task task, InHand::Taken taken) {
  switch (taken.kind) {
    case InHand::Taken::Kind::kAlreadyHere:
      return std::nullopt;
    case InHand::Taken::Kind::kAnsweredBefore:
      taken.result->deliveries = task.deliveries;
      sender->send(task.message.result, std::move(*taken.result));
      return std::nullopt;
    case InHand::Taken::Kind::kFresh:
      break;
  }
  std::string id = InHand::id_of(task.message.key, task.message.attempt);
  return Work{std::move(task), std::move(id), taken.stop.get_token()};
}

void Worker::Impl::run(std::vector<Work> all) {
  if (all.empty()) return;
  const std::string type = all.front().task.message.task;
  std::vector<Pool::Job> jobs;
  jobs.reserve(all.size());
  for (Work& work : all) jobs.push_back([this, work = std::move(work)]() mutable { perform(work); });
  turns.run(type, std::move(jobs));
}

void Worker::Impl::perform(Work& work) {
  const auto now = std::chrono::steady_clock::now();
  std::optional<SteadyTime> until;
  {
    const std::lock_guard lock(mutex);
    if (stopped) return;  // nothing keeps its message any more; it comes again, to another
    until = in_hand.begin(work.id, work.stop, now);
  }
  if (!until) return;
  if (*until != SteadyTime::max()) work.task.message.timeout = std::chrono::ceil<Millis>(*until - now);
  const Time started = clock.now();
  const Answer answer = calls.call(work.task, work.stop);
  answer.hand_back ? hand_back(work, *answer.hand_back) : send(work.task, answer, started);
}

// A message of which some was begun is not handed back, or that would be done again: the rest waits here, or is left to
// the engine, which finds that it is gone and publishes it anew.
void Worker::Impl::hand_back(const Work& work, Millis delay) {
  {
    const std::lock_guard lock(mutex);
    if (const auto message = in_hand.hand_back(work.id, work.stop)) {
      (void)bus::hand_back(*connection, *message, delay);
    } else {
      again.emplace(std::chrono::steady_clock::now() + delay, work);
    }
    if (stopping) leave_out();
  }
  finished(work.task.message.task);
}

// The mutex is held.
void Worker::Impl::leave_out() {
  for (const auto& [when, work] : again) {
    const auto message = in_hand.leave_out(work.id, work.stop);
    if (message) (void)bus::acknowledge(*connection, *message);
  }
  again.clear();
}

void Worker::Impl::send(const Task& task, const Answer& answer, Time started) {
  wire::ResultMessage result = result_of(task, answer, options.name, started, clock.now());
  in_hand.remember(InHand::id_of(result.key, result.attempt), result);
  sender->send(task.message.result, std::move(result));
}

void Worker::Impl::result_arrived(const wire::ResultMessage& result) {
  const auto message = in_hand.answered(InHand::id_of(result.key, result.attempt));
  if (message) (void)bus::acknowledge(*connection, *message, bus::Pace::kSoon);  // on the connection's thread
  finished({});
}

void Worker::Impl::finished(const std::string& type) {
  const std::lock_guard lock(mutex);
  for (auto& [name, pull] : pulls) {
    if (type.empty() || name == type) pull->wake();
  }
  changed.notify_all();
}

void Worker::Impl::begin_again(SteadyTime now) {
  std::vector<Work> due;
  {
    const std::lock_guard lock(mutex);
    const auto end = again.upper_bound(now);
    for (auto at = again.begin(); at != end; ++at) due.push_back(std::move(at->second));
    again.erase(again.begin(), end);
  }
  for (Work& work : due) run({std::move(work)});
}

// Keeps what is in hand, answers for what takes too long, publishes again what did not arrive, announces.
void Worker::Impl::tend() {
  using std::chrono::steady_clock;
  auto keep_at = steady_clock::now();
  auto retry_at = keep_at;
  auto announce_at = keep_at;
  ShortTasks::Together announced;
  BrokerWatch broker(options.nats_url, keep_at);
  std::unique_lock lock(mutex);
  while (!stopped) {
    ending.wait_for(lock, kTick);
    lock.unlock();
    const auto now = steady_clock::now();
    if (now >= keep_at) {
      keep_at = now + options.ack_wait / 3;
      for (const std::string& reply : in_hand.replies()) (void)bus::in_progress(*connection, reply);
    }
    begin_again(now);
    for (const auto& [task, begun] : in_hand.overdue(now)) {
      send(task,
           begun ? ended(wire::Outcome::kUnknown, "timeout", "The task took longer than its timeout")
                 : not_begun("timeout", "The task waited for longer than its timeout and was not begun"),
           clock.now());
    }
    if (now >= retry_at) {
      retry_at = now + kRetryResultsEvery;
      if (connection->connected()) sender->retry();
    }
    broker.see(connection->connected(), now);
    ShortTasks::Together takes = short_tasks.together();
    if ((now >= announce_at || takes != announced) && connection->connected()) {
      announce_at = now + wire::kPresenceEvery;
      announced = std::move(takes);
      announce(announced, false);
    }
    lock.lock();
  }
}

void Worker::Impl::announce(const ShortTasks::Together& together, bool leaving) {
  wire::PresenceMessage presence;
  presence.worker = options.name;
  presence.in_flight = static_cast<std::uint32_t>(in_hand.size());
  if (options.breakers) presence.breakers = options.breakers();
  for (const auto& [type, one] : types) presence.tasks.push_back(type);
  for (const auto& [type, one] : types) {
    presence.concurrency = leaving ? 0 : static_cast<std::uint32_t>(one.concurrency);
    presence.together = together.at(type);
    (void)connection->publish({names.worker(type), "", wire::encode(presence), {}});
  }
}

void Worker::Impl::on_connection(bool up) {
  if (!up) return;
  const std::lock_guard lock(mutex);
  for (auto& [type, pull] : pulls) pull->reset();
}

void Worker::Impl::stop() {
  {
    const std::lock_guard lock(mutex);
    if (drained) return;
    drained = true;
    stopping = true;
  }
  connection->on_change({});
  {
    // Their handlers take the lock: they end outside of it.
    decltype(pulls) last;
    {
      const std::lock_guard lock(mutex);
      last.swap(pulls);
    }
  }
  {
    std::unique_lock lock(mutex);
    for (const std::string& message : in_hand.hand_back_unbegun()) {
      (void)bus::hand_back(*connection, message, Millis(0));
    }
    leave_out();
    if (in_hand.size() > 0) logger("worker")->info("ending what is in hand; at_most_ms={}", options.drain.count());
    const bool done = changed.wait_for(lock, options.drain, [this] { return in_hand.size() == 0; });
    if (!done) logger("worker")->warn("stopping with tasks in hand; count={}", in_hand.size());
  }
  {
    const std::lock_guard lock(mutex);
    stopped = true;
  }
  ending.notify_all();
  if (tending.joinable()) tending.join();
  if (connection->connected()) announce(short_tasks.together(), true);
  pool.stop();
  cancels.clear();
  open_connection.reset();  // its callbacks reach the rest of this
}

Worker::Worker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Worker::~Worker() { stop(); }

Result<std::unique_ptr<Worker>> Worker::start(WorkerOptions options, std::map<std::string, TypeOptions> types) {
  SKALD_TRY(wire::check_prefix(options.prefix));
  for (const auto& [type, one] : types) SKALD_TRY(parse_task_type(type));
  if (options.name.empty()) options.name = made_up_name();
  auto impl = std::make_unique<Impl>(std::move(options), std::move(types));
  SKALD_ASSIGN(impl->open_connection, bus::Connection::open({impl->options.nats_url, impl->options.name}));
  impl->connection = impl->open_connection.get();
  impl->jetstream = std::make_unique<bus::JetStream>(*impl->connection);
  Impl* self = impl.get();
  impl->sender = std::make_unique<ResultSender>(
      *impl->jetstream, [self](std::function<void()> job) { return self->pool.run_behind(std::move(job)); },
      [self](const wire::ResultMessage& result) { self->result_arrived(result); });
  for (const auto& [type, one] : impl->types) {
    impl->cancels.push_back(impl->connection->subscribe(impl->names.cancel(type), [self](const bus::Message& message) {
      const auto cancel = wire::decode_cancel(message.data, message.header(wire::kContentType) == wire::kJson);
      if (cancel) self->in_hand.cancel(InHand::id_of(cancel->key, cancel->attempt));
    }));
  }
  impl->connection->on_change([self](bool up) { self->on_connection(up); });
  impl->start_pulling();
  impl->tending = std::thread([self] { self->tend(); });
  return std::unique_ptr<Worker>(new Worker(std::move(impl)));
}

const std::string& Worker::name() const { return impl_->options.name; }

bool Worker::serving() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->ready.size() == impl_->types.size();
}

std::size_t Worker::in_flight() const { return impl_->in_hand.size(); }

void Worker::stop() { impl_->stop(); }

}  // namespace skald::workers
