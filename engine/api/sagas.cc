// /v1/sagas: submit, list, show and wait.

#include <fmt/format.h>

#include "engine/api/problems.h"
#include "engine/api/queries.h"
#include "engine/api/respond.h"
#include "engine/api/router.h"
#include "engine/api/submission.h"
#include "engine/api/waiter.h"
#include "engine/inspect/list_query.h"
#include "engine/inspect/saga_json.h"

namespace skald::api {
namespace {

constexpr Millis kTimeOfAPage{20};  // of reading the store for it

void answer(const ExchangePtr& exchange, runtime::Engine& engine, const runtime::Submitted& submitted) {
  if (submitted.begun) return exchange->respond(json_response(201, inspect::saga_json(*submitted.begun)));
  // It began before, and has to be read.
  exchange->post_apart([exchange, &engine, run = submitted.run, status = submitted.created ? 201 : 200] {
    respond_with_saga(exchange, engine, run, status);
  });
}

// On an engine's thread, just behind the commit. Of a saga that has begun, all that comes is noticed from here on; what
// has become of any other is in the store, which is read on the exchange's thread.
void wait_for(const std::shared_ptr<Waiter>& waiter, const ExchangePtr& exchange, const runtime::Submitted& submitted) {
  const int status = submitted.created ? 201 : 200;
  if (submitted.begun && !inspect::is_settled(submitted.begun->summary.status)) {
    return waiter->watch(submitted.run, status);
  }
  exchange->post([waiter, run = submitted.run, status] {
    waiter->watch(run, status);
    waiter->look();
  });
}

void submit(const ExchangePtr& exchange, runtime::Engine& engine, const FoldsPtr& folds) {
  const auto wait = wait_of(exchange->request());
  if (!wait) return exchange->respond(problem(wait.error()));
  auto submission = submission_of(exchange->request().body);
  if (!submission) return exchange->respond(problem(submission.error()));
  const auto waiter = *wait ? Waiter::begin(exchange, engine, folds, **wait) : nullptr;
  engine.submit(*std::move(submission), [exchange, &engine, waiter](const Result<runtime::Submitted>& submitted) {
    if (!submitted) return exchange->respond(problem(submitted.error()));
    if (waiter) return wait_for(waiter, exchange, *submitted);
    exchange->post([exchange, &engine, submitted = *submitted] { answer(exchange, engine, submitted); });
  });
}

// Counts in parts, so that a long count holds up nobody else's requests.
class Counter : public std::enable_shared_from_this<Counter> {
 public:
  Counter(ExchangePtr exchange, runtime::Engine& engine, store::ListQuery query)
      : exchange_(std::move(exchange)), engine_(engine), query_(std::move(query)) {
    query_.cursor.clear();
    query_.budget = kTimeOfAPage;
  }

  void start() {
    exchange_->on_done([self = shared_from_this()] { self->gone_ = true; });
    go_on();
  }

 private:
  void go_on() {
    if (gone_) return;
    const auto part = engine_.list(query_);
    if (!part) return exchange_->respond(problem(part.error()));
    sagas_ += part->count;
    query_.cursor = part->next_cursor;
    if (query_.cursor.empty()) return exchange_->respond(json_response(200, {{"count", sagas_}}));
    exchange_->post([self = shared_from_this()] { self->go_on(); });
  }

  const ExchangePtr exchange_;
  runtime::Engine& engine_;
  store::ListQuery query_;
  std::uint64_t sagas_ = 0;
  bool gone_ = false;  // of the client
};

void list(const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
  auto query = inspect::list_query(exchange->request().query);
  if (!query) return exchange->respond(problem(query.error()));
  if (query->counts) return std::make_shared<Counter>(exchange, engine, *std::move(query))->start();
  query->budget = kTimeOfAPage;
  const auto page = engine.list(*query);
  exchange->respond(page ? json_response(200, inspect::list_json(*page)) : problem(page.error()));
}

void show(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params, const FoldsPtr& folds) {
  const auto run = engine.resolve(params.at("id"));
  if (!run) return exchange->respond(problem(run.error()));
  const auto wait = wait_of(exchange->request());
  if (!wait) return exchange->respond(problem(wait.error()));
  if (!*wait) return respond_with_prospects(exchange, engine, *folds, *run, 200);
  const auto waiter = Waiter::begin(exchange, engine, folds, **wait);
  waiter->watch(*run, 200);
  waiter->look();
}

}  // namespace

void add_sagas(Router& router, FoldsPtr folds) {
  router.add_quick("POST", "/v1/sagas", [folds](const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
    submit(exchange, engine, folds);
  });
  router.add("GET", "/v1/sagas", list);
  router.add("GET", "/v1/sagas/{id}",
             [folds = std::move(folds)](const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
               show(exchange, engine, params, folds);
             });
}

}  // namespace skald::api
