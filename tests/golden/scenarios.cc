#include "tests/golden/scenarios.h"

namespace skald::golden {
namespace {

using core::Outcome;
using core::Saga;

const core::By kSomeone{"so that it is in the history", "someone"};
const std::string kUndo = "/compensate";

// A call whose undo and retry are told, in flow style.
std::string call(const std::string& name, const std::string& more = "") {
  return "{ call: svc." + name + ", compensate: { call: undo." + name + ", with: { key: '${ $forward.key }' } }" +
         (more.empty() ? "" : ", " + more) + " }";
}

// A child that completes, and that its parent then takes back.
void taken_back(Saga& saga) {
  core::Start start;
  start.run = make_run_id(saga.now, 3, 42);
  start.id = SagaId("child");
  start.input = Payload(Value::object());
  start.parent = core::Parent{"0190", "0190:/do/0/pack:1", 1, true};
  saga.must(start).completes("/do/0/a").must(core::TakeBack{"0190:/do/0/pack:1:undo:1"});
  saga.completes("/do/0/a/compensate");
  EXPECT_EQ(saga.status(), "completed");
}

std::vector<Scenario> of_steps() {
  return {
      {"call-retried", R"(
  - a:
      call: svc.a
      input: { from: '${ { n: .n } }' }
      with: { n: '${ .n }' }
      retry: { delay: PT1S, limit: { attempt: { count: 5 }, duration: PT1M } }
      output: { as: '${ .made }' }
      export: { as: { made: '${ . }' } }
      compensate: { call: undo.a, with: { key: '${ $forward.key }' } }
  - b: { call: svc.b, timeout: { after: PT2S } }
)",
       "timeout: { after: PT1H }\n",
       [](Saga& saga) {
         const std::string a = "/do/0/a";
         saga.start({{"n", 7}, {"other", "thing"}}).fails(a).timer("retry:").unknown(a).timer("retry:");
         saga.must(core::AttemptRedispatched{saga.find(a)->key, 3}).timer("limit:");
         saga.late(a, Outcome::kCompleted, 2, {{"made", 9007199254740993}});
         saga.must(core::AttemptOverdue{saga.find(a + kUndo)->key, 1}).timer("retry:").fails(a + kUndo).timer("retry:");
         saga.must(core::AttemptRedispatched{saga.find(a + kUndo)->key, 3}).completes(a + kUndo).completes(a + kUndo);
         saga.late(a + kUndo, Outcome::kUnknown, 1);
         EXPECT_EQ(saga.status(), "compensated");
       }},
      {"call-late",
       "  - a: " + call("a", "retry: { delay: PT1S, limit: { attempt: { count: 2 } } }") + "\n  - b: { call: svc.b }\n",
       "",
       [](Saga& saga) {
         saga.start().unknown("/do/0/a").timer("retry:").late("/do/0/a", Outcome::kCompleted, 1, {{"late", true}});
         saga.completes("/do/1/b", {{"b", 1}});
         EXPECT_EQ(saga.status(), "completed");
       }},
      {"function", "  - a: { call: book, with: { n: '${ .n }' } }\n",
       "use: { functions: { book: { call: svc.a, with: { twice: '${ [.n, .n] }' } } } }\n",
       [](Saga& saga) {
         saga.start({{"n", 1}}).completes("/do/0/a");
         EXPECT_EQ(saga.status(), "completed");
       }},
      {"set-emit-wait", R"(
  - value: { set: { n: '${ .n + 1 }' }, if: '${ .n > 0 }', export: { as: { n: '${ . }' } }, output: { as: '${ .n }' } }
  - none: { set: { n: 0 }, if: '${ $context.n == 0 }' }
  - tell: { emit: { event: { with: { source: 'urn:golden', type: told, data: '${ $context }' } } } }
  - pause: { wait: { seconds: 3 }, then: end }
)",
       "output: { as: '${ { whole: .type } }' }\n",
       [](Saga& saga) {
         saga.start({{"n", 1}}).timer("wait:");
         EXPECT_EQ(saga.status(), "completed");
       }},
      {"listen", R"(
  - both:
      listen:
        to:
          all:
            - { with: { type: a }, correlate: { room: { from: .room } } }
            - { with: { type: b, subject: '${ $workflow.id }' }, correlate: { room: { from: .room } } }
  - more: { listen: { to: { any: [ { with: { type: a } } ], until: length == 2 }, read: envelope } }
)",
       "",
       [](Saga& saga) {
         const auto hears = [&saga](const char* id, const char* type, const char* room, bool addressed) {
           const Value event{{"id", id},     {"source", "urn:golden"}, {"type", type},        {"subject", "saga-1"},
                             {"room", room}, {"data", {{"id", id}}},   {"specversion", "1.0"}};
           saga.must(core::TakeEvent{Payload(event), addressed, addressed ? kSomeone : core::By{}});
         };
         saga.start();
         hears("1", "b", "cellar", false);
         hears("2", "a", "attic", true);
         hears("3", "a", "cellar", true);
         hears("4", "a", "attic", false);
         EXPECT_EQ(saga.status(), "completed");
       }},
      {"child-taken-back", "  - a: " + call("a") + "\n", "", taken_back},
      {"child-saga", R"(
  - pack: { run: { workflow: { namespace: test, name: child, input: { n: '${ .n }' } } } }
  - ship: { call: svc.ship }
)",
       "",
       [](Saga& saga) {
         saga.start({{"n", 2}}).completes("/do/0/pack", {{"packed", true}}).rejected("/do/1/ship");
         saga.completes("/do/0/pack/compensate");
         EXPECT_EQ(saga.status(), "compensated");
       }},
  };
}

