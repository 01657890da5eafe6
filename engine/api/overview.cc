// /v1/overview.

#include "engine/api/overview.h"

#include "engine/api/problems.h"
#include "engine/api/router.h"
#include "engine/api/stream.h"

namespace skald::api {
namespace {

constexpr Millis kFresh{500};
constexpr Millis kOld{5'000};

Result<Value> counts_json(const runtime::Engine& engine) {
  Value counts = Value::object();
  for (const char* status : {"running", "compensating", "stuck", "suspended", "completed", "compensated", "failed",
                             "cancelled", "terminated"}) {
    store::ListQuery query;
    query.status = status;
    SKALD_ASSIGN(counts[status], engine.count(query));
  }
  return counts;
}

// As if it had failed of what keeps it from being read.
Value unreadable(const RunId& run, const Error& error) {
  return {{"id", run.str()},
          {"run", run.str()},
          {"workflow", ""},
          {"status", ""},
          {"at", format_time(SystemClock().now())},
          {"error", Value::parse(problem(error).body)}};
}

Value failures_json(const runtime::Engine& engine, const std::vector<RunId>& runs) {
  Value failures = Value::array();
  for (const RunId& run : runs) {
    const auto saga = engine.summary(run);
    if (!saga) {
      failures.push_back(unreadable(run, saga.error()));
      continue;
    }
    if (!*saga) continue;  // removed meanwhile
    const store::Summary& failed = **saga;
    Value error = failed.error.value();
    for (const store::PendingStep& step : failed.pending) {
      if (error.is_null()) error = step.last_error.value();
    }
    failures.push_back({{"id", failed.id.str()},
                        {"run", run.str()},
                        {"workflow", failed.workflow},
                        {"status", failed.status},
                        {"at", format_time(failed.ended_at.value_or(failed.started_at))},
                        {"error", std::move(error)}});
  }
  return failures;
}

Result<Value> overview_json(const runtime::Engine& engine) {
  const runtime::Activities now = engine.activities();
  const runtime::Readiness ready = engine.readiness();
  SKALD_ASSIGN(Value counts, counts_json(engine));
  Value slowest = Value::array();
  for (const auto& task : now.slowest) {
    slowest.push_back({{"task", task.task}, {"count", task.count}, {"mean_ms", task.mean_ms}, {"max_ms", task.max_ms}});
  }
  return Value{
      {"at", format_time(SystemClock().now())},
      {"sagas", std::move(counts)},
      {"totals",
       {{"started", now.totals.started},
        {"ended", now.totals.ended},
        {"steps", now.totals.steps},
        {"events", now.totals.events},
        {"commits", now.commits}}},
      {"queues",
       {{"tasks_waiting", now.tasks_waiting}, {"unacknowledged", now.unacknowledged}, {"live_sagas", now.live_sagas}}},
      {"ready", {{"log", ready.log_ok}, {"broker", ready.broker_ok}, {"detail", ready.detail}}},
      {"workers", workers_json(engine)},
      {"slowest", std::move(slowest)},
      {"failures", failures_json(engine, now.troubled)}};
}

}  // namespace

std::optional<std::string> Overviews::not_older_than(Millis age) const {
  const std::lock_guard lock(mutex_);
  if (text_.empty() || std::chrono::steady_clock::now() - made_ >= age) return std::nullopt;
  return text_;
}

Result<std::string> Overviews::text(const runtime::Engine& engine) {
  if (auto fresh = not_older_than(kFresh)) return *std::move(fresh);
  std::unique_lock making(making_, std::try_to_lock);
  if (!making) {
    if (auto last = not_older_than(kOld)) return *std::move(last);
    making.lock();
    if (auto made = not_older_than(kFresh)) return *std::move(made);
  }
  SKALD_ASSIGN(const Value made, overview_json(engine));
  std::string text = to_json(made);
  const std::lock_guard lock(mutex_);
  text_ = text;
  made_ = std::chrono::steady_clock::now();
  return text;
}

void add_overview(Router& router) {
  auto overviews = std::make_shared<Overviews>();  // shared: by the handlers that show it
  router.add("GET", "/v1/overview", [overviews](const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
    auto text = overviews->text(engine);
    if (!text) return exchange->respond(problem(text.error()));
    Response response;
    response.body = *std::move(text);
    exchange->respond(std::move(response));
  });
  add_stream(router, overviews);
}

}  // namespace skald::api
