// /openapi.json

#include "engine/api/openapi.h"

#include "engine/api/router.h"

namespace skald::api {
namespace {

void describe(const ExchangePtr& exchange, runtime::Engine&, const Params&) {
  Response response;
  response.body = openapi_document();
  exchange->respond(std::move(response));
}

}  // namespace

void add_openapi(Router& router) { router.add("GET", "/openapi.json", describe); }

}  // namespace skald::api