std::vector<Scenario> of_flow() {
  return {
      {"do-switch", R"(
  - group:
      do:
        - which: { switch: [ { much: { when: '${ .n > 2 }', then: last } }, { other: { then: continue } } ] }
        - little: { set: { n: '${ .n + 1 }' }, then: which }
        - last: { set: { n: '${ .n * 10 }' }, then: exit, output: { as: '${ .n }' } }
  - after: { call: svc.after, with: { n: '${ . }' } }
)",
       "",
       [](Saga& saga) {
         saga.start({{"n", 1}}).completes("/do/1/after", {{"sum", 30}});
         EXPECT_EQ(saga.status(), "completed");
       }},
      {"for", R"(
  - all:
      for: { each: line, in: '${ .lines }', at: i }
      while: '${ $i < 2 }'
      do:
        - reserve: { call: svc.reserve, with: { sku: '${ $line }' }, compensate: { call: undo.reserve } }
  - pay: { call: svc.pay }
)",
       "",
       [](Saga& saga) {
         saga.start({{"lines", {"axe", "saw", "nail"}}}).completes("/do/0/all/do/0/reserve");
         saga.completes("/do/0/all/do/0/reserve").rejected("/do/1/pay");
         saga.completes("/do/0/all/do/0/reserve/compensate").completes("/do/0/all/do/0/reserve/compensate");
         EXPECT_EQ(saga.status(), "compensated");
       }},
      {"fork-parallel",
       "  - both:\n      compensate: parallel\n      fork:\n        branches:\n          - left: { do: [ { a: " +
           call("a") + " }, { b: " + call("b") + " } ] }\n          - right: " + call("c") +
           "\n  - last: { call: svc.last }\n",
       "",
       [](Saga& saga) {
         const std::string branches = "/do/0/both/fork/branches";
         const std::string a = branches + "/0/left/do/0/a";
         const std::string b = branches + "/0/left/do/1/b";
         const std::string c = branches + "/1/right";
         saga.start().completes(a).completes(c, {{"c", 1}}).completes(b).rejected("/do/1/last");
         saga.completes(b + kUndo).completes(c + kUndo).completes(a + kUndo);
         EXPECT_EQ(saga.status(), "compensated");
       }},
      {"compete",
       "  - race:\n      fork:\n        compete: true\n        branches:\n          - left: { do: [ { a: " + call("a") +
           " }, { b: " + call("b") + " } ] }\n          - right: " + call("c") + "\n  - last: { call: svc.last }\n",
       "",
       [](Saga& saga) {
         const std::string a = "/do/0/race/fork/branches/0/left/do/0/a";
         const std::string b = "/do/0/race/fork/branches/0/left/do/1/b";
         saga.start().completes(a).completes("/do/0/race/fork/branches/1/right", {{"won", "right"}}).timer("drain:");
         saga.completes(b + kUndo).completes(a + kUndo).completes("/do/1/last");
         EXPECT_EQ(saga.status(), "completed");
       }},
      {"try-raise",
       "  - attempt:\n      try:\n        - a: " + call("a") +
           "\n        - b: " + call("b", "retry: { limit: { attempt: { count: 1 } } }") + R"(
        - wrong: { raise: { error: { type: 'urn:golden:wrong', status: 409, title: '${ .title }' } } }
      catch:
        as: why
        compensate: true
        when: '${ $why.status > 400 }'
        retry: { delay: PT2S, limit: { attempt: { count: 2 } } }
        do: [ { fix: { call: svc.fix, with: { why: '${ $why.title }' } } } ]
  - soft: { try: [ { slow: { timeout: { after: PT5S }, do: [ { c: { call: svc.c } } ] } } ], catch: {} }
)",
       "",
       [](Saga& saga) {
         const std::string a = "/do/0/attempt/try/0/a";
         const std::string b = "/do/0/attempt/try/1/b";
         saga.start().completes(a).unknown(b).completes(b + kUndo).completes(a + kUndo).timer("wait:");
         saga.completes(a).completes(b, {{"title", "of b"}}).completes(b + kUndo).completes(a + kUndo);
         saga.completes("/do/0/attempt/catch/do/0/fix").timer("timeout:").timer("drain:");
         EXPECT_EQ(saga.status(), "completed");
       }},
  };
}

