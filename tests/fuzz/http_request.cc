// Requests at the engine's door. Input: "METHOD TARGET", the Accept header and the body, on lines of their own.

#include <deque>

#include "engine/api/request.h"
#include "engine/api/router.h"
#include "tests/fuzz/idle_engine.h"
#include "tests/fuzz/target.h"

namespace skald::fuzz {
namespace {

// Keeps what it is asked to do for later, as a connection's thread would.
class Exchange final : public api::Exchange {
 public:
  explicit Exchange(api::Request request) : request_(std::move(request)) {}

  const api::Request& request() const override { return request_; }
  void respond(api::Response response) override {
    SKALD_CHECK(++answers_ == 1, "a request is answered once");
    SKALD_CHECK(response.status >= 200 && response.status < 600, "an answer has a status");
    const bool json = response.content_type.find("json") != std::string::npos;
    SKALD_CHECK(!json || parse_json(response.body), "an answer of JSON is JSON");
  }
  void begin_stream(std::string) override { SKALD_CHECK(++answers_ == 1, "a request is answered once"); }
  void write(std::string, std::function<void()> written) override { jobs_.push_back(std::move(written)); }
  void end_stream() override {}
  void on_done(std::function<void()> done) override { done_ = std::move(done); }
  void post(std::function<void()> job) override { jobs_.push_back(std::move(job)); }
  void post_apart(std::function<void()> job) override { jobs_.push_back(std::move(job)); }
  void after(Millis delay, std::function<void()> job) override {
    SKALD_CHECK(delay >= Millis(0), "time runs forward");
    jobs_.push_back(std::move(job));
  }

  void finish() {
    constexpr int kMostJobs = 1'000;
    for (int i = 0; i < kMostJobs && !jobs_.empty(); ++i) {
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      job();
    }
    SKALD_CHECK(answers_ == 1, "a request is answered");
    if (done_) done_();
    jobs_.clear();
    done_ = nullptr;
  }

 private:
  const api::Request request_;
  std::deque<std::function<void()>> jobs_;
  std::function<void()> done_;
  int answers_ = 0;
};

}  // namespace
}  // namespace skald::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  namespace http = boost::beast::http;
  static const api::Router router = api::make_router();
  static fuzz::IdleEngine engine;

  std::string_view rest = fuzz::text_of(data, size);
  const auto line = [&rest] {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view found = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return found;
  };
  const std::string_view first = line();
  const std::string_view accept = line();
  const std::size_t space = std::min(first.find(' '), first.size());
  http::request<http::string_body> raw;
  raw.method_string(std::string(first.substr(0, space)));
  raw.target(std::string(first.substr(std::min(space + 1, first.size()))));
  raw.set(http::field::accept, std::string(accept));
  raw.body() = std::string(rest);
  const auto exchange = std::make_shared<fuzz::Exchange>(api::request_of(std::move(raw)));
  router.serve(exchange, engine, "");
  exchange->finish();
  return 0;
}
