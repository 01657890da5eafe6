#include <rocksdb/db.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>

#include "cli/broker.h"
#include "cli/process.h"
#include "engine/base/free_port.h"
#include "engine/bus/jetstream.h"
#include "engine/bus/pull.h"
#include "engine/wire/result.h"
#include "tests/bench/bench.h"
#include "workers/result_sender.h"

namespace skald::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kSteps = 5;
constexpr std::size_t kTaskBytes = 200;
constexpr std::size_t kResultBytes = 100;
constexpr std::size_t kCommitBytes = 1'024;
constexpr std::size_t kMaxGroup = 4'096;
constexpr std::size_t kMaxBatch = 32;

// "<saga> <step>", padded to its size.
std::string body(int saga, int step, std::size_t bytes) {
  std::string text = std::to_string(saga) + " " + std::to_string(step) + " ";
  text.resize(bytes, 'x');
  return text;
}

class Floor {
 public:
  Floor(rocksdb::DB& db, const std::string& url) : db_(db) {
    engine_ = *bus::Connection::open({url, "floor engine"});
    worker_ = *bus::Connection::open({url, "floor worker"});
    engine_jetstream_ = std::make_unique<bus::JetStream>(*engine_);
    worker_jetstream_ = std::make_unique<bus::JetStream>(*worker_);
  }

