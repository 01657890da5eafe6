#pragma once

// A whole engine on the real broker and the real database, and workers that do what a test says.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "engine/bus/jetstream.h"
#include "engine/bus/pull.h"
#include "engine/definition/jq_process.h"
#include "engine/inspect/fold.h"
#include "engine/runtime/local_engine.h"
#include "engine/runtime/nats_broker.h"
#include "engine/wire/result.h"
#include "engine/wire/subjects.h"
#include "engine/wire/task.h"
#include "store/rocks_log.h"
#include "store/verify.h"
#include "tests/bus/nats_fixture.h"

namespace skald::runtime {

using skald::testing::eventually;

// A thread that takes messages one after another, and may wait for the broker meanwhile.
class Lane {
 public:
  explicit Lane(std::function<void(const bus::Message&)> take) : take_(std::move(take)), thread_([this] { run(); }) {}
  ~Lane() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    filled_.notify_all();
    thread_.join();
  }
  void add(bus::Message message) {
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(std::move(message));
    }
    filled_.notify_all();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      filled_.wait(lock, [this] { return stopping_ || !messages_.empty(); });
      if (stopping_) return;
      const bus::Message message = std::move(messages_.front());
      messages_.pop_front();
      lock.unlock();
      take_(message);
      lock.lock();
    }
  }

  const std::function<void(const bus::Message&)> take_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<bus::Message> messages_;
  bool stopping_ = false;
  std::thread thread_;
};

// Serves task types by hand: every task goes to a function, which answers or does not.
class TestWorker {
 public:
  struct Task {
    wire::TaskMessage message;
    std::string reply;
    std::uint32_t deliveries = 1;
  };
  using Handler = std::function<void(TestWorker&, const Task&)>;

