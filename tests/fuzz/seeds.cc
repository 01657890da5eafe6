// Writes the corpus to begin with: tests/fuzz/corpus/TARGET/seed-*, made by the real encoders, the wire's vectors, and
// the workflows and sidecars of the demo store. Inputs that once failed lie beside them under names of their own.
// usage: fuzz_seeds SOURCE_DIR

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "engine/core/event.h"
#include "engine/runtime/claim.h"
#include "engine/runtime/live_saga.h"
#include "engine/wire/presence.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/status_counts.h"
#include "store/summary.h"

namespace skald::fuzz {
namespace {

std::string root;

std::string read(const std::string& path) {
  std::ifstream in(root + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void seed(const std::string& target, const std::string& name, std::string_view bytes) {
  const std::string folder = root + "/tests/fuzz/corpus/" + target;
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/seed-" + name, std::ios::binary) << bytes;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) all += '\0' + parts[i];
  return all;
}

const RunId kRun = make_run_id(Time{1'700'000'000'000}, 3, 42);

void wire() {
  const Value vectors = Value::parse(read("engine/wire/vectors.json"));
  const std::map<std::string, std::string> targets = {
      {"task", "wire_task"},      {"presence", "wire_presence"},    {"cancel", "wire_cancel"},
      {"results", "wire_result"}, {"result_failed", "wire_result"}, {"result_completed", "wire_result"}};
  for (const auto& [vector, target] : targets) {
    const Payload message(vectors[vector]["json"]);
    seed(target, vector + ".msgpack", message.bytes());
    seed(target, vector + ".json", message.json());
    seed("payload", vector + ".msgpack", message.bytes());
  }
  seed("delivery_info", "short", "$JS.ACK.SKALD_TASKS.inventory__reserve.2.17.23.1700000000000000000.4");
  seed("delivery_info", "long", "$JS.ACK._.abcdef.SKALD_TASKS.inventory__reserve.2.17.23.1700000000000000000.4.x");
}

void broker() {
  seed(
      "jetstream_answer", "stream",
      R"({"type":"io.nats.jetstream.api.v1.stream_info_response","created":"2026-11-23T19:33:20.123Z","state":{"messages":3,"first_seq":5,"last_seq":7}})");
  seed(
      "jetstream_answer", "consumer",
      R"({"delivered":{"consumer_seq":4,"stream_seq":9},"ack_floor":{"stream_seq":8},"num_ack_pending":1,"num_pending":2})");
  seed("jetstream_answer", "names", R"({"total":2,"offset":0,"limit":1024,"consumers":["a","b"]})");
  seed("jetstream_answer", "message",
       R"({"message":{"subject":"s","seq":4,"hdrs":"TkFUUy8xLjANCk5hdHMtTXNnLUlkOiB4IzENCg0K","data":"YWI="}})");
  seed("jetstream_answer", "refused",
       R"({"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 4"}})");
  seed("jetstream_answer", "published", R"({"stream":"SKALD_TASKS","seq":17,"duplicate":true})");
  seed("claim", "held", runtime::encode(runtime::Claim{"store", 2, "engine", 3, true}));
}

void documents() {
  const std::string checkout = read("services/workflows/checkout.yaml");
  seed("definition", "checkout.yaml", checkout);
  seed("definition", "small.json", R"({"document":{"dsl":"1.0.3","namespace":"n","name":"w","version":"1.0.0"},
"input":{"from":"${ . + {k: 1} }"},"timeout":{"after":"PT1M"},
"do":[{"a":{"if":"${ $input.a.b == 1 }","set":{"x":"${ $input.list[0] }"},"then":"c"}},
{"b":{"do":[{"inner":{"call":"t.y","compensate":{"do":[{"u":{"call":"t.z"}}],"on":"completed"}}}]}},
{"c":{"call":"t.x","with":{"s":"\ud83d\ude00"},"pivot":true,"retry":{"delay":"PT1S","backoff":{"linear":{"increment":{"seconds":1}}}}}}]})");
  seed("definition", "emit.yaml", R"(document: { dsl: '1.0.3', namespace: n, name: w, version: '1.0.0' }
do:
  - set: { set: { n: 0x1F, f: 1.5e3, t: on, o: 0o17, nothing: ~, text: "a\u00e9" }, export: { as: '${ . }' } }
  - say: { emit: { event: { with: { source: 'urn:x', type: '${ "a.b" }', data: '${ $context }' } } }, then: end }
output: { as: { n: '${ .n + 1 }' } }
)");
  seed("definition", "fork.yaml", R"(document: { dsl: '1.0.3', namespace: n, name: w, version: '1.0.0' }
do:
  - both:
      fork:
        branches:
          - left: { call: t.left, compensate: { call: t.unleft, retry: { limit: { attempt: { count: 2 } } } } }
          - right: { do: [ { one: { call: t.one, timeout: { after: PT1S } } }, { two: { call: t.two, compensate: { call: t.untwo } } } ] }
  - last: { call: t.last, retry: { delay: { milliseconds: 5 } } }
timeout: { after: { minutes: 1 } }
)");
  for (const char* service : {"catalog", "cart", "inventory", "checkout", "payments"}) {
    seed("sidecar_config", service, read(std::string("services/sidecars/") + service + ".yaml"));
  }
  seed("sidecar_config", "all", R"(nats: { url: 'nats://h:4222' }
services: { a: { url: 'http://h', concurrency: 2, breaker: { failures: 3, open_for: 1.5m } } }
tasks:
  t.x: { service: a, method: PUT, path: '/x/{id}', body: { id: '{id}', n: 1, l: [true, null, "q"] }, headers: { A: b },
         timeout: 500ms, concurrency: 1, statuses: { 409: rejected, 500: failed }, errors: { 409: { type: urn, title: T } } }
)");
}

void expressions() {
  const char* const programs[] = {"$context.cart.items[1]",
                                  ".a.b[2].c // \"none\"",
                                  "{ k: .i, \"q r\": $input, s, $context }",
                                  "[.i, [.s], {}, -3] == [1] and true or .n <= 4",
                                  ".o + { z: (2 + 3) }",
                                  ".a | map(now) # \"\\(env)\"",
                                  R"({"x":"${ .a.b }","y":["${ $input + 1 }",true]})"};
  int number = 0;
  for (const char* program : programs) {
    seed("expression", std::to_string(++number),
         joined({program, R"({"a":{"b":[1,2,{"c":"x"}]},"i":7,"s":"t","o":{}})"}));
  }
}

void schemas() {
  const char* const all[][2] = {
      {R"({"type":["object","null"],"required":["a"],"properties":{"a":{"$ref":"#/$defs/n"}},"additionalProperties":false,
"$defs":{"n":{"type":"integer","minimum":1,"exclusiveMaximum":9007199254740993,"multipleOf":0.5}}})",
       R"({"a":9007199254740992,"b":1})"},
      {R"({"type":"array","prefixItems":[{"const":1}],"items":{"enum":["x",null]},"uniqueItems":true,"contains":true})",
       R"([1,"x",null,"x"])"},
      {R"({"anyOf":[{"pattern":"^(a|b)+$"},{"format":"date-time"}],"not":{"maxLength":1},"if":{"minLength":3},"then":true})",
       R"("2024-02-29T10:00:00Z")"},
      {R"({"patternProperties":{"^x-":{"type":"string"}},"propertyNames":{"maxLength":5},"dependencies":{"a":["b"],"c":{}}})",
       R"({"x-a":"1","a":2,"c":3})"},
      {R"({"definitions":{"a":{"items":{"$ref":"#"}}},"oneOf":[{"$ref":"#/definitions/a"},{"type":"null"}]})",
       "[[[]]]"},
      {"{ type: strng, minLength: -1, requird: [a], $ref: 'http://x' }", "1"}};
  int number = 0;
  for (const auto& [schema, value] : all) seed("schema", std::to_string(++number), joined({schema, value}));
}

void stored() {
  core::Event event;
  event.seq = 3;
  event.at = Time{1'700'000'000'123};
  event.type = core::EventType::kStepFailed;
  event.step = "/do/1/reserve";
  event.visit = event.attempt = event.deliveries = 2;
  event.key = kRun.str() + ":/do/1/reserve:2";
  event.error = Payload(Value{{"title", "no"}, {"status", 503}});
  event.started_at = event.finished_at = event.due = event.at;
  event.delay_ms = 150;
  event.left_behind = {"/do/0/a"};
  seed("core_event", "failed", core::encode(event));
  core::Event started;
  started.seq = 1;
  started.id = "order-1";
  started.run = kRun.str();
  started.workflow = "store/checkout";
  started.labels = {{"tier", "gold"}};
  started.input = Payload(Value{{"cart", "c"}, {"n", nullptr}});
  seed("core_event", "started", core::encode(started));

  store::Summary summary;
  summary.run = kRun;
  summary.id = SagaId("order-1");
  summary.workflow = "store/checkout";
  summary.status = "stuck";
  summary.ended_at = event.at;
  summary.labels = started.labels;
  summary.error = event.error;
  summary.input_hash = std::string(32, 'h');
  summary.pending = {{"/do/1/reserve", "inventory.reserve", 2, event.at, event.at, event.error}};
  summary.compensation = {1, 2, 3, 4};
  summary.left_behind = {"/do/0/a"};
  summary.events = 9;
  seed("store_records", "summary", store::encode(summary));
  seed("store_records", "definition", store::encode({"store/checkout", "1.0.0", "00ff", "do: []", event.at}));
  seed("store_records", "event", store::encode_event({kRun, 3, core::encode(event), {}}));
  store::StatusCounts counts;
  counts.add("running", 3);
  counts.add("completed", 1'000'000);
  seed("store_records", "counts", store::encode(counts));

  const std::string run = *store::keys::run(kRun);
  seed("store_keys", "event", store::keys::event(run, 3));
  seed("store_keys", "timer", store::keys::timer({event.at, kRun, "retry:/do/1/reserve"}, run));
  seed("store_keys", "pending", store::keys::pending(3, run, "task:" + event.key));
  seed("pending_act", "task", runtime::encode({2, 1, 0, 77}));
  seed("pending_act", "event", runtime::encode({0, 0, 12, 0}));
}

void requests() {
  const std::map<std::string, std::string> all = {
      {"submit",
       "POST /v1/sagas\n\n"
       R"({"workflow":"store/checkout","id":"order-1","input":{"cart":"c"},"labels":{"k":"v"}})"},
      {"retry",
       "POST /v1/sagas/known/retry\n\n"
       R"({"reason":"r","step":"/do/1/a","output":{"x":1},"seen":3,"who":"me"})"},
      {"backup",
       "POST /v1/backup\n\n"
       R"({"dir":"/backups","keep":3})"},
      {"suspend",
       "POST /v1/sagas/known/suspend\n\n"
       R"({"reason":"r"})"},
      {"rehearsal",
       "POST /v1/sagas/known/compensate?dry_run=true\n\n"
       R"({"reason":"r","dry_run":true})"},
      {"cancel",
       "POST /v1/sagas/known/cancel\n\n"
       R"({"reason":"r"})"},
      {"submit-wait",
       "POST /v1/sagas?wait=1.5s\n\n"
       R"({"workflow":"store/checkout","id":"a"})"},
      {"list",
       "GET "
       "/v1/"
       "sagas?workflow=store%2Fcheckout&status=running&label=k%3Dv&since=2026-11-23T19:33:20Z&until=2027-01-01T00:00:"
       "00%2B01:00&limit=5&cursor=" +
           kRun.str() + "\n\n"},
      {"count", "GET /v1/sagas?count=true\n\n"},
      {"show", "GET /v1/sagas/known?wait=1.5s\n\n"},
      {"history", "GET /v1/sagas/known/history?from=1\n\n"},
      {"follow", "GET /v1/sagas/known/history?follow=true\ntext/event-stream\n"},
      {"lines", "GET /v1/sagas/" + kRun.str() + "/history\napplication/x-ndjson\n"},
      {"deploy", "POST /v1/workflows?file=a.yaml\n\ndocument: {}"},
      {"workflow", "GET /v1/workflows/store/checkout/1.0.0\n\n"},
      {"workers", "GET /v1/workers\n\n"},
      {"health", "GET /readyz\n\n"},
  };
  for (const auto& [name, request] : all) seed("http_request", name, request);
  const auto call = [](const char* name, const char* input, const char* location, const char* status,
                       const std::string& body) {
    seed("http_call", name, joined({input, location, status, body}));
  };
  call("get", R"({"method":"get","endpoint":"https://pets.example/pet/{petId}?a={b}","arguments":{"petId":7,"b":"x y"},
"query":{"q":["a",1]},"output":"response"})",
       "../other?x#y", "200", R"({"id":7})");
  call("post", R"({"method":"POST","endpoint":{"uri":"http://[::1]:8080","authentication":{"basic":{"username":"a",
"password":"b"}}},"headers":{"content-type":"application/x-www-form-urlencoded"},"body":{"a":"b c"},"redirect":true})",
       "//elsewhere/x", "303", "");
  call("gone", R"({"method":"delete","endpoint":"http://a","output":"raw"})", "http://b/", "404",
       R"({"message":"no such pet"})");
  call("bytes", R"({"method":"get","endpoint":{"uri":"http://a:1/","authentication":{"bearer":{"token":"t"}}}})", "?q",
       "200", "\xFF\xFE");
  seed("sidecar_call", "completed",
       joined({"/x/{id}?q={s}", R"({"a":"{id}","b":["{s}","n {n}"],"c":true})", R"({"id":7,"s":"a b","n":1.5})", "200",
               "", R"({"ok":true})"}));
  seed("sidecar_call", "declined", joined({"/x", "", R"({"id":7})", "402", "", R"({"title":"No","type":"urn:no"})"}));
  seed("sidecar_call", "later", joined({"/x", "", "{}", "503", "17", "try later"}));
  seed("service_fields", "reserve",
       R"({"order":"order-1","items":[{"sku":"axe","quantity":2},{"sku":"bell","quantity":1.0}],"amount":12600})");
  seed("service_fields", "faults", R"({"latency_ms":20,"error_rate":0.5,"drop_rate":1,"crash_rate":0,"seed":7})");
  const char* const texts[] = {
      "2026-11-23T19:33:20.123Z", "2026-11-23t19:33:20+01:30", "30s", "500ms", "1.5m", "12345", "order-1",
      "inventory.reserve-2"};
  int number = 0;
  for (const char* text : texts) seed("short_texts", std::to_string(++number), text);
  seed("short_texts", "run", kRun.str());
  seed("payload", "json", R"({"a":[1,-2,3.5,1e300,true,null,"t\u00e9\ud83d\ude00"],"b":{"c":18446744073709551615}})");
}

}  // namespace
}  // namespace skald::fuzz

int main(int argc, char** argv) {
  using namespace skald::fuzz;
  if (argc != 2) {
    std::cerr << "usage: fuzz_seeds SOURCE_DIR\n";
    return 2;
  }
  root = argv[1];
  wire();
  broker();
  documents();
  expressions();
  schemas();
  stored();
  requests();
  return 0;
}
