// `call: http` is a task of its own type, which a worker performs; what it is to do is checked when it is deployed.

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

TEST(HttpCall, GoesToTheWorkersWithItsPlaceholdersFilled) {
  Saga saga(R"(
  - pet:
      call: http
      with:
        method: get
        endpoint: https://pets.example/pets/{id}
        query: { tag: '${ .tag }' }
)");
  saga.start({{"id", 7}, {"tag", "dog"}, {"other", true}});
  const auto tasks = outward(saga.state()).tasks;
  ASSERT_EQ(tasks.size(), 1U);
  EXPECT_EQ(tasks[0].task, "skald.http");
  EXPECT_EQ(tasks[0].input.value(), (Value{{"method", "get"},
                                           {"endpoint", "https://pets.example/pets/{id}"},
                                           {"query", {{"tag", "dog"}}},
                                           {"arguments", {{"id", 7}}}}));
}

TEST(HttpCall, OfAFunctionFillsItsPlaceholdersFromWhatIsGivenToIt) {
  Saga saga(
      "  - pet: { call: getPet, with: { id: '${ .wanted }' } }\n",
      "use: { functions: { getPet: { call: http, with: { method: get, endpoint: 'https://p.example/{id}' } } } }\n");
  saga.start({{"wanted", 3}});
  EXPECT_EQ(saga.find("/do/0/pet")->input.value()["arguments"], (Value{{"id", 3}}));
}

TEST(HttpCall, TakesAnAuthenticationByItsName) {
  Saga saga(R"(
  - pet:
      call: http
      with: { method: get, endpoint: { uri: 'https://p.example', authentication: { use: pets } } }
)",
            "use: { authentications: { pets: { bearer: { token: '${ .token }' } } } }\n");
  saga.start({{"token", "t"}});
  EXPECT_EQ(saga.find("/do/0/pet")->input.value()["endpoint"]["authentication"], (Value{{"bearer", {{"token", "t"}}}}));
}

std::string refusal(const std::string& with, const std::string& head = "") {
  try {
    Saga saga("  - pet: { call: http, with: " + with + " }\n", head);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(HttpCall, WhatIsKnownToBeWrongIsRefused) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{ method: get }", "needs with: { method, endpoint }"},
      {"{ method: get, endpoint: { path: /a } }", "needs 'uri'"},
      {"{ method: get, endpoint: 'https://a/${ .id }' }", "an expression is the whole of a string"},
      {"{ method: get, endpoint: 'https://a', output: json }", "'output' is content, raw or response"},
      {"{ method: get, endpoint: 'https://a', redirect: often }", "'redirect' is true or false"},
      {"{ method: get, endpoint: 'https://a', query: 5 }", "'query' is a mapping"},
      {"{ method: get, endpoint: 'https://a', form: {} }", "unknown key 'form'"},
      {"{ method: get, endpoint: { uri: 'https://a', authentication: { oauth2: {} } } }", "authentication 'oauth2'"},
      {"{ method: get, endpoint: { uri: 'https://a', authentication: { use: nobody } } }", "'use.authentications'"},
      {"{ method: get, endpoint: { uri: 'https://a', authentication: { basic: { use: s } } } }", "secrets"},
      {"{ method: get, endpoint: { uri: 'https://a', authentication: { basic: { username: u } } } }", "'password'"},
      {"{ method: get, endpoint: { uri: 'https://a', authentication: { bearer: { token: t, for: u } } } }", "'for'"},
  };
  for (const auto& [with, what] : cases) {
    EXPECT_NE(refusal(with).find(what), std::string::npos) << with << "\n" << refusal(with);
    EXPECT_EQ(refusal(with).rfind("test.yaml:3:", 0), 0U) << refusal(with);
  }
  EXPECT_EQ(refusal("{ method: get, endpoint: '${ .uri }', output: '${ .output }', query: '${ .query }' }"), "");
}

}  // namespace
}  // namespace skald::core
