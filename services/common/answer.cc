#include "services/common/answer.h"

namespace skald::services {
namespace {

int status_of(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalid:
      // RFC draft-ietf-httpapi-idempotency-key-header: a key that comes back with another request is unprocessable.
      return error.code == "key-reused" ? 422 : 400;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kConflict:
      return 409;
    case ErrorKind::kForbidden:
      return 403;
    case ErrorKind::kTooLarge:
      return 413;
    case ErrorKind::kOverloaded:
      return 429;
    case ErrorKind::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 402:
      return "Payment declined";
    case 403:
      return "Forbidden";
    case 404:
      return "Not found";
    case 409:
      return "Conflict";
    case 413:
      return "Too large";
    case 422:
      return "Idempotency key used for another request";
    case 429:
      return "Too many requests";
    case 503:
      return "Try again";
    default:
      return "Internal error";
  }
}

}  // namespace

Answer problem(int status, std::string_view code, std::string_view detail) {
  Answer answer;
  answer.status = status;
  answer.body = {{"type", "urn:skald-store:" + std::string(code)},
                 {"title", title_of(status)},
                 {"status", status},
                 {"code", code},
                 {"detail", detail}};
  return answer;
}

Answer problem(const Error& error) {
  Answer answer = problem(status_of(error), error.code, error.message);
  answer.final = false;
  if (answer.status == 503) answer.retry_after_s = 1;
  return answer;
}

}  // namespace skald::services
