// Answers that send a call elsewhere: what is followed, with what, and how far.

#include <atomic>

#include "tests/workers/http/caller_fixture.h"
#include "tests/workers/http/tls_server.h"

namespace skald::workers::http {
namespace {

// A second server, elsewhere.
class HttpRedirects : public HttpCaller {
 protected:
  HttpRedirects() {
    other_port_ = other_.bind_to_any_port("127.0.0.1");
    other_serving_ = std::thread([this] { other_.listen_after_bind(); });
    while (!other_.is_running()) std::this_thread::yield();  // a stop before that would be lost
  }
  ~HttpRedirects() override {
    caller_.reset();
    other_.stop();
    other_serving_.join();
  }
  std::string elsewhere(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(other_port_) + path;
  }
  void redirect(const std::string& from, int status, const std::string& to) {
    const auto answer = [=](const httplib::Request&, httplib::Response& response) {
      response.set_redirect(to, status);
    };
    server_.Get(from, answer);
    server_.Post(from, answer);
  }
  Answer follow(const std::string& path, Value more = Value::object()) {
    more["endpoint"] = Value{{"uri", url(path)}, {"authentication", {{"bearer", {{"token", "t"}}}}}};
    more["redirect"] = true;
    return call(more);
  }

  httplib::Server other_;
  std::thread other_serving_;
  int other_port_ = 0;
};

TEST_F(HttpRedirects, AreErrorsUnlessTheyAreWanted) {
  redirect("/old", 302, "/new");
  const Answer answer = get("/old");
  EXPECT_EQ(answer.outcome, wire::Outcome::kUnknown);
  EXPECT_EQ(answer.error.value()["status"], 302);
}

TEST_F(HttpRedirects, AreFollowedWithoutTheSecretsToAnotherOrigin) {
  redirect("/old", 302, "new");
  redirect("/new", 307, elsewhere("/there"));
  httplib::Request seen;
  other_.Get("/there", [&](const httplib::Request& request, httplib::Response& response) {
    seen = request;
    response.set_content("there", "text/plain");
  });
  const Answer answer = follow("/old", {{"output", "response"}});
  EXPECT_EQ(answer.output.value()["content"], "there") << answer.error.json();
  EXPECT_EQ(answer.output.value()["request"]["uri"], elsewhere("/there"));
  EXPECT_FALSE(seen.has_header("Authorization"));
  EXPECT_EQ(seen.get_header_value("Idempotency-Key"), "run:/do/0/a:1");
}

TEST_F(HttpRedirects, RepeatABodyOnlyWhereTheyMust) {
  redirect("/again", 308, elsewhere("/it"));
  redirect("/look", 303, elsewhere("/it"));
  std::string method, body;
  const auto keep = [&](const httplib::Request& request, httplib::Response&) {
    method = request.method;
    body = request.body;
  };
  other_.Get("/it", keep);
  other_.Post("/it", keep);
  EXPECT_EQ(follow("/again", {{"method", "post"}, {"body", 1}}).outcome, wire::Outcome::kCompleted);
  EXPECT_EQ(method + body, "POST1");
  EXPECT_EQ(follow("/look", {{"method", "post"}, {"body", 1}}).outcome, wire::Outcome::kCompleted);
  EXPECT_EQ(method + body, "GET");
}

TEST_F(HttpRedirects, ARefusalBehindAnEffectLeavesItUnknown) {
  redirect("/look", 303, elsewhere("/missing"));
  redirect("/again", 307, elsewhere("/missing"));
  EXPECT_EQ(follow("/look", {{"method", "post"}}).outcome, wire::Outcome::kUnknown) << "the POST was taken";
  EXPECT_EQ(follow("/again", {{"method", "post"}}).outcome, wire::Outcome::kRejected);
  EXPECT_EQ(follow("/look").outcome, wire::Outcome::kRejected) << "a GET has no effect";
}

TEST_F(HttpRedirects, HaveALimit) {
  redirect("/loop", 302, "/loop");
  const Answer answer = follow("/loop");
  EXPECT_EQ(answer.outcome, wire::Outcome::kRejected);
  EXPECT_EQ(answer.error.value()["code"], "too-many-redirects");
}

TEST_F(HttpRedirects, GoOnlyWhereTheWorkerMayGo) {
  std::atomic<int> calls{0};
  other_.Get("/inside", [&](const httplib::Request&, httplib::Response&) { ++calls; });
  redirect("/out", 302, elsewhere("/inside"));
  redirect("/file", 302, "file:///etc/passwd");
  Options options;
  options.allow_hosts = {"127.0.0.1:" + std::to_string(port_)};
  use(options);
  EXPECT_EQ(follow("/out").error.value()["code"], "host-not-allowed");
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(follow("/file").error.value()["code"], "bad-uri");
}

TEST_F(HttpCaller, DoesNotFollowFromHttpsToHttp) {
  testing::TlsServer tls("localhost");
  tls.redirect_to(url("/it"));
  std::atomic<int> calls{0};
  server_.Get("/it", [&](const httplib::Request&, httplib::Response&) { ++calls; });
  Options options;
  options.ca_file = tls.certificate();
  use(options);
  const Answer answer = call({{"endpoint", tls.url("localhost")}, {"redirect", true}});
  EXPECT_EQ(answer.error.value()["code"], "insecure-redirect") << answer.error.json();
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace skald::workers::http
