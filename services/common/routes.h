#pragma once

// The usual shapes of a route's handler.

#include <functional>
#include <string>
#include <utility>

#include "services/common/http_server.h"
#include "services/common/service.h"

namespace skald::services {

inline Answer answer(int status, Value body) {
  Answer made;
  made.status = status;
  made.body = std::move(body);
  return made;
}

// Answers 200 with what `act` reads.
inline RouteHandler reads(Database& db, std::function<Result<Value>(Connection&, const Request&)> act) {
  return [&db, act = std::move(act)](const Request& request) -> Result<Answer> {
    SKALD_ASSIGN(Value body, db.read([&](Connection& connection) { return act(connection, request); }));
    return answer(200, std::move(body));
  };
}

// Does `act` once for each key.
inline RouteHandler effect(Effects& effects, std::function<Result<Answer>(Connection&, const Keyed&)> act) {
  return [&effects, act = std::move(act)](const Request& request) {
    return effects.forward(request.keyed, [&](Connection& connection) { return act(connection, request.keyed); });
  };
}

// Takes back the effect of the forward key.
inline RouteHandler undoes(Effects& effects, Effects::Undo act) {
  return [&effects, act = std::move(act)](const Request& request) { return effects.undo(request.keyed, act); };
}

}  // namespace skald::services