  Status prepare() {
    const auto stream = [](const char* name, const char* subject, const char* retention) {
      return Value{{"name", name}, {"subjects", {subject}}, {"retention", retention}, {"storage", "file"}};
    };
    for (int tries = 0; !engine_jetstream_->ensure_stream(stream("TASKS", "task", "workqueue")) && tries < 500;
         ++tries) {
      std::this_thread::sleep_for(Millis(10));
    }
    SKALD_TRY(engine_jetstream_->ensure_stream(stream("RESULTS", "result", "limits")));
    const auto pull = [](const char* name, const char* stream_name, const char* ack, bus::Connection& connection,
                         bus::JetStream& jetstream, std::function<void(bus::Message)> take) {
      bus::PullSubscription::Options options;
      options.stream = stream_name;
      options.consumer = name;
      options.room = [] { return bus::PullSubscription::kMaxBatch; };
      options.ensure = [&jetstream, name, stream_name, ack] {
        return jetstream.ensure_consumer(stream_name, {{"durable_name", name},
                                                       {"ack_policy", ack},
                                                       {"ack_wait", 30'000'000'000},
                                                       {"max_ack_pending", 20'000},
                                                       {"deliver_policy", "all"}});
      };
      options.take = std::move(take);
      return std::make_unique<bus::PullSubscription>(connection, std::move(options));
    };
    tasks_ = pull("worker", "TASKS", "explicit", *worker_, *worker_jetstream_,
                  [this](const bus::Message& message) { work(message); });
    results_ = pull("engine", "RESULTS", "all", *engine_, *engine_jetstream_,
                    [this](const bus::Message& message) { take(message); });
    committing_ = std::thread([this] { commit(); });
    return {};
  }

  ~Floor() {
    tasks_.reset();
    results_.reset();
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (committing_.joinable()) committing_.join();
    engine_.reset();
    worker_.reset();
  }

  // Runs sagas with so many in flight; each one's milliseconds.
  std::vector<double> run(int sagas, int in_flight) {
    return run(sagas, [&](std::unique_lock<std::mutex>& lock, int saga) {
      changed_.wait(lock, [&] { return saga - static_cast<int>(took_.size()) < in_flight; });
      return Clock::now();
    });
  }
  // Runs sagas that begin at a fixed rate; each one's milliseconds from when it was due.
  std::vector<double> run_open(int sagas, double per_second) {
    const auto start = Clock::now();
    return run(sagas, [&](std::unique_lock<std::mutex>& lock, int saga) {
      const auto due = start + due_after(saga, per_second);
      if (Clock::now() >= due) return due;
      lock.unlock();
      std::this_thread::sleep_until(due);
      lock.lock();
      return due;
    });
  }

 private:
  // `when` waits for a saga's turn, and says from when it counts.
  std::vector<double> run(int sagas,
                          const std::function<Clock::time_point(std::unique_lock<std::mutex>& lock, int saga)>& when) {
    std::unique_lock lock(mutex_);
    started_.assign(static_cast<std::size_t>(sagas), {});
    took_.clear();
    for (int saga = 0; saga < sagas; ++saga) {
      started_[static_cast<std::size_t>(saga)] = when(lock, saga);
      waiting_.push_back({saga, 0, ""});
      changed_.notify_all();
    }
    changed_.wait(lock, [&] { return static_cast<int>(took_.size()) == sagas; });
    return took_;
  }

  struct Step {
    int saga;
    int step;
    std::string ack;  // of the result that led here
  };

  // One synced write for all that wait, then their tasks.
  void commit() {
    rocksdb::WriteOptions durable;
    durable.sync = true;
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      std::deque<Step> group;
      while (!waiting_.empty() && group.size() < kMaxGroup) {
        group.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
      }
      lock.unlock();
      rocksdb::WriteBatch batch;
      for (const Step& step : group)
        batch.Put(body(step.saga, step.step, 24), body(step.saga, step.step, kCommitBytes));
      const auto written = db_.Write(durable, &batch);
      if (!written.ok()) std::abort();
      for (const Step& step : group) {
        if (step.step == kSteps) continue;
        engine_jetstream_->publish({"task", "", body(step.saga, step.step, kTaskBytes), {}}, Millis(10'000),
                                   [](const Result<bus::PubAck>&) {});
      }
      if (!group.back().ack.empty()) (void)bus::acknowledge(*engine_, group.back().ack);
      lock.lock();
      for (const Step& step : group) {
        if (step.step != kSteps) continue;
        const std::chrono::duration<double, std::milli> took =
            Clock::now() - started_[static_cast<std::size_t>(step.saga)];
        took_.push_back(took.count());
      }
      changed_.notify_all();
    }
  }

  // Results go together while one publish is on its way; tasks are acknowledged behind them.
  void work(const bus::Message& message) {
    const std::lock_guard lock(worker_mutex_);
    ready_.push_back({message.data.substr(0, message.data.find('x')), message.reply});
    if (!publishing_) publish();
  }
  void publish() {
    std::string text;
    auto acks = std::make_shared<std::vector<std::string>>();  // shared: the callback is copied
    while (!ready_.empty() && acks->size() < kMaxBatch) {
      std::string result = ready_.front().first;
      result.resize(kResultBytes - 1, 'y');
      text += result + "\n";
      acks->push_back(ready_.front().second);
      ready_.pop_front();
    }
    publishing_ = !acks->empty();
    if (!publishing_) return;
    worker_jetstream_->publish({"result", "", std::move(text), {}}, Millis(10'000),
                               [this, acks](const Result<bus::PubAck>&) {
                                 for (const std::string& ack : *acks) (void)bus::acknowledge(*worker_, ack);
                                 const std::lock_guard lock(worker_mutex_);
                                 publish();
                               });
  }

  void take(const bus::Message& message) {
    std::istringstream in(message.data);
    {
      const std::lock_guard lock(mutex_);
      for (std::string line; std::getline(in, line);) {
        int saga = 0;
        int step = 0;
        std::istringstream(line) >> saga >> step;
        waiting_.push_back({saga, step + 1, message.reply});
      }
    }
    changed_.notify_all();
  }

  rocksdb::DB& db_;
  std::unique_ptr<bus::Connection> engine_, worker_;
  std::unique_ptr<bus::JetStream> engine_jetstream_, worker_jetstream_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::deque<Step> waiting_;
  std::vector<Clock::time_point> started_;
  std::vector<double> took_;
  std::mutex worker_mutex_;
  bool publishing_ = false;
  std::deque<std::pair<std::string, std::string>> ready_;
  std::unique_ptr<bus::PullSubscription> tasks_, results_;
  std::thread committing_;
};

// A broker and a log of its own, and `use` between them.
Status with_floor(const std::string& folder, const std::function<void(Floor&)>& use) {
  const int port = free_port();
  SKALD_ASSIGN(cli::Process nats, cli::Process::start({cli::find_program("nats-server"), "-js", "-a", "127.0.0.1", "-p",
                                                       std::to_string(port), "-sd", folder + "/floor-nats", "-l",
                                                       folder + "/floor-nats.log"},
                                                      folder + "/floor-nats.out", cli::broker_environment()));
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  const auto opened = rocksdb::DB::Open(options, folder + "/floor-log", &raw);
  if (!opened.ok()) return fail(ErrorKind::kIo, "open-failed", opened.ToString());
  const std::unique_ptr<rocksdb::DB> db(raw);
  {
    Floor floor(*db, "nats://127.0.0.1:" + std::to_string(port));
    SKALD_TRY(floor.prepare());
    use(floor);
  }
  nats.signal(SIGTERM);
  nats.wait(Millis(5'000));
  return {};
}

}  // namespace

Result<Times> measure_floor(const Load& load, const std::string& folder) {
  Times times;
  SKALD_TRY(with_floor(folder, [&](Floor& floor) {
    floor.run(load.in_flight, load.in_flight);  // warm
    const auto start = Clock::now();
    floor.run(load.sagas, load.in_flight);
    times.per_second = load.sagas / std::chrono::duration<double>(Clock::now() - start).count();
    times.alone_ms = floor.run(load.alone, 1);
    std::sort(times.alone_ms.begin(), times.alone_ms.end());
  }));
  return times;
}

Result<std::vector<double>> measure_open_floor(int sagas, double per_second, const Load& before,
                                               const std::string& folder) {
  std::vector<double> took;
  SKALD_TRY(with_floor(folder, [&](Floor& floor) {
    floor.run(before.sagas, before.in_flight);
    took = floor.run_open(sagas, per_second);
    std::sort(took.begin(), took.end());
  }));
  return took;
}

}  // namespace skald::bench
