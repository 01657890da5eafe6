#include "cli/client.h"

#include <fmt/format.h>
#include <httplib.h>

#include <optional>
#include <sstream>

namespace skald::cli {
namespace {

ErrorKind kind_of(int status) {
  switch (status) {
    case 400:
    case 405:
      return ErrorKind::kInvalid;
    case 401:
      return ErrorKind::kForbidden;
    case 404:
      return ErrorKind::kNotFound;
    case 409:
      return ErrorKind::kConflict;
    case 413:
      return ErrorKind::kTooLarge;
    case 429:
      return ErrorKind::kOverloaded;
    case 502:
    case 503:
      return ErrorKind::kUnavailable;
    case 504:
      return ErrorKind::kTimeout;
    default:
      return ErrorKind::kInternal;
  }
}

// An answer of 500 says in its code whether what is stored is at fault.
bool is_damage(const std::string& code) {
  return code.rfind("damaged-", 0) == 0 || code == "unreadable-log" || code == "log-lost";
}

constexpr std::string_view kProblem = "\"urn:skald:problem:";

// What the last line of a stream that could not go on says; none where it is not that.
std::optional<Error> problem_in(std::string_view text) {
  const auto line = parse_json(text);
  if (!line || !line->is_object() || !line->contains("type") || !(*line)["type"].is_string()) return std::nullopt;
  if (line->value("type", "").rfind(kProblem.substr(1), 0) != 0) return std::nullopt;
  return Client::error_of(line->value("status", 500), *line);
}

httplib::Client connect(const Client::Options& options, Millis extra) {
  httplib::Client client(options.server);
  client.set_connection_timeout(options.timeout);
  client.set_read_timeout(options.timeout + extra);
  client.set_tcp_nodelay(true);
  if (!options.token.empty()) client.set_bearer_token_auth(options.token.c_str());
  return client;
}

Error unreachable(const Client::Options& options, httplib::Error error) {
  if (error == httplib::Error::Read || error == httplib::Error::Write) {
    return make_error(ErrorKind::kUnreachable, "connection-lost",
                      fmt::format("the server at {} went away or did not answer in time", options.server));
  }
  return make_error(ErrorKind::kUnreachable, "unreachable",
                    fmt::format("cannot reach the server at {} ({}); start one with `skald dev`, or name it with "
                                "--server or SKALD_SERVER",
                                options.server, httplib::to_string(error)));
}

Result<Value> answer(const Client::Options& options, const httplib::Result& result) {
  if (!result) return fail(unreachable(options, result.error()));
  if (result->status >= 300) return fail(Client::error_of(result->status, Value::parse(result->body, nullptr, false)));
  return parse_json(result->body);
}

}  // namespace

Error Client::error_of(int status, const Value& problem, const std::string& where) {
  if (!problem.is_object()) {
    return make_error(kind_of(status), "bad-answer", fmt::format("{}the server answered {}", where, status));
  }
  const std::string code = problem.value("code", "error");
  return make_error(is_damage(code) ? ErrorKind::kDamaged : kind_of(status), code,
                    where + problem.value("detail", "no reason given"));
}

Result<std::vector<Value>> Client::post_lines(const std::string& path, const std::string& body) const {
  const auto result = connect(options_, Millis(0)).Post(path.c_str(), body, "application/x-ndjson");
  if (!result) return fail(unreachable(options_, result.error()));
  if (result->status >= 300) return fail(error_of(result->status, Value::parse(result->body, nullptr, false)));
  std::vector<Value> lines;
  std::istringstream in(result->body);
  for (std::string line; std::getline(in, line);) {
    SKALD_ASSIGN(Value value, parse_json(line));
    lines.push_back(std::move(value));
  }
  return lines;
}

Result<Value> Client::get(const std::string& path, Millis extra) const {
  return answer(options_, connect(options_, extra).Get(path.c_str()));
}

Result<Value> Client::post(const std::string& path, const Value& body, Millis extra) const {
  return post_text(path, to_json(body), "application/json", extra);
}

Result<Value> Client::post_text(const std::string& path, const std::string& body, const std::string& content_type,
                                Millis extra) const {
  return answer(options_, connect(options_, extra).Post(path.c_str(), body, content_type.c_str()));
}

Status Client::lines(const std::string& path, const std::function<bool(const Value&)>& line, Millis quiet) const {
  const auto parsed = [&line](std::string_view text) {
    const auto event = parse_json(text);
    return !event || line(*event);
  };
  return raw_lines(path, parsed, quiet);
}

Status Client::raw_lines(const std::string& path, const std::function<bool(std::string_view)>& line,
                         Millis quiet) const {
  auto client = connect(options_, quiet);
  std::string rest;
  int status = 200;
  bool wanted = true;
  std::optional<Error> broken;
  const auto result = client.Get(
      path.c_str(), {{"Accept", "application/x-ndjson"}},
      [&status](const httplib::Response& response) {
        status = response.status;
        return true;
      },
      [&](const char* data, std::size_t size) {
        rest.append(data, size);
        if (status >= 300) return true;
        std::size_t begin = 0;
        for (std::size_t end = 0; wanted && (end = rest.find('\n', begin)) != std::string::npos; begin = end + 1) {
          const std::string_view text = std::string_view(rest).substr(begin, end - begin);
          if (text.find(kProblem) != std::string_view::npos) broken = problem_in(text);
          if (broken) return false;
          wanted = line(text);
        }
        rest.erase(0, begin);
        return wanted;
      });
  if (broken) return fail(*broken);
  if (status >= 300) return fail(error_of(status, Value::parse(rest, nullptr, false)));
  if (!result && wanted) return fail(unreachable(options_, result.error()));
  return {};
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~' || c == ':';
    if (plain) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace skald::cli
