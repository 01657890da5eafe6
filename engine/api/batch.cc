// POST /v1/sagas/batch: many submissions in one request, JSON Lines in and out. Each line stands for itself: the answer
// has one line for each, in their order, that says what became of it.

#include <fmt/format.h>

#include <atomic>

#include "engine/api/problems.h"
#include "engine/api/router.h"
#include "engine/api/submission.h"

namespace skald::api {
namespace {

constexpr std::size_t kMaxLines = 1'000;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// The answers as they come; the last one sends them all.
class Batch {
 public:
  Batch(ExchangePtr exchange, std::size_t lines) : exchange_(std::move(exchange)), answers_(lines), open_(lines) {}

  void settle(std::size_t line, const Result<runtime::Submitted>& submitted) {
    answers_[line] = submitted ? to_json(Value{{"status", submitted->created ? 201 : 200},
                                               {"id", submitted->id.str()},
                                               {"run", submitted->run.str()}})
                               : problem(submitted.error()).body;
    if (--open_ == 0) send();
  }

 private:
  void send() {
    Response response;
    response.content_type = "application/x-ndjson";
    for (const std::string& answer : answers_) response.body += answer + "\n";
    exchange_->respond(std::move(response));
  }

  const ExchangePtr exchange_;
  std::vector<std::string> answers_;  // each is written by one thread, before it counts itself out
  std::atomic<std::size_t> open_;
};

void submit_batch(const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
  const auto lines = lines_of(exchange->request().body);
  if (lines.empty()) return exchange->respond(problem(400, "bad-json", "the body must be submissions, one a line"));
  if (lines.size() > kMaxLines) {
    return exchange->respond(
        problem(413, "too-many-lines", fmt::format("a batch may have {} lines; send the rest in another", kMaxLines)));
  }
  const auto batch = std::make_shared<Batch>(exchange, lines.size());  // shared: its submissions settle it
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto submission = submission_of(lines[i]);
    if (!submission) {
      batch->settle(i, fail(submission.error()));
      continue;
    }
    engine.submit(*std::move(submission),
                  [batch, i](const Result<runtime::Submitted>& submitted) { batch->settle(i, submitted); });
  }
}

}  // namespace

void add_batch(Router& router) { router.add("POST", "/v1/sagas/batch", submit_batch); }

}  // namespace skald::api