  TestWorker(const skald::testing::NatsServer& server, const std::vector<std::string>& types, Handler handler,
             std::int64_t ack_wait_ms = 2'000)
      : connection_(skald::testing::connect(server)), handler_(std::move(handler)) {
    for (const std::string& type : types) {
      bus::PullSubscription::Options options;
      options.stream = names_.tasks_stream();
      options.consumer = wire::Names::task_consumer(type);
      options.room = [] { return std::size_t{64}; };
      options.ensure = [this, type, ack_wait_ms]() -> Status {
        // As workers do: the stream of the tasks stands when that of the results is there (engine/wire/README.md).
        SKALD_ASSIGN(const auto behind, jetstream_.stream(names_.results_stream()));
        if (!behind) return fail(ErrorKind::kNotFound, "unknown-stream", "");
        return jetstream_.ensure_consumer(names_.tasks_stream(), {{"durable_name", wire::Names::task_consumer(type)},
                                                                  {"filter_subject", names_.task(type)},
                                                                  {"ack_policy", "explicit"},
                                                                  {"ack_wait", ack_wait_ms * 1'000'000},
                                                                  {"max_deliver", -1},
                                                                  {"max_ack_pending", 10'000},
                                                                  {"deliver_policy", "all"}});
      };
      lanes_.push_back(std::make_unique<Lane>([this](const bus::Message& message) { take(message); }));
      options.take = [lane = lanes_.back().get()](bus::Message message) { lane->add(std::move(message)); };
      pulls_.push_back(std::make_unique<bus::PullSubscription>(*connection_, std::move(options)));
    }
    connection_->on_change([this](bool up) {
      if (!up) return;
      for (auto& pull : pulls_) pull->reset();
    });
  }
  ~TestWorker() {
    connection_->on_change({});
    pulls_.clear();
    lanes_.clear();
  }

  static wire::ResultMessage result_of(const Task& task, wire::Outcome outcome, const Value& body) {
    wire::ResultMessage result;
    result.run = task.message.run;
    result.step = task.message.step;
    result.key = task.message.key;
    result.attempt = task.message.attempt;
    result.token = task.message.token;
    result.deliveries = task.deliveries;
    result.outcome = outcome;
    (outcome == wire::Outcome::kCompleted ? result.output : result.error) = Payload(body);
    result.worker = "test";
    return result;
  }
  // Puts a result into the stream; true when the broker has it.
  bool send(const Task& task, const wire::ResultMessage& result) {
    return jetstream_.publish({task.message.result, "", wire::encode({result}), {}}, Millis(3'000)).has_value();
  }
  void acknowledge(const Task& task) { (void)bus::acknowledge(*connection_, task.reply); }
  void answer(const Task& task, wire::Outcome outcome, const Value& body) {
    // As workers do: the result first, again until it is there; then the task.
    eventually([&] { return send(task, result_of(task, outcome, body)); });
    acknowledge(task);
  }
  void complete(const Task& task, const Value& output = Value::object()) {
    answer(task, wire::Outcome::kCompleted, output);
  }

  // How often an idempotency key was handed out.
  int seen(const std::string& key) {
    const std::lock_guard lock(mutex_);
    return seen_[key];
  }
  int tasks() {
    const std::lock_guard lock(mutex_);
    int all = 0;
    for (const auto& [key, count] : seen_) all += count;
    return all;
  }
  bus::JetStream& jetstream() { return jetstream_; }

 private:
  void take(const bus::Message& message) {
    auto decoded = wire::decode_tasks(message.data, message.header(wire::kContentType) == wire::kJson);
    ASSERT_TRUE(decoded) << decoded.error().message;
    ASSERT_EQ(decoded->size(), 1U) << "it has not said that it takes several";
    Task task{std::move(decoded->front()), message.reply, bus::delivery_info(message.reply)->deliveries};
    {
      const std::lock_guard lock(mutex_);
      ++seen_[task.message.key];
    }
    handler_(*this, task);
  }

  wire::Names names_;
  std::unique_ptr<bus::Connection> connection_;
  bus::JetStream jetstream_{*connection_};
  Handler handler_;
  std::mutex mutex_;
  std::map<std::string, int> seen_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // of each type
  std::vector<std::unique_ptr<bus::PullSubscription>> pulls_;
};

// The system's clock, set forward or back.
class ShiftedClock final : public Clock {
 public:
  // Shared by the engines of a test, whose clocks end with them.
  explicit ShiftedClock(const std::atomic<std::int64_t>& shift_ms) : shift_ms_(shift_ms) {}
  Time now() const override { return SystemClock().now() + Millis(shift_ms_); }

 private:
  const std::atomic<std::int64_t>& shift_ms_;
};

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    std::string folder = std::filesystem::temp_directory_path() / "skald-engine-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
  }
  ~EngineTest() override {
    engine_.reset();
    std::filesystem::remove_all(folder_);
  }

  void start_engine() {
    Options options;
    options.data_dir = folder_;
    options.nats_url = nats_.url();
    options.max_tasks = max_tasks_;
    auto engine = LocalEngine::start(options, [this](const Error& error) {
      const std::lock_guard lock(mutex_);
      fatal_ = error.code;
    });
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
  }
  // On the real broker and database, with a clock that the test sets and a retention of any length.
  void start_engine_with(const Retention::Options& retention, const std::atomic<std::int64_t>& shift_ms) {
    auto log = store::RocksLog::open(folder_);
    ASSERT_TRUE(log) << log.error().message;
    auto broker = NatsBroker::open({nats_.url(), "skald", (*log)->store_id(), 1, **(*log)->meta("secret")});
    ASSERT_TRUE(broker);
    LocalEngine::Parts parts;
    parts.log = std::move(*log);
    parts.broker = std::move(*broker);
    parts.jq = std::make_unique<definition::JqProcess>();
    parts.clock = std::make_unique<ShiftedClock>(shift_ms);
    parts.retention = retention;
    parts.fatal = [this](const Error& error) {
      const std::lock_guard lock(mutex_);
      fatal_ = error.code;
    };
    auto engine = LocalEngine::start(std::move(parts));
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
  }
  void stop_engine() { engine_.reset(); }
  std::string fatal() {
    const std::lock_guard lock(mutex_);
    return fatal_;
  }

  void deploy(const std::string& tasks, const std::string& head = "", const std::string& version = "1.0.0") {
    const auto deployed = engine_->deploy("document: { dsl: '1.0.3', namespace: test, name: flow, version: '" +
                                              version + "' }\n" + head + "do:\n" + tasks,
                                          "test.yaml");
    ASSERT_TRUE(deployed) << deployed.error().message;
  }

  Result<Submitted> submit(const std::string& id, const Value& input = Value::object()) {
    std::promise<Result<Submitted>> done;
    auto answer = done.get_future();
    engine_->submit({"test/flow", "", id, Payload(input), {}},
                    [&done](Result<Submitted> result) { done.set_value(std::move(result)); });
    return answer.get();
  }
  Result<store::Summary> operate(const std::string& id, Operation operation) {
    std::promise<Result<store::Summary>> done;
    auto answer = done.get_future();
    engine_->operate(id, std::move(operation),
                     [&done](Result<store::Summary> result) { done.set_value(std::move(result)); });
    return answer.get();
  }

  // The queue, so many tasks.
  static bool comes_to_hold(bus::JetStream& jetstream, std::uint64_t tasks) {
    return eventually([&] {
      const auto stream = jetstream.stream("SKALD_TASKS");
      return stream && *stream && (*stream)->messages == tasks;
    });
  }

  std::string status(const std::string& id) {
    const auto run = engine_->resolve(id);
    if (!run) return run.error().code;
    const auto view = engine_->show(*run);
    return view ? view->summary.status : view.error().code;
  }
  ::testing::AssertionResult becomes(const std::string& id, const std::string& wanted) {
    if (eventually([&] { return status(id) == wanted; }, std::chrono::seconds(30))) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << id << " is " << status(id) << "\n" << told(id);
  }
  // The history's types, in order, one a line.
  std::string told(const std::string& id) {
    std::string text;
    const auto run = engine_->resolve(id);
    if (!run) return "";
    const auto events = inspect::events_json(*engine_, *run, 1, 1'000);
    for (const Value& event : events.value_or(std::vector<Value>())) {
      text += event.value("type", "") + " " + event.value("step", "") + "\n";
    }
    return text;
  }
  int count(const std::string& id, const std::string& line) {
    int found = 0;
    std::istringstream in(told(id));
    for (std::string each; std::getline(in, each);) found += each == line ? 1 : 0;
    return found;
  }

  skald::testing::NatsServer nats_;
  std::string folder_;
  std::size_t max_tasks_ = kDefaultMaxTasks;
  std::unique_ptr<LocalEngine> engine_;
  std::mutex mutex_;
  std::string fatal_;
};

}  // namespace skald::runtime
