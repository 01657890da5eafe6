// The door over real sockets, before a real engine.

#include <httplib.h>
#include <sys/resource.h>

#include "tests/api/api_fixture.h"

namespace skald::runtime {
namespace {

class ApiWithToken : public ApiTest {
 protected:
  ApiWithToken() { token_ = "secret"; }
};

TEST_F(ApiTest, ASagaIsSubmittedShownAndListed) {
  const Answer made = submit("one", {{"n", 1}});
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body["id"], "one");
  EXPECT_EQ(made.body["workflow"], "test/flow");
  EXPECT_EQ(made.body["input"], Value({{"n", 1}}));
  for (const char* member : {"run", "version", "status", "started_at", "ended_at", "output", "error", "labels",
                             "events", "pending", "compensation", "left_behind"}) {
    EXPECT_TRUE(made.body.contains(member)) << member;
  }
  EXPECT_EQ(submit("one", {{"n", 1}}).status, 200);
  const Answer other = submit("one", {{"n", 2}});
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(other.type, "application/problem+json");
  EXPECT_EQ(other.body["code"], "id-taken");
  EXPECT_EQ(get("/v1/sagas/one").body["run"], made.body["run"]);
  EXPECT_EQ(get("/v1/sagas/" + made.body["run"].get<std::string>()).body["id"], "one");
  const Answer list = get("/v1/sagas?workflow=test%2Fflow&status=running&limit=1");
  ASSERT_EQ(list.body["items"].size(), 1U);
  EXPECT_FALSE(list.body["items"][0].contains("input"));
  EXPECT_EQ(get("/v1/sagas?count=true").body["count"], 1);
}

TEST_F(ApiTest, SagasAreListedByAnyOfSeveralFilters) {
  // In three milliseconds: within one, runs are in the order of their shards.
  for (const char* id : {"list-b", "list-a", "other"}) {
    const Time before = SystemClock().now();
    ASSERT_TRUE(eventually([&] { return before < SystemClock().now(); }));
    ASSERT_EQ(submit(id).status, 201);
  }
  const auto ids = [this](const std::string& query) {
    std::string found;
    const Answer page = get("/v1/sagas?" + query);
    EXPECT_EQ(page.status, 200) << page.body;
    for (const Value& saga : page.body["items"]) found += saga["id"].get<std::string>() + " ";
    return found;
  };
  EXPECT_EQ(ids("status=stuck&status=running"), "other list-a list-b ");
  EXPECT_EQ(ids("status=running&reverse=true&limit=2"), "list-b list-a ");
  EXPECT_EQ(ids("id=list-&sort=id"), "list-a list-b ");
  EXPECT_EQ(ids("workflow=test/none&workflow=test/flow&id=other"), "other ");
  EXPECT_EQ(ids("error=anything"), "");
  EXPECT_EQ(get("/v1/sagas?id=list-&count=true").body["count"], 2);
  EXPECT_EQ(get("/v1/sagas?limit=1").body["scanned"], 2) << "one more tells that there is another page";
  EXPECT_EQ(get("/v1/sagas?sort=ended").body["code"], "bad-sort");
  EXPECT_EQ(get("/v1/sagas?sort=id&cursor=" + get("/v1/sagas/other").body["run"].get<std::string>()).body["code"],
            "bad-cursor");
}

TEST_F(ApiTest, ABatchIsAnsweredLineByLine) {
  submit("one", {{"n", 1}});
  std::string body = R"({"workflow":"test/flow","id":"one","input":{"n":1}})"
                     "\n";
  body += R"({"workflow":"test/flow","id":"two","input":{"n":2},"labels":{"city":"Bergen"}})"
          "\n\n{bad\n";
  body += R"({"workflow":"test/flow","id":"one","input":{"n":3}})"
          "\n"
          R"({"workflow":"test/flow"})";
  httplib::Client client(server_->url());
  const auto answer = client.Post("/v1/sagas/batch", body, "application/x-ndjson");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->get_header_value("Content-Type"), "application/x-ndjson");
  std::vector<Value> lines;
  std::istringstream in(answer->body);
  for (std::string line; std::getline(in, line);) lines.push_back(Value::parse(line));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_EQ(lines[0]["status"], 200) << "it had been started before";
  EXPECT_EQ(lines[0]["run"], get("/v1/sagas/one").body["run"]);
  EXPECT_EQ(lines[1]["status"], 201);
  EXPECT_EQ(lines[1]["id"], "two");
  EXPECT_EQ(get("/v1/sagas/two").body["labels"]["city"], "Bergen");
  EXPECT_EQ(lines[2]["code"], "bad-json");
  EXPECT_EQ(lines[3]["code"], "id-taken");
  EXPECT_EQ(lines[4]["status"], 201);
  EXPECT_EQ(get("/v1/sagas/" + lines[4]["id"].get<std::string>()).body["run"], lines[4]["run"]);
  EXPECT_EQ(get("/v1/sagas?count=true").body["count"], 3);
}

