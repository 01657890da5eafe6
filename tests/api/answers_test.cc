// Every answer that the description of the interface names, brought about and held to it.

#include <httplib.h>

#include "engine/api/openapi.h"
#include "engine/api/router.h"
#include "tests/api/api_fixture.h"
#include "tests/api/description.h"

namespace skald::runtime {
namespace {

using skald::testing::Description;
using skald::testing::matches;
using skald::testing::members;
using skald::testing::Names;

Description description() { return Description(Value::parse(api::openapi_document())); }

class Described : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    deploy(kFlow, "", "2.0.0");
  }
  static constexpr const char* kFlow = R"(
  - a: { call: shop.first, compensate: { call: shop.undo } }
  - pay: { call: shop.pay, pivot: true }
)";

  struct Sent {
    std::string path;  // with its parameters' values
    Value body;        // null: none
    std::string text;  // instead of a body
    std::string accept = "application/json";
    std::string content_type = "application/json";
  };

  // Sends a request of the operation at `pattern`, and holds the answer to the description.
  Value send(const std::string& method, const std::string& pattern, int status, const Sent& sent) {
    httplib::Request request;
    request.method = method;
    request.path = sent.path.empty() ? pattern : sent.path;
    request.headers = {{"Accept", sent.accept}};
    if (method == "POST") {
      request.body = sent.body.is_null() ? sent.text : sent.body.dump();
      request.headers.emplace("Content-Type", sent.content_type);
    }
    httplib::Client client(server_->url());
    client.set_read_timeout(std::chrono::seconds(60));
    const auto answer = client.send(request);
    const std::string where = method + " " + request.path + " " + request.body.substr(0, 200);
    if (!answer) {
      ADD_FAILURE() << where << " was not answered";
      return nullptr;
    }
    EXPECT_EQ(answer->status, status) << where << "\n" << answer->body;
    hold(method, pattern, sent, *answer, where);
    return Value::parse(answer->body, nullptr, false);
  }

  void hold(const std::string& method, const std::string& pattern, const Sent& sent, const httplib::Response& answer,
            const std::string& where) {
    const Value& operation = described_.operation(method, pattern);
    const std::string type = answer.get_header_value("Content-Type");
    const std::string media = type.substr(0, type.find(';'));
    const Value schema = described_.response_schema(operation, answer.status, media);
    ASSERT_FALSE(schema.is_null()) << where << ": no answer " << answer.status << " " << media << " is described";
    seen_.insert(method + " " + pattern + " " + std::to_string(answer.status));
    if (media == "application/x-ndjson") {
      std::istringstream lines(answer.body);
      for (std::string line; std::getline(lines, line);) {
        EXPECT_EQ(described_.problems(schema, Value::parse(line)), "") << where;
      }
    } else {
      const bool json = media.find("json") != std::string::npos;
      EXPECT_EQ(described_.problems(schema, json ? Value::parse(answer.body) : Value(answer.body)), "") << where;
    }
    const Value request_schema = described_.request_schema(operation);
    if (answer.status < 300 && !sent.body.is_null() && !request_schema.is_null()) {
      EXPECT_EQ(described_.problems(request_schema, sent.body), "") << where;
    }
  }

  void start(const std::string& id, const char* version = "2.0.0") {
    const Value saga = {{"workflow", "test/flow"}, {"id", id}, {"version", version}, {"labels", {{"city", "Bergen"}}}};
    send("POST", "/v1/sagas", 201, {"", saga});
  }
  // One that stands still: its step was refused, and the undo of the one before it too.
  void start_stuck(const std::string& id) {
    start(id, "3.0.0");
    ASSERT_TRUE(becomes(id, "stuck"));
  }
  void order(const std::string& verb, const std::string& id, int status, Value body = {{"reason", "r"}},
             const std::string& query = "") {
    send("POST", "/v1/sagas/{id}/" + verb, status, {"/v1/sagas/" + id + "/" + verb + query, std::move(body)});
  }

  void workflows() {
    const std::string head = "document: { dsl: '1.0.3', namespace: test, name: other, version: '1.0.0' }\ndo:\n";
    const std::string one = head + "  - a: { call: shop.first }\n";
    const auto deploy = [&](int status, const std::string& text, const std::string& type) {
      send("POST", "/v1/workflows", status, {"/v1/workflows?file=o.yaml", nullptr, text, "*/*", type});
    };
    deploy(201, one, "application/yaml");
    deploy(200, one, "application/yaml");
    deploy(409, head + "  - b: { call: shop.first }\n", "application/yaml");
    deploy(400, R"({"do":[]})", "application/json");
    send("GET", "/v1/workflows", 200, {});
    send("GET", "/v1/workflows/{namespace}/{name}", 200, {"/v1/workflows/test/flow"});
    send("GET", "/v1/workflows/{namespace}/{name}", 404, {"/v1/workflows/test/none"});
    send("GET", "/v1/workflows/{namespace}/{name}/{version}", 200, {"/v1/workflows/test/flow/1.0.0"});
    send("GET", "/v1/workflows/{namespace}/{name}/{version}", 404, {"/v1/workflows/test/flow/9.0.0"});
    for (const std::string part : {"/graph", "/check"}) {
      const std::string pattern = "/v1/workflows/{namespace}/{name}/{version}" + part;
      send("GET", pattern, 200, {"/v1/workflows/test/flow/2.0.0" + part});
      send("GET", pattern, 404, {"/v1/workflows/test/flow/9.0.0" + part});
    }
  }

  void sagas() {
    const Value trip = {{"workflow", "test/flow"}, {"version", "1.0.0"}, {"id", "one"}, {"input", {{"n", 1}}}};
    send("POST", "/v1/sagas", 201, {"", trip});
    send("POST", "/v1/sagas", 200, {"", trip});
    send("POST", "/v1/sagas", 200, {"/v1/sagas?wait=60s", trip});
    send("POST", "/v1/sagas", 400, {"/v1/sagas?wait=soon", trip});
    send("POST", "/v1/sagas", 400, {"", {{"workflow", 7}}});
    const char* const schema = "input: { schema: { document: { type: object, required: [n] } } }\n";
    deploy("  - a: { set: { x: 1 } }\n", schema, "4.0.0");
    send("POST", "/v1/sagas", 400, {"", {{"workflow", "test/flow"}, {"version", "4.0.0"}}});
    send("POST", "/v1/sagas", 404, {"", {{"workflow", "test/none"}}});
    send("POST", "/v1/sagas", 409, {"", {{"workflow", "test/flow"}, {"version", "1.0.0"}, {"id", "one"}}});
    const std::string large(300 * 1024, 'x');
    send("POST", "/v1/sagas", 413, {"", {{"workflow", "test/flow"}, {"input", large}}});
    send("POST", "/v1/sagas", 413, {"", {{"workflow", "test/flow"}, {"input", large + large}}});
    Sent batch;
    batch.text = trip.dump() + "\n\n" + Value{{"workflow", "test/none"}}.dump() + "\n{bad\n";
    send("POST", "/v1/sagas/batch", 200, batch);
    batch.text.clear();
    for (int i = 0; i <= 1'000; ++i) batch.text += "{}\n";
    send("POST", "/v1/sagas/batch", 413, batch);
    batch.text = "\n";
    send("POST", "/v1/sagas/batch", 400, batch);
    send("GET", "/v1/sagas", 200, {"/v1/sagas?workflow=test%2Fflow&status=running&limit=1"});
    send("GET", "/v1/sagas", 200, {"/v1/sagas?count=true&label=city%3DBergen"});
    send("GET", "/v1/sagas", 400, {"/v1/sagas?since=yesterday"});
    send("GET", "/v1/sagas/{id}", 200, {"/v1/sagas/one?wait=10ms"});
    send("GET", "/v1/sagas/{id}", 400, {"/v1/sagas/one?wait=soon"});
    send("GET", "/v1/sagas/{id}", 404, {"/v1/sagas/nobody"});
  }

  void histories(const std::vector<std::string>& ids) {
    const char* const pattern = "/v1/sagas/{id}/history";
    for (const std::string& id : ids) {
      const std::string path = "/v1/sagas/" + id + "/history";
      send("GET", pattern, 200, {path});
      send("GET", pattern, 200, {path, nullptr, "", "application/x-ndjson"});
      send("GET", pattern, 200, {path, nullptr, "", "text/event-stream"});
      send("GET", "/v1/sagas/{id}", 200, {"/v1/sagas/" + id});
      send("GET", "/v1/sagas/{id}/explain", 200, {"/v1/sagas/" + id + "/explain"});
      send("GET", "/v1/sagas/{id}/trace", 200, {"/v1/sagas/" + id + "/trace"});
      send("GET", "/v1/sagas/{id}/state", 200, {"/v1/sagas/" + id + "/state"});
      send("GET", "/v1/sagas/{id}/state", 200, {"/v1/sagas/" + id + "/state?at=1"});
      send("GET", "/v1/sagas/{id}/state", 200, {"/v1/sagas/" + id + "/state?from=1"});
    }
    send("GET", "/v1/sagas/{id}/trace", 404, {"/v1/sagas/nobody/trace"});
    send("GET", "/v1/sagas/{id}/state", 404, {"/v1/sagas/nobody/state"});
    for (const char* wrong : {"at=x", "at=0", "at=9999", "from=0", "from=9999&at=1", "from=1&at=9999"}) {
      send("GET", "/v1/sagas/{id}/state", 400, {std::string("/v1/sagas/one/state?") + wrong});
    }
    const Sent exported{"/v1/sagas/" + ids.front() + "/export", nullptr, "", "application/x-ndjson"};
    send("GET", "/v1/sagas/{id}/export", 200, exported);
    send("GET", "/v1/sagas/{id}/export", 404, {"/v1/sagas/nobody/export"});
    send("GET", "/v1/export", 200, {"/v1/export?label=city%3DBergen"});
    send("GET", "/v1/export", 400, {"/v1/export?limit=1"});
    send("GET", pattern, 400, {"/v1/sagas/one/history?from=x"});
    send("GET", pattern, 404, {"/v1/sagas/nobody/history"});
    send("GET", "/v1/sagas/{id}/explain", 404, {"/v1/sagas/nobody/explain"});
  }

  void operators() {
    for (const char* verb : {"cancel", "compensate", "terminate"}) {
      const std::string id = std::string("to-") + verb;
      start(id);
      ASSERT_TRUE(eventually([&] { return count(id, "step.scheduled /do/1/pay") == 1; })) << told(id);
      if (verb != std::string("terminate")) order(verb, id, 200, {{"dry_run", true}});
      if (verb != std::string("terminate")) order(verb, id, 200, Value::object(), "?dry_run=true");
      order(verb, id, 200, {{"reason", "r"}, {"who", "ada"}, {"seen", get("/v1/sagas/" + id).body["events"]}});
    }
    start("paused");
    order("suspend", "paused", 200);
    order("resume", "paused", 200);
    for (const char* verb : {"retry", "skip", "resolve"}) {
      const std::string id = std::string("to-") + verb;
      start_stuck(id);
      order(verb, id, 404, {{"reason", "r"}, {"step", "/do/9/none"}});
      order(verb, id, 200, {{"reason", "r"}, {"step", "/do/0/a"}});
    }
    for (const char* verb : {"cancel", "compensate", "terminate", "suspend", "resume", "retry", "skip", "resolve"}) {
      order(verb, "one", 400, Value::object());
      order(verb, "one", 409);
      order(verb, "nobody", 404);
    }
  }

  void events() {
    deploy("  - go: { listen: { to: { one: { with: { type: go } } } } }\n", "", "5.0.0");
    start("listening", "5.0.0");
    const char* const signal = "/v1/sagas/{id}/signal";
    const std::string path = "/v1/sagas/listening/signal";
    send("POST", signal, 400, {path, Value::object()});
    send("POST", signal, 404, {"/v1/sagas/nobody/signal", {{"name", "go"}}});
    send("POST", signal, 409, {path, {{"name", "stop"}}});
    send("POST", signal, 413, {path, {{"name", "go"}, {"data", std::string(300 * 1024, 'x')}}});
    send("POST", signal, 200, {path, {{"name", "go"}, {"data", 1}, {"who", "ada"}}});
    send("POST", "/v1/events", 201, {"", {{"type", "go"}, {"source", "here"}, {"colour", "red"}}});
    send("POST", "/v1/events", 400, {"", {{"type", "go"}}});
    send("POST", "/v1/events", 413, {"", {{"type", "go"}, {"source", "x"}, {"data", std::string(300 * 1024, 'x')}}});
  }

  void backups() {
    const std::string dir = folder_ + "-backup";
    const auto back_up = [&](int status, const Value& body) { send("POST", "/v1/backup", status, {"", body}); };
    back_up(201, {{"dir", dir}, {"keep", 2}});
    back_up(400, {{"dir", "here"}});
    std::filesystem::create_directories(dir + "/other/things");
    back_up(409, {{"dir", dir + "/other"}});
    std::filesystem::remove_all(dir);
  }

  void health() {
    send("GET", "/healthz", 200, {});
    ASSERT_TRUE(eventually([&] { return get("/readyz").status == 200; }));
    send("GET", "/readyz", 200, {});
    send("GET", "/metrics", 200, {});
    send("GET", "/openapi.json", 200, {});
    send("GET", "/v1/workers", 200, {});
    send("GET", "/v1/overview", 200, {});
    send("GET", "/v1/stream", 400, {"/v1/stream?colour=red"});
    // It has no end: the first event is enough.
    std::string first;
    patient_client().Get("/v1/stream", [&first](const char* data, std::size_t size) {
      first.append(data, size);
      return first.find("event: overview") == std::string::npos;
    });
    EXPECT_NE(first.find("event: overview"), std::string::npos);
    seen_.insert("GET /v1/stream 200");
  }

  // What a test can bring about. Overload, a disk that fails and an engine that is stopping are not among it.
  Names described_answers() const {
    Names all;
    for (const std::string& operation : described_.operations()) {
      const std::size_t space = operation.find(' ');
      const Value& what = described_.operation(operation.substr(0, space), operation.substr(space + 1));
      for (const std::string& status : members(what["responses"])) {
        const bool of_a_bad_day = status == "401" || status == "429" || status == "default";
        const bool of_backups = operation == "POST /v1/backup" && status[0] == '5';
        const bool of_streams = operation == "GET /v1/stream" && status == "503";
        if (!of_a_bad_day && !of_backups && !of_streams) all.insert(operation + " " + status);
      }
    }
    return all;
  }

  const Description described_ = description();
  Names seen_;
};

