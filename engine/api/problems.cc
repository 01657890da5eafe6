#include "engine/api/problems.h"

namespace skald::api {
namespace {

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not found";
    case 405:
      return "Method not allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Too large";
    case 429:
      return "Too many requests";
    case 501:
      return "Not implemented";
    case 502:
      return "Bad gateway";
    case 503:
      return "Unavailable";
    case 504:
      return "Timeout";
    default:
      return "Internal error";
  }
}

}  // namespace

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return 400;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kUnreachable:
      return 502;
    case ErrorKind::kConflict:
      return 409;
    case ErrorKind::kForbidden:
      return 401;
    case ErrorKind::kTooLarge:
      return 413;
    case ErrorKind::kOverloaded:
      return 429;
    case ErrorKind::kUnavailable:
      return 503;
    case ErrorKind::kTimeout:
      return 504;
    case ErrorKind::kDamaged:
    case ErrorKind::kIo:
    case ErrorKind::kInternal:
      break;
  }
  return 500;
}

Response problem(int status, std::string_view code, std::string_view detail) {
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = to_json(Value{{"type", "urn:skald:problem:" + std::string(code)},
                                {"title", title_of(status)},
                                {"status", status},
                                {"detail", detail},
                                {"code", code}});
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

Response problem(const Error& error) { return problem(status_of(error.kind), error.code, error.message); }

Response json_response(int status, const Value& body) {
  Response response;
  response.status = status;
  response.body = to_json(body);
  return response;
}

}  // namespace skald::api
