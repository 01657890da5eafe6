// The store alone: what a commit of so many batches costs, beside the same bytes appended to a bare file.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "store/high_water.h"
#include "store/rocks_log.h"
#include "tests/bench/bench.h"
#include "tests/pieces/live_checkout.h"

namespace skald::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Group {
  std::size_t batches;  // in one commit
  std::size_t commits;
};
constexpr Group kGroups[] = {{1, 600}, {16, 300}, {256, 100}};
constexpr std::size_t kWarm = 20;  // commits that are not measured
constexpr std::size_t kReads = 2'000;
constexpr std::size_t kEventsRead = 20;

template <typename Work>
double milliseconds(Work work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double thread_cpu_us() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

Value summarize(std::vector<double> ms) {
  double sum = 0;
  for (const double each : ms) sum += each;
  std::sort(ms.begin(), ms.end());
  return {{"per_second", static_cast<double>(ms.size()) * 1'000 / sum},
          {"p50_ms", percentile(ms, 0.5)},
          {"p99_ms", percentile(ms, 0.99)}};
}

// Sagas of the store's checkout that take their steps in turn, as they do where many are in flight.
class Traffic {
 public:
  Traffic(const store::SagaLog& log, std::size_t batches) {
    const std::size_t steps = pieces::checkout(pieces::Course::kCompletes).commands.size();
    for (std::size_t i = 0; i * steps < batches; ++i) {
      scripts_.push_back(pieces::checkout(pieces::Course::kCompletes, i));
    }
    for (const pieces::Checkout& script : scripts_) sagas_.emplace_back(script, log.store_id());
  }

  // What so many decisions change together.
  store::Batch next(std::size_t batches) {
    store::Batch all;
    for (std::size_t i = 0; i < batches; ++i) {
      all.append(sagas_[turn_].next());
      turn_ = (turn_ + 1) % sagas_.size();
    }
    return all;
  }
  // What is left until all have ended.
  store::Batch rest() {
    store::Batch all;
    for (pieces::LiveCheckout& saga : sagas_) {
      while (!saga.ended()) all.append(saga.next());
    }
    return all;
  }
  const RunId& run(std::size_t number) const { return scripts_[number % scripts_.size()].run; }

 private:
  std::vector<pieces::Checkout> scripts_;
  std::vector<pieces::LiveCheckout> sagas_;
  std::size_t turn_ = 0;
};

double log_bytes(const std::string& dir) {
  double bytes = 0;
  const auto mark = store::HighWater::read(dir);
  if (!mark) return 0;
  for (const auto& [file, durable] : mark->files) {
    if (store::is_write_ahead_log(file)) bytes += static_cast<double>(durable.bytes);
  }
  return bytes;
}

class File {
 public:
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Behind what was written last.
  bool write(const std::string& bytes) {
    const auto wrote = ::pwrite(fd_, bytes.data(), bytes.size(), at_);
    at_ += static_cast<off_t>(bytes.size());
    return wrote == static_cast<ssize_t>(bytes.size());
  }
  bool sync() { return ::fdatasync(fd_) == 0; }
  void rewind() { at_ = 0; }

 private:
  const int fd_;
  off_t at_ = 0;
};

// So many appends of so many bytes, each synced: to a file that grows with them, or one that was as long before.
Result<Value> measure_floor(const std::string& path, std::size_t appends, std::size_t bytes, bool preallocated) {
  File file(path);
  const std::string data(bytes, 'x');
  bool good = true;
  if (preallocated) {
    for (std::size_t i = 0; i < appends; ++i) good = good && file.write(data);
    good = good && file.sync();
    file.rewind();
  }
  std::vector<double> ms;
  for (std::size_t i = 0; i < appends && good; ++i) {
    ms.push_back(milliseconds([&] { good = file.write(data) && file.sync(); }));
  }
  if (!good) return fail(ErrorKind::kIo, "write-failed", "cannot write to " + path);
  return summarize(std::move(ms));
}

Result<Value> measure_reads(const store::SagaLog& log, const Traffic& traffic) {
  std::vector<double> summaries;
  std::vector<double> histories;
  constexpr std::size_t kStride = 7'919;  // a prime: neighbours in time are not neighbours in the store
  for (std::size_t i = 0; i < kReads; ++i) {
    const RunId& run = traffic.run(i * kStride);
    bool found = false;
    summaries.push_back(milliseconds([&] {
      const auto summary = log.summary(run);
      found = summary && *summary;
    }));
    histories.push_back(milliseconds([&] {
      const auto events = log.events(run, 1, kEventsRead);
      found = found && events && events->size() == kEventsRead;
    }));
    if (!found) return fail(ErrorKind::kInternal, "not-found", "what was committed is not there: " + run.str());
  }
  return Value{{"summary", summarize(std::move(summaries))}, {"history_of_20", summarize(std::move(histories))}};
}

Result<Value> measure_group(const Group& group, const std::string& folder) {
  const std::string dir = fmt::format("{}/store-{}", folder, group.batches);
  SKALD_ASSIGN(const auto log, store::RocksLog::open(dir));
  Traffic traffic(*log, (group.commits + kWarm) * group.batches);
  for (std::size_t i = 0; i < kWarm; ++i) SKALD_TRY(log->commit(traffic.next(group.batches)));
  const double bytes_before = log_bytes(dir);
  std::vector<double> ms;
  double cpu_us = 0;
  for (std::size_t i = 0; i < group.commits; ++i) {
    const store::Batch batch = traffic.next(group.batches);
    Status done;
    const double cpu_before = thread_cpu_us();
    ms.push_back(milliseconds([&] { done = log->commit(batch); }));
    cpu_us += thread_cpu_us() - cpu_before;
    SKALD_TRY(done);
  }
  const double bytes = (log_bytes(dir) - bytes_before) / static_cast<double>(group.commits);
  Value result = {{"batches", group.batches}, {"commits", summarize(std::move(ms))}};
  const auto batches = static_cast<double>(group.batches);
  result["batches_per_second"] = result["commits"]["per_second"].get<double>() * batches;
  result["cpu_us_per_batch"] = cpu_us / batches / static_cast<double>(group.commits);
  result["log_bytes_per_batch"] = bytes / batches;
  SKALD_TRY(log->commit(traffic.rest()));
  SKALD_ASSIGN(result["reads"], measure_reads(*log, traffic));
  const auto size = static_cast<std::size_t>(bytes);
  SKALD_ASSIGN(result["floor_growing"], measure_floor(dir + "/growing", group.commits, size, false));
  SKALD_ASSIGN(result["floor_preallocated"], measure_floor(dir + "/preallocated", group.commits, size, true));
  return result;
}

}  // namespace

Result<Value> measure_store(const std::string& folder) {
  Value all = Value::object();
  for (const Group& group : kGroups) {
    SKALD_ASSIGN(all[fmt::format("group_of_{}", group.batches)], measure_group(group, folder));
  }
  return all;
}

}  // namespace skald::bench
