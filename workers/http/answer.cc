#include "workers/http/answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/wire/codec.h"

namespace skald::workers::http {
namespace {

constexpr std::string_view kErrors = "https://serverlessworkflow.io/spec/1.0.0/errors/";
constexpr std::size_t kMaxDetail = 1'000;
constexpr std::size_t kMaxErrorContent = 16 * 1024;
// They hold what nobody should read in a history.
constexpr std::string_view kSecretHeaders[] = {"Authorization", "Cookie", "Proxy-Authorization"};

std::string type(std::string_view name) { return std::string(kErrors) + std::string(name); }

bool is_utf8(const std::string& text) {
  try {
    (void)Value(text).dump();
    return true;
  } catch (const Value::exception&) {
    return false;
  }
}

// JSON or text; bytes that are neither in base64.
Value decoded(const HttpReply& reply) {
  Value content = content_of(reply);
  if (content.is_string() && !is_utf8(reply.body)) return to_base64(reply.body);
  return content;
}

Value headers_of(const HttpReply& reply) {
  Value headers = Value::object();
  for (const auto& [name, value] : reply.headers) {
    if (!is_utf8(value)) continue;
    Value& text = headers[header_name(name)];
    text = text.is_null() ? value : text.get<std::string>() + ", " + value;
  }
  return headers;
}

Value output_of(const Course& course) {
  const HttpReply& reply = course.reply;
  if (course.asked.output == Output::kContent) return decoded(reply);
  if (course.asked.output == Output::kRaw) return to_base64(reply.body);
  Value sent = Value::object();
  for (const auto& [name, value] : course.asked.headers) {
    const bool secret =
        std::find(std::begin(kSecretHeaders), std::end(kSecretHeaders), name) != std::end(kSecretHeaders);
    if (!secret) sent[name] = value;
  }
  return {{"request", {{"method", course.asked.method}, {"uri", course.asked.uri.text()}, {"headers", sent}}},
          {"statusCode", reply.status},
          {"headers", headers_of(reply)},
          {"content", decoded(reply)}};
}

// Not in the middle of a character.
std::string cut(const std::string& text) {
  std::size_t size = std::min(text.size(), kMaxDetail);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

// What the service says of it: of a problem document its detail, of other JSON its message, else the text.
std::string detail_of(const Value& content) {
  if (content.is_string()) return cut(content.get<std::string>());
  for (const char* member : {"detail", "message", "error", "title"}) {
    const auto at = content.is_object() ? content.find(member) : content.end();
    if (at != content.end() && at->is_string()) return cut(at->get<std::string>());
  }
  return content.is_null() ? "" : cut(to_json(content));
}

Value error_of(const HttpReply& reply) {
  if (reply.status == 0) {
    return {{"type", type("communication")},
            {"status", reply.refused ? 503 : 504},
            {"title", reply.refused ? "Host not reached" : "No answer from the host"},
            {"detail", reply.failure}};
  }
  Value error = {{"type", type("communication")},
                 {"status", reply.status},
                 {"title", fmt::format("The host answered {}", reply.status)}};
  const Value content = decoded(reply);
  if (std::string detail = detail_of(content); !detail.empty()) error["detail"] = std::move(detail);
  if (!content.is_null() && reply.body.size() <= kMaxErrorContent) error["content"] = content;
  return error;
}

Answer too_large() {
  return Answer::unknown({{"type", type("communication")},
                          {"status", 413},
                          {"title", "The host's answer is too large"},
                          {"code", "payload-too-large"},
                          {"detail", fmt::format("an output has at most {} bytes", wire::kMaxPayloadBytes)}});
}

}  // namespace

Answer answer_of(const Course& course) {
  const HttpReply& reply = course.reply;
  if (!course.not_followed.code.empty()) {
    Answer answer = refusal(course.not_followed);
    if (course.effect_behind) answer.outcome = wire::Outcome::kUnknown;
    return answer;
  }
  Answer answer;
  const bool redirected = course.asked.redirect && reply.status >= 300 && reply.status < 400;
  answer.outcome = redirected ? wire::Outcome::kCompleted : usual_outcome(reply);
  if (answer.outcome == wire::Outcome::kCompleted) {
    if (reply.too_large) return too_large();
    answer.output = Payload(output_of(course));
    return answer.output.size() > wire::kMaxPayloadBytes ? too_large() : answer;
  }
  if (course.effect_behind) answer.outcome = wire::Outcome::kUnknown;
  answer.error = Payload(error_of(reply));
  answer.retry_after = retry_after_of(reply);
  return answer;
}

Answer refusal(const Error& error) {
  const bool forbidden = error.kind == ErrorKind::kForbidden;
  const bool expression = error.code == "bad-variable";
  return Answer::rejected({{"type", type(forbidden ? "authorization" : (expression ? "expression" : "validation"))},
                           {"status", forbidden ? 403 : 400},
                           {"title", "The call was not made"},
                           {"code", error.code},
                           {"detail", error.message}});
}

}  // namespace skald::workers::http
