// /v1/sagas/{id}/history: a page as JSON, all of it as JSON Lines or server-sent events, and with `follow` what comes.

#include "engine/api/problems.h"
#include "engine/api/queries.h"
#include "engine/api/router.h"
#include "engine/inspect/fold.h"
#include "engine/inspect/list_query.h"
#include "engine/inspect/saga_json.h"

namespace skald::api {
namespace {

constexpr std::size_t kPage = 500;

// Writes a saga's events to a stream, page by page as the client takes them, and then each as it comes.
class Follower : public std::enable_shared_from_this<Follower> {
 public:
  Follower(ExchangePtr exchange, runtime::Engine& engine, RunId run, std::uint64_t from, bool sse, bool follow)
      : exchange_(std::move(exchange)),
        engine_(engine),
        run_(std::move(run)),
        next_(std::max<std::uint64_t>(from, 1)),
        sse_(sse),
        follow_(follow) {}

  void start() {
    // What is damaged from the start is answered as such; behind it the stream must say so itself.
    const auto first = inspect::events_json(engine_, run_, next_, 1);
    if (!first) return exchange_->respond(problem(first.error()));
    auto self = shared_from_this();
    if (follow_) {
      watcher_ =
          engine_.watch(run_, [self](const runtime::SagaChange&) { self->exchange_->post([self] { self->pump(); }); });
      exchange_->on_done([self] { self->engine_.unwatch(self->watcher_); });
    }
    exchange_->begin_stream(sse_ ? "text/event-stream" : "application/x-ndjson");
    pump();
  }

 private:
  // One write at a time is on its way: a slow client holds one page.
  void pump() {
    if (writing_ || ended_) return;
    const auto view = engine_.show(run_);
    const auto events = inspect::events_json(engine_, run_, next_, kPage);
    if (!events || !view) return end_with(problem(events ? view.error() : events.error()));
    if (events->empty()) {
      // The summary was read before the events: where the saga had ended, these were all. One that is stuck has not.
      if (!follow_ || (view->summary.final && inspect::is_settled(view->summary.status))) end();
      return;
    }
    std::string chunk;
    for (const Value& event : *events) {
      if (sse_) chunk += "id: " + to_json(event.at("seq")) + "\ndata: ";
      chunk += to_json(event) + (sse_ ? "\n\n" : "\n");
    }
    next_ += events->size();
    writing_ = true;
    exchange_->write(std::move(chunk), [self = shared_from_this()] {
      self->writing_ = false;
      self->pump();
    });
  }

  // A history that cannot be read to its end must not look as if it had ended: the last line is the problem.
  void end_with(const Response& problem) {
    ended_ = true;
    exchange_->write((sse_ ? "event: problem\ndata: " : "") + problem.body + (sse_ ? "\n\n" : "\n"),
                     [exchange = exchange_] { exchange->end_stream(); });
  }

  void end() {
    ended_ = true;
    exchange_->end_stream();
  }

  const ExchangePtr exchange_;
  runtime::Engine& engine_;
  const RunId run_;
  std::uint64_t next_;
  const bool sse_;
  const bool follow_;
  std::uint64_t watcher_ = 0;
  bool writing_ = false;
  bool ended_ = false;
};

void page(const ExchangePtr& exchange, runtime::Engine& engine, const RunId& run, std::uint64_t from) {
  constexpr std::size_t kMost = 10'000;
  const auto events = inspect::events_json(engine, run, from, kMost);
  if (!events) return exchange->respond(problem(events.error()));
  const Value next = events->size() == kMost ? Value(from + kMost) : Value(nullptr);
  exchange->respond(json_response(200, {{"items", Value(*events)}, {"next_from", next}}));
}

void history(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
  const Request& request = exchange->request();
  const auto run = engine.resolve(params.at("id"));
  if (!run) return exchange->respond(problem(run.error()));
  const std::string from_text = request.parameter("from");
  const auto from = from_text.empty() ? Result<std::uint64_t>(1) : inspect::parse_number("from", from_text);
  if (!from) return exchange->respond(problem(from.error()));
  const bool follow = request.parameter("follow") == "true";
  const bool sse = request.accept.find("text/event-stream") != std::string::npos;
  const bool lines =
      request.accept.find("ndjson") != std::string::npos || request.accept.find("jsonl") != std::string::npos;
  if (!follow && !sse && !lines) return page(exchange, engine, *run, std::max<std::uint64_t>(*from, 1));
  std::make_shared<Follower>(exchange, engine, *run, *from, sse, follow)->start();
}

}  // namespace

void add_history(Router& router) { router.add("GET", "/v1/sagas/{id}/history", history); }

}  // namespace skald::api