TEST_F(ApiTest, WhatIsWrongIsAProblemWithACode) {
  const auto expect = [](const Answer& answer, int status, const std::string& code) {
    EXPECT_EQ(answer.status, status) << answer.body.dump();
    EXPECT_EQ(answer.body.value("code", ""), code) << answer.body.dump();
    EXPECT_EQ(answer.type, "application/problem+json");
  };
  expect(get("/nowhere"), 404, "unknown-path");
  expect(get("/v1/sagas/nobody"), 404, "unknown-saga");
  expect(get("/v1/sagas/nobody/history"), 404, "unknown-saga");
  expect(post("/v1/workers", {}), 405, "method-not-allowed");
  expect(post_text("/v1/sagas", "{bad"), 400, "bad-json");
  expect(post_text("/v1/sagas", R"({"workflow":"test/flow","input":1e999})"), 400, "bad-json");
  expect(post("/v1/sagas", {{"workflow", "test/flow"}, {"colour", "red"}}), 400, "unknown-member");
  expect(post("/v1/sagas", Value::object()), 400, "bad-member");
  expect(post("/v1/sagas", {{"workflow", "test/none"}}), 404, "unknown-workflow");
  expect(submit("not an id"), 400, "bad-id");
  expect(submit("large", std::string(300 * 1024, 'x')), 413, "payload-too-large");
  expect(submit("larger", std::string(600 * 1024, 'x')), 413, "body-too-large");
  expect(get("/v1/sagas?limit=0"), 400, "bad-limit");
  expect(get("/v1/sagas?colour=red"), 400, "unknown-parameter");
  expect(get("/v1/sagas?cursor=x"), 400, "bad-cursor");
  expect(get("/v1/sagas?since=yesterday"), 400, "bad-time");
  expect(post_text("/v1/workflows?file=f.yaml", "do: ["), 400, "bad-definition");
  submit("one");
  expect(post("/v1/sagas/one/cancel", Value::object()), 400, "reason-missing");
  expect(get("/v1/sagas/one?wait=soon"), 400, "bad-duration");
  expect(get("/v1/sagas/one?wait=nan"), 400, "bad-duration");
  EXPECT_EQ(*engine_->count({}), 1U) << "nothing of the others was kept";
}

class ApiOfABusyEngine : public ApiTest {
 protected:
  ApiOfABusyEngine() { max_tasks_ = 1; }
};

TEST_F(ApiOfABusyEngine, ASubmissionThatIsTooMuchIsToComeAgain) {
  ASSERT_EQ(submit("one").status, 201);
  Answer second;
  // The task of the first goes out just behind its answer.
  ASSERT_TRUE(eventually([&] {
    second = submit("two");
    return second.status == 429;
  }));
  EXPECT_EQ(second.body["code"], "overloaded");
  const auto refused =
      patient_client().Post("/v1/sagas", R"({"workflow":"test/flow","id":"three"})", "application/json");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->get_header_value("Retry-After"), "1");
  EXPECT_EQ(get("/v1/sagas/three").status, 404) << "nothing of it is kept";
}

TEST_F(ApiTest, OperatorsActAndTheirReasonIsKept) {
  submit("one");
  const Answer cancelled = post("/v1/sagas/one/cancel", {{"reason", "changed my mind"}, {"who", "ada"}});
  EXPECT_EQ(cancelled.status, 200);
  const Answer ended = get("/v1/sagas/one?wait=10s");
  EXPECT_EQ(ended.body["status"], "cancelled");
  EXPECT_NE(get("/v1/sagas/one/history").body.dump().find("changed my mind"), std::string::npos);
}