TEST_F(Described, EveryAnswerIsAsItSays) {
  deploy("  - a: { call: shop.first, compensate: { call: shop.no } }\n  - b: { call: shop.no }\n", "", "3.0.0");
  const TestWorker shop(nats_, {"shop.first", "shop.no", "shop.undo"},
                        [](TestWorker& self, const TestWorker::Task& task) {
                          if (task.message.task != "shop.no") return self.complete(task, {{"ok", true}});
                          self.answer(task, wire::Outcome::kRejected, {{"title", "no"}, {"status", 400}});
                        });
  workflows();
  sagas();
  ASSERT_TRUE(becomes("one", "completed"));
  operators();
  events();
  histories({"one", "to-cancel", "to-terminate", "to-skip", "to-resolve", "paused", "listening"});
  backups();
  health();
  nats_.kill();
  ASSERT_TRUE(eventually([&] { return get("/readyz").status == 503; }));
  send("GET", "/readyz", 503, {});
  send("POST", "/v1/events", 503, {"", {{"type", "go"}, {"source", "here"}}});
  EXPECT_EQ(seen_, described_answers()) << "an answer that is described was not seen";
}

TEST_F(Described, TheMembersOfBodiesAndTheParametersAreThoseThatAreTaken) {
  int bodies = 0;
  for (const std::string& each : described_.operations()) {
    const std::size_t space = each.find(' ');
    const std::string pattern = each.substr(space + 1);
    const Value schema =
        described_.resolved(described_.request_schema(described_.operation(each.substr(0, space), pattern)));
    if (!schema.is_object() || !schema.contains("properties")) continue;
    if (schema.value("additionalProperties", false)) continue;
    const Value refused = send("POST", pattern, 400, {"", {{"no-such-member", 1}}});
    EXPECT_EQ(refused["code"], "unknown-member");
    const std::string detail = refused.value("detail", "");
    EXPECT_EQ(matches(detail.substr(detail.find("known: ")), "[ ,](\\w+)"), members(schema["properties"])) << pattern;
    ++bodies;
  }
  EXPECT_EQ(bodies, 11);
  const Value refused = send("GET", "/v1/sagas", 400, {"/v1/sagas?colour=red"});
  const std::string detail = refused.value("detail", "");
  EXPECT_EQ(matches(detail.substr(detail.find("known: ")), "[ ,](\\w+)"),
            described_.parameters(described_.operation("GET", "/v1/sagas"), "query"));
}

class DescribedWithToken : public Described {
 protected:
  DescribedWithToken() { token_ = "secret"; }
};

TEST_F(DescribedWithToken, WithoutTheTokenTheAnswerIsAsItSays) {
  int refused = 0;
  for (const auto& endpoint : api::make_router().endpoints()) {
    if (endpoint.open) continue;
    send(endpoint.method, endpoint.pattern, 401, {});
    ++refused;
  }
  EXPECT_GT(refused, 15);
}

}  // namespace
}  // namespace skald::runtime
