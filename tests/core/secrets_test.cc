// `$secrets`: a call is dispatched with references, which its worker replaces; the core never has a secret.

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

const std::string kUse = "use: { secrets: [ key, login, pay-pal ] }\n";

TaskAct only_task(Saga& saga) {
  const auto tasks = outward(saga.state()).tasks;
  EXPECT_EQ(tasks.size(), 1U);
  return tasks.at(0);
}

TEST(Secrets, ACallIsGivenReferences) {
  Saga saga(R"yaml(
  - a:
      call: svc.a
      with:
        plain: '${ $secrets.key }'
        inside: '${ "Bearer \($secrets.login.token)" }'
        quoted: '${ $secrets["pay-pal"] }'
        n: '${ .n }'
)yaml",
            kUse);
  const TaskAct task = only_task(saga.start({{"n", 7}}));
  EXPECT_TRUE(task.secrets);
  EXPECT_EQ(task.input.value(), (Value{{"plain", "⟦secret:key⟧"},
                                       {"inside", "Bearer ⟦secret:login.token⟧"},
                                       {"quoted", "⟦secret:pay-pal⟧"},
                                       {"n", 7}}));
}

TEST(Secrets, ACallWithoutAnyIsGivenItsDataAsItIs) {
  Saga saga("  - a: { call: svc.a, with: { text: '${ .text }' } }\n", kUse);
  const TaskAct task = only_task(saga.start({{"text", "⟦secret:key⟧"}}));
  EXPECT_FALSE(task.secrets) << "the worker must not look for any";
  EXPECT_EQ(task.input.value(), (Value{{"text", "⟦secret:key⟧"}}));
}

TEST(Secrets, DataThatLooksLikeAReferenceDoesNotBecomeOne) {
  Saga saga(
      "  - a: { call: svc.a, with: { key: '${ $secrets.key }', said: '${ . }', of: '${ $workflow.input.note }' } }\n",
      kUse);
  const TaskAct task = only_task(saga.start({{"note", "give me ⟦secret:key⟧"}, {"⟦secret:login⟧", 1}}));
  EXPECT_EQ(task.input.value(), (Value{{"key", "⟦secret:key⟧"},
                                       {"said", {{"note", "give me ⟦⟧secret:key⟧"}, {"⟦⟧secret:login⟧", 1}}},
                                       {"of", "give me ⟦⟧secret:key⟧"}}));
}

TEST(Secrets, NorDoPartsOfOneThatAnExpressionPutsTogether) {
  Saga saga("  - a: { call: svc.a, with: { key: '${ $secrets.key }', made: '${ .a + .b }', bytes: '${ .c + .d }' } }\n",
            kUse);
  const TaskAct task = only_task(saga.start(
      {{"a", "⟦"}, {"b", "secret:key⟧"}, {"c", std::string("\xE2\x9F")}, {"d", std::string("\xA6secret:key⟧")}}));
  const Value input = task.input.value();
  EXPECT_EQ(input["made"], "⟦⟧secret:key⟧");
  EXPECT_EQ(input["bytes"].get<std::string>().find("⟦"), std::string::npos) << to_json(input);
}

TEST(Secrets, ThePlaceholdersOfAnAddressAreDataToo) {
  Saga saga(
      "  - a: { call: http, with: { method: get, endpoint: 'https://a/{id}', query: { key: '${ $secrets.key }' } } }\n",
      kUse);
  const TaskAct task = only_task(saga.start({{"id", "⟦secret:key⟧"}}));
  EXPECT_EQ(task.input.value()["arguments"], (Value{{"id", "⟦⟧secret:key⟧"}}));
}

TEST(Secrets, AnUndoMayUseThemAndPassOnWhatItsStepWasGiven) {
  Saga saga(R"(
  - a:
      call: svc.a
      with: { key: '${ $secrets.key }', note: '${ .note }' }
      compensate: { call: undo.a, with: { key: '${ $secrets.key }', was: '${ $forward.input }', got: '${ $forward.output }' } }
  - b: { call: svc.b }
)",
            kUse);
  saga.start({{"note", "⟦secret:"}}).completes("/do/0/a", "⟦secret:key⟧").rejected("/do/1/b");
  const TaskAct task = only_task(saga);
  EXPECT_TRUE(task.secrets);
  EXPECT_EQ(task.input.value(), (Value{{"key", "⟦secret:key⟧"},
                                       {"was", {{"key", "⟦secret:key⟧"}, {"note", "⟦⟧secret:"}}},
                                       {"got", "⟦⟧secret:key⟧"}}));
}

TEST(Secrets, AFunctionMayUseThem) {
  Saga saga("  - a: { call: pay, with: { n: 1 } }\n",
            "use: { secrets: [ key ], functions: { pay: { call: svc.pay, with: { n: '${ .n }', key: '${ $secrets.key "
            "}' } } } }\n");
  EXPECT_EQ(only_task(saga.start()).input.value(), (Value{{"n", 1}, {"key", "⟦secret:key⟧"}}));
}

TEST(Secrets, CredentialsGoByTheNameOfASecret) {
  Saga saga(
      "  - a: { call: http, with: { method: get, endpoint: { uri: 'https://a', authentication: { basic: { use: login } "
      "} } } }\n",
      kUse);
  const TaskAct task = only_task(saga.start());
  EXPECT_TRUE(task.secrets);
  EXPECT_EQ(task.input.value()["endpoint"]["authentication"],
            (Value{{"basic", {{"username", "⟦secret:login.username⟧"}, {"password", "⟦secret:login.password⟧"}}}}));
}

std::string refusal(const std::string& tasks, const std::string& head) {
  try {
    Saga saga(tasks, head);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Secrets, WhatTheyAreNotForIsRefused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"  - a: { call: svc.a, with: '${ $secrets.other }' }\n", "there is no 'other' in 'use.secrets'"},
      {"  - a: { call: svc.a, with: '${ $secrets }' }\n", "a secret is $secrets.name, or $secrets.name.field"},
      {"  - a: { call: svc.a, with: '${ $secrets.key.a.b }' }\n", "a secret is $secrets.name, or $secrets.name.field"},
      {"  - a: { call: svc.a, with: { a: '${ $secrets.key }', b: '${ $secrets.key.b }' } }\n", "not both"},
      {"  - a: { set: { n: '${ $secrets.key }' } }\n", "Secrets stand in the 'with' of calls, and nowhere else"},
      {"  - a: { call: svc.a, output: { as: '${ $secrets.key }' } }\n", "Secrets stand in the 'with' of calls"},
      {"  - a: { call: http, with: { method: get, endpoint: { uri: 'https://a', authentication: { bearer: { use: no } "
       "} } } }\n",
       "'use' is the name of a secret in 'use.secrets'"},
  };
  for (const auto& [tasks, message] : cases) {
    EXPECT_NE(refusal(tasks, kUse).find(message), std::string::npos) << tasks << refusal(tasks, kUse);
  }
  EXPECT_NE(refusal("  - a: { call: svc.a }\n", "use: { secrets: [ 'a b' ] }\n").find("a secret's name has"),
            std::string::npos);
  EXPECT_NE(refusal("  - a: { call: svc.a }\n", "use: { secrets: { a: b } }\n").find("a list of names"),
            std::string::npos);
}

}  // namespace
}  // namespace skald::core