TEST_F(ApiTest, AWaitEndsWithTheSagaOrWithItsTime) {
  submit("one");
  EXPECT_EQ(get("/v1/sagas/one?wait=50ms").body["status"], "running");
  std::thread worker([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    TestWorker shop(nats_, {"shop.first"}, [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
    eventually([&] { return status("one") == "completed"; });
  });
  EXPECT_EQ(get("/v1/sagas/one?wait=20s").body["status"], "completed");
  worker.join();
  EXPECT_EQ(get("/v1/sagas/one?wait=20s").body["status"], "completed") << "one that has ended is not waited for";
}

TEST_F(ApiTest, AHistoryIsFollowedToItsEnd) {
  submit("one");
  std::string lines;
  std::thread follower([&] {
    httplib::Client client(server_->url());
    client.set_read_timeout(std::chrono::seconds(30));
    client.Get("/v1/sagas/one/history?follow=true", {{"Accept", "application/x-ndjson"}},
               [&](const char* data, std::size_t size) {
                 lines.append(data, size);
                 return true;
               });
  });
  TestWorker shop(nats_, {"shop.first"}, [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  follower.join();
  std::istringstream in(lines);
  int seq = 0;
  Value last;
  for (std::string line; std::getline(in, line);) {
    last = Value::parse(line);
    EXPECT_EQ(last["seq"], ++seq);
    EXPECT_EQ(last["hash"].get<std::string>().size(), 64U);
  }
  EXPECT_EQ(last["type"], "saga.completed");
  const auto events = httplib::Client(server_->url()).Get("/v1/sagas/one/history", {{"Accept", "text/event-stream"}});
  ASSERT_TRUE(events);
  EXPECT_EQ(events->body.rfind("id: 1\ndata: {", 0), 0U);
  EXPECT_EQ(get("/v1/sagas/one/history").body["items"].size(), static_cast<std::size_t>(seq));
  EXPECT_EQ(get("/v1/sagas/one/history?from=2").body["items"].size(), static_cast<std::size_t>(seq - 1));
}

TEST_F(ApiTest, AFollowedHistoryGoesOnWhileTheSagaIsStuck) {
  deploy("  - a: { call: shop.first, compensate: { call: shop.undo } }\n  - b: { call: shop.second }\n", "", "2.0.0");
  TestWorker shop(nats_, {"shop.first", "shop.second", "shop.undo"},
                  [](TestWorker& self, const TestWorker::Task& task) {
                    if (task.message.task == "shop.first") return self.complete(task);
                    self.answer(task, wire::Outcome::kRejected, {{"title", "no"}, {"status", 400}});
                  });
  submit("one");
  ASSERT_TRUE(becomes("one", "stuck"));
  std::atomic<std::size_t> received{0};
  std::string lines;
  std::thread follower([&] {
    httplib::Client client(server_->url());
    client.set_read_timeout(std::chrono::seconds(30));
    client.Get("/v1/sagas/one/history?follow=true", {{"Accept", "application/x-ndjson"}},
               [&](const char* data, std::size_t size) {
                 lines.append(data, size);
                 received += size;
                 return true;
               });
  });
  EXPECT_TRUE(eventually([&] { return received > 0; }));
  EXPECT_EQ(post("/v1/sagas/one/terminate", {{"reason", "enough"}}).status, 200);
  follower.join();
  const std::size_t last = lines.rfind('\n', lines.size() - 2) + 1;
  EXPECT_EQ(Value::parse(lines.substr(last))["type"], "saga.terminated") << lines;
}

TEST_F(ApiTest, AHistoryThatCannotBeReadToItsEndSaysSo) {
  constexpr std::uint64_t kEvents = 700;
  constexpr std::uint64_t kDamaged = 650;
  submit("one");
  const RunId run = *engine_->resolve("one");
  stop_serving();
  {
    const auto log = store::RocksLog::open(folder_);
    ASSERT_TRUE(log);
    store::Batch batch;
    const std::string bytes = (*log)->events(run, 1, 1)->front().bytes;
    for (std::uint64_t seq = 1; seq <= kEvents; ++seq) {
      batch.events.push_back({run, seq, seq == kDamaged ? "not an event" : bytes, {}});
    }
    store::Summary summary = **(*log)->summary(run);
    summary.events = kEvents;
    batch.summaries.push_back({summary, summary.status});
    batch.pending_removed = *(*log)->pending_of(run);
    ASSERT_TRUE((*log)->commit(batch));
  }
  serve();
  EXPECT_EQ(get("/v1/sagas/one/history").status, 500);
  httplib::Client client(server_->url());
  const auto lines = client.Get("/v1/sagas/one/history", {{"Accept", "application/x-ndjson"}});
  ASSERT_TRUE(lines);
  const std::size_t last = lines->body.rfind('\n', lines->body.size() - 2) + 1;
  EXPECT_EQ(Value::parse(lines->body.substr(last)).value("code", "").rfind("damaged-", 0), 0U)
      << lines->body.substr(last);
  const auto damaged_first = client.Get("/v1/sagas/one/history?from=650", {{"Accept", "application/x-ndjson"}});
  ASSERT_TRUE(damaged_first);
  EXPECT_EQ(damaged_first->status, 500);
}

TEST_F(ApiTest, ABackupIsMadeInAFolderOfTheHost) {
  submit("one");
  const std::string dir = folder_ + "-backup";
  const Answer made = post("/v1/backup", {{"dir", dir}});
  EXPECT_EQ(made.status, 201) << made.body.dump();
  EXPECT_EQ(made.body["backup"], 1);
  EXPECT_EQ(made.body["dir"], dir);
  EXPECT_EQ(post("/v1/backup", {{"dir", dir}, {"keep", 1}}).body["backup"], 2);
  EXPECT_EQ(post("/v1/backup", {{"dir", "backups"}}).body["code"], "bad-dir");
  EXPECT_EQ(post("/v1/backup", Value::object()).body["code"], "bad-dir");
  EXPECT_EQ(post("/v1/backup", {{"dir", dir}, {"keep", 0}}).body["code"], "bad-member");
  const Answer inside = post("/v1/backup", {{"dir", folder_ + "/backup"}});
  EXPECT_EQ(inside.status, 400);
  EXPECT_EQ(inside.body["code"], "backup-inside-data");
  std::filesystem::remove_all(dir);
}

TEST_F(ApiTest, HealthReadinessAndMetrics) {
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_TRUE(eventually([&] { return get("/readyz").status == 200; }));
  EXPECT_EQ(httplib::Client(server_->url()).Get("/metrics")->status, 200);
  nats_.kill();
  EXPECT_TRUE(eventually([&] { return get("/readyz").status == 503; }));
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(submit("accepted").status, 201) << "what can be made durable is accepted";
}

TEST_F(ApiTest, WorkflowsAreListedAndShown) {
  EXPECT_EQ(get("/v1/workflows").body["items"].size(), 1U);
  EXPECT_EQ(get("/v1/workflows/test/flow").body["items"][0]["version"], "1.0.0");
  EXPECT_NE(get("/v1/workflows/test/flow/1.0.0").body["source"].get<std::string>().find("shop.first"),
            std::string::npos);
  EXPECT_EQ(get("/v1/workflows/test/none").status, 404);
  EXPECT_EQ(get("/v1/workflows/test/flow/9.0.0").status, 404);
}

TEST_F(ApiTest, TwoThousandWaitersCostNoThreads) {
  submit("one");
  constexpr int kWaiters = 2'000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  ASSERT_GT(files.rlim_cur, 2U * kWaiters + 200) << "this test needs that many descriptors";
  const int port = std::stoi(server_->url().substr(server_->url().rfind(':') + 1));
  std::vector<int> sockets;
  const std::string request = "GET /v1/sagas/one?wait=60s HTTP/1.1\r\nHost: x\r\n\r\n";
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  for (int i = 0; i < kWaiters; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    ASSERT_EQ(::write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
    sockets.push_back(fd);
  }
  // Half of them leave; the others are answered when it ends.
  for (int i = 0; i < kWaiters; i += 2) ::close(sockets[static_cast<std::size_t>(i)]);
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(post("/v1/sagas/one/cancel", {{"reason", "enough"}}).status, 200);
  int answered = 0;
  for (int i = 1; i < kWaiters; i += 2) {
    const int fd = sockets[static_cast<std::size_t>(i)];
    timeval patience{20, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    char buffer[4096];
    const ssize_t size = ::read(fd, buffer, sizeof(buffer));
    if (size > 0 &&
        std::string_view(buffer, static_cast<std::size_t>(size)).find("\"cancelled\"") != std::string_view::npos)
      ++answered;
    ::close(fd);
  }
  EXPECT_EQ(answered, kWaiters / 2);
}

TEST_F(ApiWithToken, EverythingButHealthNeedsIt) {
  EXPECT_EQ(get("/v1/sagas").status, 401);
  EXPECT_EQ(get("/metrics").status, 401);
  EXPECT_EQ(post("/v1/backup", {{"dir", folder_ + "-backup"}}).status, 401);
  EXPECT_EQ(get("/healthz").status, 200);
  httplib::Client client(server_->url());
  client.set_bearer_token_auth("wrong");
  EXPECT_EQ(client.Get("/v1/sagas")->status, 401);
  client.set_bearer_token_auth("secret");
  EXPECT_EQ(client.Get("/v1/sagas")->status, 200);
}

TEST_F(ApiTest, RefusesAnAddressThatIsTakenOrNone) {
  api::ServerOptions options;
  options.address = "nonsense";
  EXPECT_EQ(api::Server::start(*engine_, options).error().code, "bad-address");
  options.address = server_->url().substr(7);
  EXPECT_EQ(api::Server::start(*engine_, options).error().code, "address-taken");
}

}  // namespace
}  // namespace skald::runtime
