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

namespace {

const char* const kHead = "document: { dsl: '1.0.3', namespace: test, name: made, version: '1.0.0' }\ndo:\n";

// Drives a saga without folding its history anew at each step, as the fixture does.
struct Driven {
  explicit Driven(const std::string& document)
      : workflow(definition::parse_workflow(document, "made.yaml", core::all_kinds(), jq).value().workflow),
        state(core::make_state(workflow)) {}

  void act(const core::Command& command) {
    env.now = env.now + Millis(5);
    std::vector<core::Event> made = core::decide(state, command, env).value();
    for (core::Event& event : made) events.push_back(std::move(event));
  }
  void start(const Value& input) {
    core::Start command;
    command.run = make_run_id(env.now, 3, 42);
    command.id = SagaId("made-1");
    command.input = Payload(input);
    act(command);
  }
  void answer(const std::string& key, std::uint32_t attempt, core::Outcome outcome) {
    core::TakeResult result;
    result.key = key;
    result.attempt = attempt;
    result.outcome = outcome;
    act(result);
  }

  static inline core::NoJq jq;
  core::Env env{Time{1'700'000'000'000}, 1, jq};
  std::shared_ptr<const definition::Workflow> workflow;
  core::State state;
  std::vector<core::Event> events;
};

}  // namespace

History long_history(std::size_t rounds) {
  Driven saga(std::string(kHead) +
              "  - all: { for: { each: x, in: '${ .list }' }, do: [ { a: { call: svc.a } } ] }\n"
              "  - last: { call: svc.last }\n");
  saga.start({{"list", std::vector<std::size_t>(rounds, 7)}});
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::string key = *saga.state.open_steps.begin();
    saga.answer(key, 1, core::Outcome::kFailed);
    saga.env.now = saga.env.now + Millis(1'000);
    saga.act(core::TimerDue{"retry:" + key});
    saga.answer(key, 2, core::Outcome::kCompleted);
  }
  return {"long", saga.workflow, std::move(saga.events)};
}

History wide_history(std::size_t branches) {
  std::string document = std::string(kHead) + "  - all:\n      fork:\n        branches:\n";
  for (std::size_t i = 0; i < branches; ++i) {
    document += "          - b" + std::to_string(i) + ": { call: svc.b }\n";
  }
  Driven saga(document);
  saga.start(Value::object());
  while (!saga.state.open_steps.empty()) {
    saga.answer(std::string(*saga.state.open_steps.begin()), 1, core::Outcome::kCompleted);
  }
  return {"wide", saga.workflow, std::move(saga.events)};
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
