#include "workers/http/caller.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/base/log.h"

namespace skald::workers::http {
namespace {

using std::chrono::steady_clock;

constexpr Millis kLeastHandBack{200};
constexpr Millis kLeastTimeout{1};

bool has_effect(const std::string& method) { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string location_of(const HttpReply& reply) {
  for (const auto& [name, value] : reply.headers) {
    if (header_name(name) == "Location") return value;
  }
  return {};
}

HttpReply held_back(const Call& call) {
  HttpReply reply;
  reply.refused = true;
  reply.failure = fmt::format("{} {}: held back, its breaker is open", call.method, call.uri.origin());
  return reply;
}

}  // namespace

Result<std::unique_ptr<Caller>> Caller::make(const Options& options, const Clock& clock, Deadlines& deadlines) {
  SKALD_ASSIGN(AllowedHosts allowed, AllowedHosts::parse(options.allow_hosts));
  return std::unique_ptr<Caller>(new Caller(std::move(allowed), options.ca_file, clock, deadlines));
}

Status Caller::check(const Uri& uri) const {
  if (allowed_.allows(uri)) return {};
  return fail(ErrorKind::kForbidden, "host-not-allowed",
              fmt::format("this worker may not call {}; --allow-host names those that it may", uri.origin()));
}

HttpReply Caller::ask(Hosts::Lease& lease, const Call& call, Millis timeout) const {
  HttpRequest request;
  request.method = call.method;
  request.path = call.uri.target;
  request.headers = call.headers;
  request.body = call.body;
  request.timeout = std::max(timeout, kLeastTimeout);
  HttpReply reply = lease.call(request);
  const std::string before = lease.breaker().state();
  const bool turns = reply.status >= 300 && reply.status < 400;
  lease.breaker().report(turns || is_healthy(reply, usual_outcome(reply)));
  const std::string after = lease.breaker().state();
  if (before != after) logger("http")->warn("breaker host={} from={} to={}", call.uri.origin(), before, after);
  return reply;
}

bool Caller::turn(Course& course, int redirects) const {
  Call& call = course.asked;
  const std::string location = location_of(course.reply);
  if (!call.redirect || !is_redirect(course.reply.status) || location.empty()) return false;
  // RFC 9110, 15.4: 303 asks to look at another place; so does, as all clients have it, 301 or 302 for a POST.
  const int status = course.reply.status;
  const bool looks = (status == 303 && call.method != "HEAD") || (status < 303 && call.method == "POST");
  if (looks) {
    course.effect_behind = course.effect_behind || has_effect(call.method);
    call.method = "GET";
    call.body.reset();
    call.headers.erase("Content-Type");
  }
  const auto next = [&]() -> Result<Uri> {
    if (redirects >= kMaxRedirects) {
      return fail(ErrorKind::kInvalid, "too-many-redirects", fmt::format("more than {} redirects", kMaxRedirects));
    }
    SKALD_ASSIGN(Uri uri, resolve(call.uri, location));
    SKALD_TRY(check(uri));
    if (call.uri.scheme == "https" && uri.scheme != "https") {
      return fail(ErrorKind::kInvalid, "insecure-redirect", "an https address redirects to an http one");
    }
    return uri;
  }();
  if (!next) {
    course.not_followed = next.error();
    return false;
  }
  if (next->origin() != call.uri.origin()) {
    for (const char* secret : {"Authorization", "Cookie"}) call.headers.erase(secret);
  }
  call.uri = *next;
  return true;
}

Answer Caller::perform(const Task& task) {
  const auto until = steady_clock::now() + task.message.timeout.value_or(kDefaultTimeout);
  auto call = read_call(task.message.input.value());
  if (!call) return refusal(call.error());
  if (const Status allowed = check(call->uri); !allowed) return refusal(allowed.error());
  call->headers.emplace("Idempotency-Key", task.message.key);
  call->headers.emplace("User-Agent", "skald");
  if (!task.traceparent.empty()) call->headers["Traceparent"] = task.traceparent;
  Course course;
  course.asked = *std::move(call);
  for (int redirects = 0;; ++redirects) {
    Hosts::Lease lease(hosts_, course.asked.uri.origin());
    if (lease.breaker().enter()) {
      course.reply = ask(lease, course.asked, std::chrono::duration_cast<Millis>(until - steady_clock::now()));
    } else if (redirects == 0) {
      return Answer::later(std::max(lease.breaker().wait(), kLeastHandBack));
    } else {
      course.reply = held_back(course.asked);
    }
    if (!turn(course, redirects)) return answer_of(course);
  }
}

}  // namespace skald::workers::http
