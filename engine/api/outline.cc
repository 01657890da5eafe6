// /v1/workflows/{namespace}/{name}/{version}/graph and /check: a workflow as a picture has it, and what can become of
// its sagas.

#include <chrono>
#include <mutex>

#include "engine/api/problems.h"
#include "engine/api/respond.h"
#include "engine/api/router.h"
#include "engine/check/check.h"
#include "engine/definition/jq_process.h"
#include "engine/inspect/graph.h"

namespace skald::api {
namespace {

// The walk runs on a thread that serves requests; most documents take some milliseconds.
constexpr std::uint64_t kMaxStates = 20'000;
constexpr Millis kLongest{300};
constexpr Millis kLongestExpression{100};  // in jq
constexpr Millis kTurnEvery{20};           // whose turn it is not asks again so soon
constexpr Millis kLongestWait{5'000};      // for a turn

Result<runtime::SagaReader::WorkflowPtr> workflow_of(const runtime::Engine& engine, const Params& params) {
  return engine.workflow(params.at("namespace") + "/" + params.at("name"), params.at("version"));
}

void graph(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
  respond(exchange,
          workflow_of(engine, params).map([](const auto& workflow) { return inspect::graph_json(*workflow); }));
}

// jq for a walk in a hurry: an expression that takes too long ends the walk, for a saga would have more time.
class Hurried final : public definition::JqRunner {
 public:
  explicit Hurried(definition::JqRunner& jq) : jq_(jq) {}
  Result<Value> run(const std::string& program, const definition::Scope& scope) override {
    auto value = jq_.run(program, scope);
    late_ = late_ || (!value && value.error().code == "expression-timeout");
    return value;
  }
  Status check(const std::string& program, const std::vector<std::string_view>& variables) override {
    return jq_.check(program, variables);
  }
  bool late() const { return late_; }

 private:
  definition::JqRunner& jq_;
  bool late_ = false;
};

// The walks of all requests, one at a time, so that the other threads serve what else there is.
class Walks : public std::enable_shared_from_this<Walks> {
 public:
  void answer(const ExchangePtr& exchange, runtime::SagaReader::WorkflowPtr workflow, Millis waited = Millis(0)) {
    std::unique_lock turn(turn_, std::try_to_lock);
    if (turn) return respond(exchange, walk(std::move(workflow)));
    if (waited >= kLongestWait) {
      return exchange->respond(problem(make_error(ErrorKind::kOverloaded, "overloaded",
                                                  "other workflows are being checked; try again in a moment")));
    }
    exchange->after(kTurnEvery, [self = shared_from_this(), exchange, workflow = std::move(workflow), waited] {
      self->answer(exchange, workflow, waited + kTurnEvery);
    });
  }

 private:
  Value walk(runtime::SagaReader::WorkflowPtr workflow) {
    Hurried jq(jq_);
    check::Options options;
    options.limits.states = kMaxStates;
    const auto end = std::chrono::steady_clock::now() + kLongest;
    options.limits.out_of_time = [end, &jq] { return jq.late() || std::chrono::steady_clock::now() > end; };
    return check::to_value(check::check(std::move(workflow), jq, options));
  }

  std::mutex turn_;
  definition::JqProcess jq_{{.deadline = kLongestExpression, .processes = 1}};
};

}  // namespace

void add_outline(Router& router) {
  router.add("GET", "/v1/workflows/{namespace}/{name}/{version}/graph", graph);
  router.add("GET", "/v1/workflows/{namespace}/{name}/{version}/check",
             [walks = std::make_shared<Walks>()](const ExchangePtr& exchange, runtime::Engine& engine,
                                                 const Params& params) {  // shared: by all that wait for their turn
               auto workflow = workflow_of(engine, params);
               if (!workflow) return respond(exchange, fail(workflow.error()));
               walks->answer(exchange, *std::move(workflow));
             });
}

}  // namespace skald::api
