#pragma once

// The door over real sockets, before a real engine that runs `test/flow`: one step, `shop.first`.

#include <httplib.h>

#include "engine/api/server.h"
#include "tests/runtime/engine_fixture.h"

namespace skald::runtime {

class ApiTest : public EngineTest {
 protected:
  void SetUp() override {
    serve();
    deploy("  - first: { call: shop.first }\n");
  }
  void serve() {
    start_engine();
    serve_over(*engine_);
  }
  // Puts the door before another engine, which must outlive it.
  void serve_over(Engine& engine) {
    if (server_) {
      server_->stop();
      former_.push_back(std::move(server_));
    }
    api::ServerOptions options;
    options.address = "127.0.0.1:0";
    options.token = token_;
    options.max_body = 512 * 1024;
    options.idle = idle_;
    auto server = api::Server::start(engine, options);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  void stop_serving() {
    server_->stop();
    stop_engine();
    server_.reset();
    former_.clear();
  }
  void TearDown() override { stop_serving(); }

  struct Answer {
    int status = 0;
    std::string type;
    Value body;
  };
  Answer answer(const httplib::Result& result) const {
    if (!result) return {};
    return {result->status, result->get_header_value("Content-Type"), Value::parse(result->body, nullptr, false)};
  }
  // The library's own five seconds are short on a busy machine, or under a sanitizer.
  httplib::Client patient_client() const {
    httplib::Client client(server_->url());
    client.set_read_timeout(std::chrono::seconds(60));
    return client;
  }
  Answer get(const std::string& path) const { return answer(patient_client().Get(path.c_str())); }
  Answer post(const std::string& path, const Value& body) const { return post_text(path, body.dump()); }
  Answer post_text(const std::string& path, const std::string& body) const {
    return answer(patient_client().Post(path.c_str(), body, "application/json"));
  }
  Answer submit(const std::string& id, const Value& input = Value::object()) const {
    return post("/v1/sagas", {{"workflow", "test/flow"}, {"id", id}, {"input", input}});
  }

  std::string token_;
  Millis idle_{60'000};
  std::unique_ptr<api::Server> server_;
  std::vector<std::unique_ptr<api::Server>> former_;  // until the engine, which may hold exchanges of theirs, stops
};

}  // namespace skald::runtime
