#pragma once

// Which handler serves a request. Immutable once made; thread-safe then.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/api/http.h"
#include "engine/inspect/folds.h"
#include "engine/runtime/engine.h"

namespace skald::api {

// What a path's "{name}" parts stood for.
using Params = std::map<std::string, std::string>;
using Handler = std::function<void(const ExchangePtr&, runtime::Engine&, const Params&)>;

class Router {
 public:
  // `pattern` as in "/v1/sagas/{id}/history". `open`: needs no token.
  void add(const std::string& method, const std::string& pattern, Handler handler, bool open = false);
  // One without names, that neither waits nor reads the store before it answers.
  void add_quick(const std::string& method, const std::string& path, Handler handler);
  // Whether that serves it: on the connection's own thread.
  bool is_quick(const Request& request) const;

  // Answers 401, 404 and 405 itself, and with the console what is no endpoint. An empty token asks for none.
  void serve(const ExchangePtr& exchange, runtime::Engine& engine, const std::string& token) const;

  struct Endpoint {
    std::string method;
    std::string pattern;
    bool open = false;
  };
  std::vector<Endpoint> endpoints() const;

 private:
  struct Route {
    Endpoint endpoint;
    std::vector<std::string> parts;  // of the pattern
    Handler handler;
  };
  std::vector<Route> routes_;
  std::vector<std::pair<std::string, std::string>> quick_;  // method and path
};

// Every endpoint, of one engine.
Router make_router();

// Shared by the handlers that fold sagas.
using FoldsPtr = std::shared_ptr<inspect::Folds>;

void add_backups(Router& router);
void add_batch(Router& router);
void add_events(Router& router);
void add_explain(Router& router, FoldsPtr folds);
void add_export(Router& router);
void add_health(Router& router);
void add_history(Router& router);
void add_openapi(Router& router);
void add_operations(Router& router, const FoldsPtr& folds);
void add_outline(Router& router);
void add_overview(Router& router);
void add_sagas(Router& router, FoldsPtr folds);
void add_state(Router& router);
void add_trace(Router& router);
void add_workers(Router& router);
void add_workflows(Router& router);

}  // namespace skald::api
