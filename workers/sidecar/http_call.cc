#include "workers/sidecar/http_call.h"

#include <fmt/format.h>

#include <charconv>

#include "engine/wire/codec.h"
#include "workers/sidecar/template.h"

namespace skald::workers {
namespace {

constexpr const char* kCommunication = "https://serverlessworkflow.io/spec/1.0.0/errors/communication";
constexpr std::size_t kMaxDetail = 1'000;
constexpr int kTooManyRequests = 429;

wire::Outcome outcome_of(const TaskConfig& config, const HttpReply& reply) {
  const auto chosen = config.statuses.find(reply.status);
  return chosen != config.statuses.end() ? chosen->second : usual_outcome(reply);
}

// The service's own problem document where it sent one.
Value error_of(const TaskConfig& config, const HttpReply& reply) {
  Value error = Value::object();
  if (reply.status != 0) {
    if (auto parsed = parse_json(reply.body); parsed && parsed->is_object()) {
      error = *std::move(parsed);
    } else if (!reply.body.empty()) {
      error["detail"] = reply.body.substr(0, kMaxDetail);
    }
  } else {
    error["detail"] = reply.failure;
    error["title"] = reply.refused ? "Service not reached" : "No answer from the service";
  }
  const auto chosen = config.errors.find(reply.status);
  if (chosen != config.errors.end()) {
    if (!chosen->second.type.empty()) error["type"] = chosen->second.type;
    if (!chosen->second.title.empty()) error["title"] = chosen->second.title;
  }
  if (!error.contains("type")) error["type"] = kCommunication;
  error["status"] = reply.status == 0 ? (reply.refused ? 503 : 504) : reply.status;
  if (!error.contains("title")) error["title"] = fmt::format("The service answered {}", reply.status);
  return error;
}

}  // namespace

wire::Outcome usual_outcome(const HttpReply& reply) {
  if (reply.status == 0) return reply.refused ? wire::Outcome::kFailed : wire::Outcome::kUnknown;
  if (reply.status >= 200 && reply.status < 300) return wire::Outcome::kCompleted;
  if (reply.status == kTooManyRequests || reply.status == 503) return wire::Outcome::kFailed;
  if (reply.status >= 400 && reply.status < 500 && reply.status != 408) return wire::Outcome::kRejected;
  return wire::Outcome::kUnknown;
}

std::optional<Millis> retry_after_of(const HttpReply& reply) {
  const std::string& text = reply.retry_after;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool good = error == std::errc() && end == text.data() + text.size() && seconds >= 0 && seconds <= 86'400;
  return good ? std::optional(Millis(seconds * 1'000)) : std::nullopt;
}

// A service that answers 429, or says with Retry-After when to come again, does its work: it speaks of this request (a
// card whose bank is away, stock that is reserved), and the retry keeps to what it says. To hold the others back would
// keep away the very one that clears the way.
bool is_healthy(const HttpReply& reply, wire::Outcome outcome) {
  return outcome == wire::Outcome::kCompleted || outcome == wire::Outcome::kRejected ||
         reply.status == kTooManyRequests || retry_after_of(reply).has_value();
}

Value content_of(const HttpReply& reply) {
  if (reply.body.empty()) return nullptr;
  if (auto parsed = parse_json(reply.body)) return *std::move(parsed);
  return reply.body;
}

Result<HttpRequest> request_of(const TaskConfig& config, const Task& task) {
  const Value input = task.message.input.value();
  HttpRequest request;
  request.method = config.method;
  SKALD_ASSIGN(request.path, fill_path(config.path, input));
  request.headers = config.headers;
  request.headers["Idempotency-Key"] = task.message.key;
  if (!task.traceparent.empty()) request.headers["traceparent"] = task.traceparent;
  request.timeout = task.message.timeout ? std::min(config.timeout, *task.message.timeout) : config.timeout;
  if (config.body) {
    SKALD_ASSIGN(const Value body, fill_body(*config.body, input));
    request.body = to_json(body);
  } else if (config.method != "GET" && config.method != "DELETE") {
    request.body = to_json(input);
  }
  if (request.body) request.headers["Content-Type"] = "application/json";
  return request;
}

Answer answer_of(const TaskConfig& config, const HttpReply& reply) {
  Answer answer;
  answer.outcome = outcome_of(config, reply);
  if (answer.outcome == wire::Outcome::kCompleted) {
    if (reply.too_large || reply.body.size() > wire::kMaxPayloadBytes) {
      return Answer::unknown({{"type", "urn:skald:error:payload-too-large"},
                              {"status", 413},
                              {"title", "The service's answer is larger than 256 KiB"}});
    }
    answer.output = Payload(content_of(reply));
    return answer;
  }
  answer.error = Payload(error_of(config, reply));
  answer.retry_after = retry_after_of(reply);
  return answer;
}

}  // namespace skald::workers
