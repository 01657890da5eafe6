#include "tests/counts/saga.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include "store/rocks_log.h"
#include "tests/bench/checkout_stack.h"
#include "tests/counts/gauges.h"
#include "tests/counts/tracer.h"

namespace skald::counts {
namespace {

constexpr int kWarm = 10;
constexpr int kSagas = 20;  // a round
constexpr int kRounds = 5;  // the median counts: what is done now and then, as a reconcile, falls into one of them
constexpr int kTracedRounds = 3;        // the least counts
constexpr double kTolerance = 2;        // per cent
constexpr double kTimedTolerance = 40;  // of what depends on how long a saga takes
constexpr double kTracedTolerance = 5;
constexpr double kSendsTolerance = 20;    // what is ready at the same time goes together
constexpr double kWaitingTolerance = 40;  // threads that meet do not wait for each other
constexpr std::size_t kMaxEvents = 1'000;

struct Kind {
  const char* workflow;
  const char* end;
};

Result<std::vector<RunId>> run_sagas(const bench::CheckoutStack& stack, const Kind& kind, int sagas) {
  httplib::Client http(stack.url());
  http.set_keep_alive(true);
  http.set_tcp_nodelay(true);
  http.set_read_timeout(std::chrono::seconds(60));
  const std::string body = bench::CheckoutStack::submission(kind.workflow).dump();
  std::vector<RunId> runs;
  for (int i = 0; i < sagas; ++i) {
    const auto answer = http.Post("/v1/sagas?wait=30s", body, "application/json");
    const auto saga = parse_json(answer ? answer->body : "{}");
    const std::string status = saga && saga->is_object() ? saga->value("status", "") : "";
    if (status == kind.end) {
      runs.emplace_back(saga->value("run", ""));
      continue;
    }
    return fail(ErrorKind::kInternal, "not-ended",
                fmt::format("a saga of bench/{} is '{}', not '{}'", kind.workflow, status, kind.end));
  }
  return runs;
}

double median(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

Status count_gauges(const bench::CheckoutStack& stack, const Kind& kind, std::vector<Count>& counts) {
  std::map<std::string, std::vector<double>> rounds;
  for (int i = 0; i < kRounds; ++i) {
    SKALD_ASSIGN(const auto before, read_gauges(stack));
    SKALD_TRY(run_sagas(stack, kind, kSagas));
    SKALD_ASSIGN(const auto after, read_gauges(stack));
    for (const auto& [what, value] : after) {
      const auto at = before.find(what);
      rounds[what].push_back((value - (at == before.end() ? 0 : at->second)) / kSagas);
    }
  }
  for (auto& [what, values] : rounds) {
    // Results are acknowledged every so often, whatever is done meanwhile.
    const double tolerance = what == "messages to the broker" ? kTimedTolerance : kTolerance;
    counts.push_back({fmt::format("saga/{}/{}", kind.end, what), median(std::move(values)), tolerance});
  }
  return {};
}

// As they are stored. Each names the worker, whose name is as long on every machine.
Status count_events(const bench::CheckoutStack& stack, const Kind& kind, std::vector<Count>& counts) {
  SKALD_ASSIGN(const auto runs, run_sagas(stack, kind, 1));
  SKALD_ASSIGN(const auto log, store::RocksLog::open_reader(stack.folder() + "/engine"));
  SKALD_ASSIGN(const auto events, log->events(runs.front(), 1, kMaxEvents));
  std::size_t bytes = 0;
  for (const auto& event : events) bytes += event.bytes.size();
  counts.push_back({fmt::format("saga/{}/events", kind.end), static_cast<double>(events.size()), kTolerance});
  counts.push_back({fmt::format("saga/{}/bytes of events", kind.end), static_cast<double>(bytes), kTolerance});
  return {};
}

struct Calls {
  double syncs = 0;    // of files
  double sends = 0;    // to the broker and to clients
  double working = 0;  // all that neither send nor wait: for another thread, a timer, or what others send
  double all = 0;
};

const std::set<std::string> kSending{"sendto", "sendmsg", "sendmmsg"};
const std::set<std::string> kWaiting{
    "futex",    "poll",    "ppoll", "epoll_wait", "epoll_pwait",     "epoll_ctl",       "restart_syscall",
    "recvfrom", "recvmsg", "read",  "nanosleep",  "clock_nanosleep", "timerfd_settime", "sched_yield"};

Calls sum_up(const std::map<std::string, double>& calls) {
  Calls sum;
  for (const auto& [call, times] : calls) {
    if (call == "total") continue;
    sum.all += times;
    if (call == "fsync" || call == "fdatasync" || call == "sync_file_range") sum.syncs += times;
    if (kSending.count(call) > 0) {
      sum.sends += times;
    } else if (kWaiting.count(call) == 0) {
      sum.working += times;
    }
  }
  return sum;
}

Result<Calls> trace(const bench::CheckoutStack& stack, const Kind& kind, const std::string& file) {
  SKALD_ASSIGN(Tracer tracer, Tracer::start(stack.server.pid(), file));
  SKALD_TRY(run_sagas(stack, kind, kSagas));
  SKALD_ASSIGN(const auto calls, tracer.stop());
  return sum_up(calls);
}

// The least of several rounds. Error: "no-strace".
Result<Calls> trace_rounds(const bench::CheckoutStack& stack, const Kind& kind) {
  Calls least;
  for (int i = 0; i < kTracedRounds; ++i) {
    SKALD_ASSIGN(const Calls calls, trace(stack, kind, fmt::format("{}/strace-{}-{}", stack.folder(), kind.end, i)));
    for (const auto each : {&Calls::syncs, &Calls::sends, &Calls::working, &Calls::all}) {
      least.*each = i == 0 ? calls.*each : std::min(least.*each, calls.*each);
    }
  }
  return least;
}

Status count_calls(const bench::CheckoutStack& stack, const Kind& kind, std::vector<Count>& counts) {
  const auto calls = trace_rounds(stack, kind);
  if (!calls && calls.error().code != "no-strace") return fail(calls.error());
  if (!calls) std::cerr << "skald-counts: system calls are not counted here: " << calls.error().message << "\n";
  const auto add = [&](const char* what, double Calls::*which, double tolerance) {
    std::optional<double> value;
    if (calls) value = *calls.*which / kSagas;
    counts.push_back({fmt::format("saga/{}/{}", kind.end, what), value, tolerance});
  };
  add("system calls: syncs of files", &Calls::syncs, kTracedTolerance);
  add("system calls: sends", &Calls::sends, kSendsTolerance);
  add("system calls: all that neither send nor wait", &Calls::working, kTracedTolerance);
  add("system calls: all", &Calls::all, kWaitingTolerance);
  return {};
}

}  // namespace

Result<std::vector<Count>> count_saga(const std::string& folder) {
  bench::CheckoutStack stack(folder);
  SKALD_TRY(stack.start());
  std::vector<Count> counts;
  for (const Kind& kind : {Kind{"five", "completed"}, Kind{"undone", "compensated"}}) {
    SKALD_TRY(run_sagas(stack, kind, kWarm));
    SKALD_TRY(count_gauges(stack, kind, counts));
    SKALD_TRY(count_events(stack, kind, counts));
    SKALD_TRY(count_calls(stack, kind, counts));
  }
  return counts;
}

}  // namespace skald::counts
