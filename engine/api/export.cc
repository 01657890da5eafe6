// /v1/export and /v1/sagas/{id}/export: sagas as JSON Lines that can be proved.

#include "engine/inspect/export.h"

#include "engine/api/problems.h"
#include "engine/api/router.h"
#include "engine/inspect/list_query.h"

namespace skald::api {
namespace {

// Writes an export to a stream, piece by piece as the client takes them.
class Sender : public std::enable_shared_from_this<Sender> {
 public:
  Sender(ExchangePtr exchange, inspect::Exporter exporter)
      : exchange_(std::move(exchange)), exporter_(std::move(exporter)) {}

  void start() {
    const auto first = exporter_.next();
    if (!first) return exchange_->respond(problem(first.error()));
    exchange_->begin_stream("application/x-ndjson");
    send(first);
  }

 private:
  void send(const Result<std::optional<std::string>>& piece) {
    // What cannot be read to its end must not look as if it had ended: the last line is the problem.
    if (!piece) {
      return exchange_->write(problem(piece.error()).body + "\n", [exchange = exchange_] { exchange->end_stream(); });
    }
    if (!*piece) return exchange_->end_stream();
    const auto again = [self = shared_from_this()] { self->send(self->exporter_.next()); };
    // It looked for sagas as long as it may: others have their turn first.
    if ((*piece)->empty()) return exchange_->after(Millis(0), again);
    exchange_->write(**piece, again);
  }

  const ExchangePtr exchange_;
  inspect::Exporter exporter_;
};

void one(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
  const auto run = engine.resolve(params.at("id"));
  if (!run) return exchange->respond(problem(run.error()));
  std::make_shared<Sender>(exchange, inspect::Exporter(engine, std::vector<RunId>{*run}))->start();
}

void many(const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
  for (const char* of_pages : {"limit", "cursor", "count"}) {
    if (exchange->request().query.count(of_pages) == 0) continue;
    return exchange->respond(problem(400, "unknown-parameter", std::string("an export has no '") + of_pages + "'"));
  }
  const auto query = inspect::list_query(exchange->request().query);
  if (!query) return exchange->respond(problem(query.error()));
  std::make_shared<Sender>(exchange, inspect::Exporter(engine, *query))->start();
}

}  // namespace

void add_export(Router& router) {
  router.add("GET", "/v1/export", many);
  router.add("GET", "/v1/sagas/{id}/export", one);
}

}  // namespace skald::api
