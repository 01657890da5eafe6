// The scenarios of the specification's conformance kit that call hosts over HTTP: performed by the real worker, against
// a server of the test's own that answers as those hosts do.

#include <gtest/gtest.h>
#include <httplib.h>

#include <array>
#include <thread>

#include "engine/definition/jq_process.h"
#include "tests/conformance/files.h"
#include "tests/conformance/scenario.h"
#include "workers/http/caller.h"

namespace skald::conformance {
namespace {

constexpr std::array<const char*, 2> kHosts{"https://petstore.swagger.io", "https://httpbin.org"};
constexpr const char* kJson = "application/json";

class Host {
 public:
  Host() {
    server_.Get("/v2/pet/findByStatus", [](const httplib::Request& request, httplib::Response& response) {
      const Value pet{{"id", 7}, {"name", "Milou"}, {"status", request.get_param_value("status")}};
      response.set_content(Value::array({pet}).dump(), kJson);
    });
    server_.Get(R"(/v2/pet/(\d+))", [](const httplib::Request& request, httplib::Response& response) {
      const Value pet{{"id", std::stoi(request.matches[1])}, {"name", "Milou"}, {"status", "available"}};
      response.set_content(pet.dump(), kJson);
    });
    server_.Get(R"(/basic-auth/(.+)/(.+))", [](const httplib::Request& request, httplib::Response& response) {
      const auto expected = httplib::make_basic_authentication_header(request.matches[1], request.matches[2]);
      if (request.get_header_value("Authorization") != expected.second) response.status = 401;
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    serving_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // a stop before that would be lost
  }
  ~Host() {
    server_.stop();
    serving_.join();
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  httplib::Server server_;
  std::thread serving_;
  int port_ = 0;
};

// The address of a call, at the test's own host.
Value at(const std::string& host, Value endpoint) {
  if (endpoint.is_object()) {
    endpoint["uri"] = at(host, endpoint["uri"]);
    return endpoint;
  }
  const auto uri = endpoint.get<std::string>();
  for (const std::string real : kHosts) {
    if (uri.rfind(real, 0) == 0) return host + uri.substr(real.size());
  }
  return endpoint;
}

core::Outcome outcome_of(wire::Outcome outcome) {
  switch (outcome) {
    case wire::Outcome::kCompleted:
      return core::Outcome::kCompleted;
    case wire::Outcome::kRejected:
      return core::Outcome::kRejected;
    case wire::Outcome::kFailed:
      return core::Outcome::kFailed;
    case wire::Outcome::kUnknown:
      break;
  }
  return core::Outcome::kUnknown;
}

Worker worker_at(const Host& host, workers::http::Caller& caller) {
  return [&host, &caller](const core::TaskAct& act) {
    Value input = act.input.value();
    input["endpoint"] = at(host.url(), input["endpoint"]);
    workers::Task task;
    task.message.key = act.key;
    task.message.task = act.task;
    task.message.input = Payload(input);
    const workers::Answer said = caller.perform(task);
    Answer answer;
    answer.outcome = outcome_of(said.outcome);
    answer.body = (answer.outcome == core::Outcome::kCompleted ? said.output : said.error).value();
    return answer;
  };
}

TEST(Scenarios, ThoseThatCallHostsPass) {
  if (!specification()) GTEST_SKIP() << kNoSpecification;
  const Host host;
  const SystemClock clock;
  workers::Deadlines deadlines;
  const auto caller = workers::http::Caller::make({}, clock, deadlines);
  ASSERT_TRUE(caller) << caller.error().message;
  definition::JqProcess jq;
  std::vector<std::string> passed;
  for (const Scenario& scenario : all_scenarios(*specification())) {
    if (!calls(scenario, "http")) continue;
    const auto wrong = differences(scenario, worker_at(host, **caller), jq);
    for (const auto& line : wrong) ADD_FAILURE() << scenario.name << ": " << line;
    if (wrong.empty()) passed.push_back(scenario.name);
  }
  EXPECT_EQ(passed,
            (std::vector<std::string>{"Call HTTP With Content Output", "Call HTTP With Response Output",
                                      "Call HTTP Using Basic Authentication", "Output Filtering",
                                      "Use Non-object Output", "Try Handle Caught Error", "Try Raise Uncaught Error"}));
}

}  // namespace
}  // namespace skald::conformance
