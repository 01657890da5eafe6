// What sagas listen for: a signal to one of them, or an event for whoever awaits it.

#include "engine/api/problems.h"
#include "engine/api/queries.h"
#include "engine/api/respond.h"
#include "engine/api/router.h"
#include "engine/base/time.h"
#include "engine/runtime/cloud_event.h"

namespace skald::api {
namespace {

// The limits of a payload are the engine's; a request is never larger than one may be.
Result<Payload> taken(Value event) { return runtime::cloud_event(std::move(event), SystemClock().now(), {}); }

Result<runtime::Operation> signal_of(const Value& body, const SagaId& saga) {
  runtime::Operation operation;
  operation.verb = runtime::Verb::kSignal;
  SKALD_ASSIGN(operation.reason, text_member(body, "reason"));
  SKALD_ASSIGN(operation.who, text_member(body, "who"));
  SKALD_ASSIGN(const std::string name, text_member(body, "name"));
  SKALD_ASSIGN(const std::string id, text_member(body, "id"));
  if (name.empty()) return fail(ErrorKind::kInvalid, "bad-event", "say which signal, in 'name'");
  SKALD_ASSIGN(operation.event, taken(runtime::signal_event(name, id, saga, body.value("data", Value()))));
  return operation;
}

void send_signal(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
  const auto body = json_body(exchange->request(), {"name", "data", "id", "reason", "who"});
  if (!body) return exchange->respond(problem(body.error()));
  const auto run = engine.resolve(params.at("id"));
  if (!run) return exchange->respond(problem(run.error()));
  const auto saga = engine.summary(*run);
  if (!saga) return exchange->respond(problem(saga.error()));
  auto operation = signal_of(*body, *saga ? (*saga)->id : SagaId(params.at("id")));
  if (!operation) return exchange->respond(problem(operation.error()));
  engine.operate(run->str(), std::move(*operation), [exchange, &engine](const Result<store::Summary>& result) {
    if (!result) return exchange->respond(problem(result.error()));
    exchange->post([exchange, &engine, run = result->run] { respond_with_saga(exchange, engine, run, 200); });
  });
}

void publish(const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
  auto event = parse_json(exchange->request().body).and_then(taken);
  if (!event) return exchange->respond(problem(event.error()));
  const Payload published = *event;
  engine.publish(std::move(*event), [exchange, published](const Status& done) {
    exchange->respond(done ? json_response(201, published.value()) : problem(done.error()));
  });
}

}  // namespace

void add_events(Router& router) {
  router.add("POST", "/v1/sagas/{id}/signal", send_signal);
  router.add("POST", "/v1/events", publish);
}

}  // namespace skald::api
