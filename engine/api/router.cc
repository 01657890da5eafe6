#include "engine/api/router.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/api/console.h"
#include "engine/api/problems.h"
#include "engine/base/hash.h"

namespace skald::api {
namespace {

constexpr std::size_t kMaxQuickBody = 16 * 1024;  // which is parsed in less than 0.1 ms

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t at = 1;
  while (at <= path.size()) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    parts.push_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  return parts;
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& parts, Params& params) {
  if (pattern.size() != parts.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string& expected = pattern[i];
    if (!expected.empty() && expected.front() == '{') {
      if (parts[i].empty()) return false;
      params[expected.substr(1, expected.size() - 2)] = parts[i];
    } else if (expected != parts[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

void Router::add(const std::string& method, const std::string& pattern, Handler handler, bool open) {
  routes_.push_back({{method, pattern, open}, split(pattern), std::move(handler)});
}

void Router::add_quick(const std::string& method, const std::string& path, Handler handler) {
  add(method, path, std::move(handler));
  quick_.emplace_back(method, path);
}

bool Router::is_quick(const Request& request) const {
  return request.body.size() <= kMaxQuickBody && std::any_of(quick_.begin(), quick_.end(), [&](const auto& each) {
           return each.first == request.method && each.second == request.path;
         });
}

std::vector<Router::Endpoint> Router::endpoints() const {
  std::vector<Endpoint> all;
  for (const Route& route : routes_) all.push_back(route.endpoint);
  return all;
}

void Router::serve(const ExchangePtr& exchange, runtime::Engine& engine, const std::string& token) const {
  const Request& request = exchange->request();
  const std::vector<std::string> parts = split(request.path);
  std::string allowed;
  for (const Route& route : routes_) {
    Params params;
    if (!fits(route.parts, parts, params)) continue;
    if (route.endpoint.method != request.method) {
      allowed += (allowed.empty() ? "" : ", ") + route.endpoint.method;
      continue;
    }
    if (!route.endpoint.open && !token.empty() && !equal_secret(request.authorization, "Bearer " + token)) {
      Response refused = problem(401, "unauthorized", "this server wants a token; pass --token or SKALD_TOKEN");
      refused.headers.emplace_back("WWW-Authenticate", "Bearer");
      return exchange->respond(std::move(refused));
    }
    return route.handler(exchange, engine, params);
  }
  if (!allowed.empty()) {
    Response refused = problem(405, "method-not-allowed", fmt::format("{} takes {}", request.path, allowed));
    refused.headers.emplace_back("Allow", allowed);
    return exchange->respond(std::move(refused));
  }
  if (serve_console(exchange)) return;
  exchange->respond(problem(404, "unknown-path", fmt::format("there is nothing at {}", request.path)));
}

Router make_router() {
  Router router;
  add_health(router);
  add_openapi(router);
  add_backups(router);
  add_batch(router);
  add_export(router);
  const auto folds = std::make_shared<inspect::Folds>();
  add_sagas(router, folds);
  add_events(router);
  add_explain(router, folds);
  add_history(router);
  add_trace(router);
  add_state(router);
  add_operations(router, folds);
  add_overview(router);
  add_workers(router);
  add_workflows(router);
  add_outline(router);
  return router;
}

}  // namespace skald::api
