// /v1/workflows: deploy, list, show.

#include <fmt/format.h>

#include "engine/api/problems.h"
#include "engine/api/router.h"

namespace skald::api {
namespace {

Value definition_json(const store::DefinitionRow& row) {
  return {{"workflow", row.workflow},
          {"version", row.version},
          {"hash", row.hash},
          {"deployed_at", format_time(row.deployed_at)}};
}

void deploy(const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
  const Request& request = exchange->request();
  const std::string file = request.parameter("file");
  const auto deployed = engine.deploy(request.body, file.empty() ? "workflow" : file);
  if (!deployed) return exchange->respond(problem(deployed.error()));
  exchange->respond(json_response(deployed->created ? 201 : 200, {{"workflow", deployed->workflow},
                                                                  {"version", deployed->version},
                                                                  {"created", deployed->created},
                                                                  {"warnings", Value(deployed->warnings)}}));
}

void list(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
  const std::string wanted = params.count("name") > 0 ? params.at("namespace") + "/" + params.at("name") : "";
  Value items = Value::array();
  for (const store::DefinitionRow& row : engine.definitions()) {
    if (wanted.empty() || row.workflow == wanted) items.push_back(definition_json(row));
  }
  if (!wanted.empty() && items.empty()) {
    return exchange->respond(problem(404, "unknown-workflow", fmt::format("there is no workflow {}", wanted)));
  }
  exchange->respond(json_response(200, {{"items", std::move(items)}}));
}

void show(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
  const std::string wanted = params.at("namespace") + "/" + params.at("name");
  for (const store::DefinitionRow& row : engine.definitions()) {
    if (row.workflow != wanted || row.version != params.at("version")) continue;
    Value body = definition_json(row);
    body["source"] = row.source;
    return exchange->respond(json_response(200, body));
  }
  exchange->respond(problem(404, "unknown-workflow",
                            fmt::format("there is no workflow {} with version {}", wanted, params.at("version"))));
}

}  // namespace

void add_workflows(Router& router) {
  router.add("POST", "/v1/workflows", deploy);
  router.add("GET", "/v1/workflows", list);
  router.add("GET", "/v1/workflows/{namespace}/{name}", list);
  router.add("GET", "/v1/workflows/{namespace}/{name}/{version}", show);
}

}  // namespace skald::api
