// /v1/sagas/{id}/<verb>: what operators do to a saga.

#include "engine/api/problems.h"
#include "engine/api/queries.h"
#include "engine/api/respond.h"
#include "engine/api/router.h"

namespace skald::api {
namespace {

// An order to undo can be rehearsed; of the other verbs nothing would be told that `show` does not tell.
bool can_rehearse(runtime::Verb verb) { return verb == runtime::Verb::kCancel || verb == runtime::Verb::kCompensate; }

struct Order {
  runtime::Operation operation;
  bool dry_run = false;
};

// `?dry_run=true` or the member of that name. Errors: "bad-member", "no-dry-run".
Result<bool> wants_rehearsal(runtime::Verb verb, const Request& request, const Value& body) {
  const std::string parameter = request.parameter("dry_run");
  const Value member = body.value("dry_run", Value(false));
  if (!member.is_boolean() || (!parameter.empty() && parameter != "true" && parameter != "false")) {
    return fail(ErrorKind::kInvalid, "bad-member", "'dry_run' must be true or false");
  }
  const bool wanted = member.get<bool>() || parameter == "true";
  if (wanted && !can_rehearse(verb)) {
    return fail(ErrorKind::kInvalid, "no-dry-run", "only cancel and compensate can be rehearsed; nothing was done");
  }
  return wanted;
}

Result<Order> order_of(runtime::Verb verb, const Request& request) {
  SKALD_ASSIGN(const Value body, json_body(request, {"reason", "step", "output", "seen", "who", "dry_run"}));
  Order order;
  SKALD_ASSIGN(order.dry_run, wants_rehearsal(verb, request, body));
  runtime::Operation& operation = order.operation;
  operation.verb = verb;
  SKALD_ASSIGN(operation.reason, text_member(body, "reason"));
  SKALD_ASSIGN(operation.step, text_member(body, "step"));
  SKALD_ASSIGN(operation.who, text_member(body, "who"));
  if (operation.reason.empty() && !order.dry_run) {
    return fail(ErrorKind::kInvalid, "reason-missing", "say why, in 'reason': it stands in the history");
  }
  if (body.contains("output")) operation.output = Payload(body["output"]);
  if (body.contains("seen") && !body["seen"].is_null()) {
    if (!body["seen"].is_number_unsigned()) {
      return fail(ErrorKind::kInvalid, "bad-member", "'seen' must be the sequence number of an event");
    }
    operation.seen = body["seen"].get<std::uint64_t>();
  }
  return order;
}

void rehearse(const ExchangePtr& exchange, const runtime::Engine& engine, inspect::Folds& folds,
              const std::string& id) {
  const auto run = engine.resolve(id);
  if (!run) return exchange->respond(problem(run.error()));
  respond_with_rehearsal(exchange, engine, folds, *run);
}

Handler operate(runtime::Verb verb, FoldsPtr folds) {
  return [verb, folds = std::move(folds)](const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
    auto order = order_of(verb, exchange->request());
    if (!order) return exchange->respond(problem(order.error()));
    if (order->dry_run) return rehearse(exchange, engine, *folds, params.at("id"));
    engine.operate(
        params.at("id"), std::move(order->operation), [exchange, &engine](const Result<store::Summary>& result) {
          if (!result) return exchange->respond(problem(result.error()));
          exchange->post([exchange, &engine, run = result->run] { respond_with_saga(exchange, engine, run, 200); });
        });
  };
}

}  // namespace

void add_operations(Router& router, const FoldsPtr& folds) {
  router.add("POST", "/v1/sagas/{id}/cancel", operate(runtime::Verb::kCancel, folds));
  router.add("POST", "/v1/sagas/{id}/terminate", operate(runtime::Verb::kTerminate, folds));
  router.add("POST", "/v1/sagas/{id}/compensate", operate(runtime::Verb::kCompensate, folds));
  router.add("POST", "/v1/sagas/{id}/suspend", operate(runtime::Verb::kSuspend, folds));
  router.add("POST", "/v1/sagas/{id}/resume", operate(runtime::Verb::kResume, folds));
  router.add("POST", "/v1/sagas/{id}/retry", operate(runtime::Verb::kRetry, folds));
  router.add("POST", "/v1/sagas/{id}/skip", operate(runtime::Verb::kSkip, folds));
  router.add("POST", "/v1/sagas/{id}/resolve", operate(runtime::Verb::kResolve, folds));
}

}  // namespace skald::api
