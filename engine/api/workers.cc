// /v1/workers: who serves which task type, and what waits.

#include "engine/api/overview.h"
#include "engine/api/problems.h"
#include "engine/api/router.h"

namespace skald::api {
namespace {

Value time_json(const std::optional<Time>& time) { return time ? Value(format_time(*time)) : Value(nullptr); }

void workers(const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
  exchange->respond(json_response(200, {{"items", workers_json(engine)}}));
}

}  // namespace

Value workers_json(const runtime::Engine& engine) {
  Value items = Value::array();
  for (const runtime::TaskTypeStatus& type : engine.workers()) {
    Value serving = Value::array();
    for (const auto& worker : type.workers) {
      serving.push_back({{"name", worker.name},
                         {"concurrency", worker.concurrency},
                         {"in_flight", worker.in_flight},
                         {"seen", format_time(worker.seen)},
                         {"breakers", worker.breakers.is_object() ? worker.breakers : Value::object()}});
    }
    items.push_back({{"task", type.task},
                     {"workers", std::move(serving)},
                     {"waiting", type.waiting},
                     {"oldest", time_json(type.oldest)},
                     {"unserved_since", time_json(type.unserved_since)}});
  }
  return items;
}

void add_workers(Router& router) { router.add("GET", "/v1/workers", workers); }

}  // namespace skald::api