std::vector<Scenario> of_undos() {
  return {
      {"undo-list", R"(
  - a:
      call: svc.a
      compensate:
        - one: { call: undo.one, with: { of: '${ $forward.output }', why: '${ $error.title }' } }
        - noted: { set: { was: '${ $forward.outcome }' } }
        - two: { call: undo.two }
  - b: { call: svc.b }
)",
       "",
       [](Saga& saga) {
         saga.start().completes("/do/0/a", {{"made", 1}}).rejected("/do/1/b");
         saga.completes("/do/0/a/compensate/do/0/one").completes("/do/0/a/compensate/do/2/two");
         EXPECT_EQ(saga.status(), "compensated");
       }},
      {"undo-composite",
       "  - pack:\n      compensate: { call: undo.pack, with: { was: '${ $forward.output }' } }\n      do: [ { a: " +
           call("a") + " }, { b: " + call("b") + " } ]\n  - last: { call: svc.last }\n",
       "",
       [](Saga& saga) {
         saga.start().completes("/do/0/pack/do/0/a").completes("/do/0/pack/do/1/b", 2).rejected("/do/1/last");
         saga.completes("/do/0/pack/compensate");
         EXPECT_EQ(saga.status(), "compensated");
       }},
      {"undo-again", "  - a: " + call("a") + "\n  - b: { call: svc.b }\n", "",
       [](Saga& saga) {
         const std::string a = "/do/0/a";
         saga.start().cancels();
         saga.must(core::AttemptWithdrawn{saga.find(a)->key, 1});
         EXPECT_EQ(saga.status(), "cancelled");
         saga.late(a, Outcome::kUnknown).completes(a + kUndo).late(a, Outcome::kCompleted).completes(a + kUndo);
         EXPECT_EQ(saga.find(a)->undo.generation, 2U);
       }},
      {"undo-stuck",
       "  - a: " + call("a") + "\n  - b: " + call("b") + "\n  - c: " + call("c") + "\n  - d: { call: svc.d }\n", "",
       [](Saga& saga) {
         saga.start().completes("/do/0/a").completes("/do/1/b").completes("/do/2/c").rejected("/do/3/d");
         saga.rejected("/do/2/c/compensate")
             .must(core::Retry{"", std::nullopt, kSomeone})
             .completes("/do/2/c/compensate");
         saga.rejected("/do/1/b/compensate").must(core::Skip{"", std::nullopt, kSomeone});
         saga.rejected("/do/0/a/compensate")
             .must(core::Resolve{"", std::nullopt, Payload(Value("by phone")), kSomeone});
         EXPECT_EQ(saga.status(), "failed");
       }},
      {"deadline", "  - a: " + call("a") + "\n", "timeout: { after: PT10S }\n",
       [](Saga& saga) {
         saga.start().timer("deadline").timer("drain:").completes("/do/0/a/compensate");
         EXPECT_EQ(saga.status(), "compensated");
       }},
  };
}

std::vector<Scenario> of_operators() {
  return {
      {"pivot", "  - a: " + call("a") + R"(
  - pay: { call: svc.pay, pivot: true }
  - ship: { call: svc.ship }
  - tell: { call: svc.tell }
)",
       "",
       [](Saga& saga) {
         saga.start().completes("/do/0/a").cancels().completes("/do/1/pay", {{"paid", 3}});
         saga.rejected("/do/2/ship").must(core::Resolve{"/do/2/ship", std::nullopt, Payload(Value(5)), kSomeone});
         saga.fails("/do/3/tell").must(core::Skip{"", std::nullopt, kSomeone});
         EXPECT_EQ(saga.status(), "completed");
       }},
      {"suspended", "  - a: " + call("a") + "\n  - b: { call: svc.b }\n", "",
       [](Saga& saga) {
         saga.start().suspends().completes("/do/0/a").resumes().fails("/do/1/b");
         saga.must(core::Retry{"", std::nullopt, kSomeone}).suspends().compensates();
         saga.late("/do/1/b", Outcome::kFailed, 2).completes("/do/0/a/compensate");
         EXPECT_EQ(saga.status(), "cancelled");
       }},
      {"terminated", "  - a: " + call("a") + "\n  - b: { call: svc.b }\n", "",
       [](Saga& saga) {
         saga.start().completes("/do/0/a").must(core::Terminate{kSomeone});
         EXPECT_EQ(saga.status(), "terminated");
       }},
      {"under-way",
       "  - a: " + call("a") + "\n  - soft: { try: [ { both: { fork: { branches: [ { b: " + call("b") +
           " }, { c: " + call("c") + " } ] } } } ], catch: { compensate: true } }\n",
       "",
       [](Saga& saga) {
         const std::string branches = "/do/1/soft/try/0/both/fork/branches";
         saga.start().completes("/do/0/a").completes(branches + "/0/b").rejected(branches + "/1/c");
         EXPECT_EQ(saga.status(), "running");
       }},
  };
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = [] {
    std::vector<Scenario> made;
    for (const auto& some : {of_steps(), of_flow(), of_undos(), of_operators()}) {
      made.insert(made.end(), some.begin(), some.end());
    }
    return made;
  }();
  return all;
}

}  // namespace skald::golden
