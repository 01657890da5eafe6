// /v1/sagas: submit, list, show and wait.

#include <fmt/format.h>

#include "engine/api/problems.h"
#include "engine/api/queries.h"
#include "engine/api/respond.h"
#include "engine/api/router.h"
#include "engine/api/submission.h"
#include "engine/inspect/list_query.h"
#include "engine/inspect/saga_json.h"

namespace skald::api {
namespace {

constexpr Millis kTimeOfAPage{20};  // of reading the store for it

void submit(const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
  auto submission = submission_of(exchange->request().body);
  if (!submission) return exchange->respond(problem(submission.error()));
  engine.submit(*std::move(submission), [exchange, &engine](const Result<runtime::Submitted>& submitted) {
    if (!submitted) return exchange->respond(problem(submitted.error()));
    exchange->post([exchange, &engine, submitted = *submitted] {
      if (submitted.begun) return exchange->respond(json_response(201, inspect::saga_json(*submitted.begun)));
      respond_with_saga(exchange, engine, submitted.run, submitted.created ? 201 : 200);
    });
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

// A client that waits for a saga's end. It costs a watcher and a timer, no thread.
class Waiter : public std::enable_shared_from_this<Waiter> {
 public:
  Waiter(ExchangePtr exchange, runtime::Engine& engine, FoldsPtr folds, RunId run)
      : exchange_(std::move(exchange)), engine_(engine), folds_(std::move(folds)), run_(std::move(run)) {}

  void start(Millis wait) {
    auto self = shared_from_this();
    watcher_ = engine_.watch(run_, [self](std::uint64_t, const std::string& status) {
      if (inspect::is_settled(status)) self->exchange_->post([self] { self->answer(); });
    });
    exchange_->on_done([self] { self->engine_.unwatch(self->watcher_); });
    exchange_->after(wait, [self] { self->answer(); });
    // It may have ended before the watcher was set.
    const auto view = engine_.show(run_);
    if (!view || inspect::is_settled(view->summary.status)) answer();
  }

 private:
  void answer() {
    if (answered_) return;
    answered_ = true;
    respond_with_prospects(exchange_, engine_, *folds_, run_);
  }

  const ExchangePtr exchange_;
  runtime::Engine& engine_;
  const FoldsPtr folds_;
  const RunId run_;
  std::uint64_t watcher_ = 0;
  bool answered_ = false;
};

void show(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params, const FoldsPtr& folds) {
  const auto run = engine.resolve(params.at("id"));
  if (!run) return exchange->respond(problem(run.error()));
  const std::string wait_text = exchange->request().parameter("wait");
  if (wait_text.empty()) return respond_with_prospects(exchange, engine, *folds, *run);
  const auto wait = parse_wait(wait_text);
  if (!wait) return exchange->respond(problem(wait.error()));
  std::make_shared<Waiter>(exchange, engine, folds, *run)->start(*wait);
}

}  // namespace

void add_sagas(Router& router, FoldsPtr folds) {
  router.add("POST", "/v1/sagas", submit);
  router.add("GET", "/v1/sagas", list);
  router.add("GET", "/v1/sagas/{id}",
             [folds = std::move(folds)](const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
               show(exchange, engine, params, folds);
             });
}

}  // namespace skald::api
