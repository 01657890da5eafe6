#include "tests/inspect/history.h"

#include <regex>

#include "engine/definition/kind.h"
#include "tests/golden/files.h"

namespace skald::inspect {
namespace {

class NeverRun final : public definition::JqRunner {
 public:
  Result<Value> run(const std::string& program, const definition::Scope&) override {
    ADD_FAILURE() << "a look at a history evaluates an expression: " << program;
    return fail(ErrorKind::kInvalid, "expression-failed", "no expression is evaluated");
  }
  Status check(const std::string&, const std::vector<std::string_view>&) override { return {}; }
};

std::shared_ptr<const definition::Workflow> workflow_of(const golden::Stored& stored) {
  static NeverRun jq;
  static const std::regex expression(R"('\$\{.*?\}')");
  const std::string document = std::regex_replace(stored.document, expression, "'$${ ascii }'");
  auto parsed = definition::parse_workflow(document, stored.name + ".yaml", core::all_kinds(), jq);
  if (!parsed) throw std::runtime_error(parsed.error().message);
  return parsed->workflow;
}

}  // namespace

std::vector<History> golden_histories() {
  std::vector<History> all;
  for (const golden::Stored& stored : golden::stored()) {
    History one{stored.name, workflow_of(stored), {}};
    for (const std::string& bytes : stored.events) one.events.push_back(core::decode_event(bytes).value());
    all.push_back(std::move(one));
  }
  return all;
}

History history_of(const core::Saga& saga) { return {"saga", saga.state().workflow, saga.history}; }

History long_history(std::size_t rounds) {
  static core::NoJq jq;
  const std::string document =
      "document: { dsl: '1.0.3', namespace: test, name: long, version: '1.0.0' }\n"
      "do:\n  - all: { for: { each: x, in: '${ .list }' }, do: [ { a: { call: svc.a } } ] }\n"
      "  - last: { call: svc.last }\n";
  History history{"long", definition::parse_workflow(document, "long.yaml", core::all_kinds(), jq)->workflow, {}};
  core::State state = core::make_state(history.workflow);
  core::Env env{Time{1'700'000'000'000}, 1, jq};
  const auto act = [&](const core::Command& command) {
    env.now = env.now + Millis(5);
    std::vector<core::Event> made = core::decide(state, command, env).value();
    for (core::Event& event : made) history.events.push_back(std::move(event));
  };
  core::Start start;
  start.run = make_run_id(env.now, 3, 42);
  start.id = SagaId("long-1");
  start.input = Payload(Value{{"list", std::vector<std::size_t>(rounds, 7)}});
  act(start);
  for (std::size_t round = 0; round < rounds; ++round) {
    core::TakeResult result;
    result.key = *state.open_steps.begin();
    result.attempt = 1;
    result.outcome = core::Outcome::kFailed;
    act(result);
    env.now = env.now + Millis(1'000);
    act(core::TimerDue{"retry:" + result.key});
    result.attempt = 2;
    result.outcome = core::Outcome::kCompleted;
    act(result);
  }
  return history;
}

Result<runtime::SagaView> HistoryReader::show(const RunId& run) const {
  runtime::SagaView view;
  view.summary.run = run;
  view.summary.id = SagaId(history_.events.front().id);
  view.summary.workflow = history_.workflow->full_name();
  view.summary.version = history_.workflow->version;
  view.summary.events = history_.events.size();
  return view;
}

Result<std::vector<store::StoredEvent>> HistoryReader::events(const RunId&, std::uint64_t from,
                                                              std::size_t limit) const {
  std::vector<store::StoredEvent> page;
  for (std::size_t at = from - 1; at < history_.events.size() && page.size() < limit; ++at) {
    page.push_back({at + 1, core::encode(history_.events[at]), {}});
  }
  return page;
}

}  // namespace skald::inspect
