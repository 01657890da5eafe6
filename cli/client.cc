#include "cli/client.h"

#include <fmt/format.h>
#include <httplib.h>

#include <csignal>
#include <optional>
#include <sstream>

#include "engine/api/server.h"

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
  httplib::Client client(options.server.substr(0, options.server.find_last_not_of('/') + 1));
  client.set_connection_timeout(options.timeout);
  client.set_read_timeout(options.timeout + extra);
  client.set_tcp_nodelay(true);
  if (!options.token.empty()) client.set_bearer_token_auth(options.token.c_str());
  return client;
}

// While it lives, a write to a connection that the other side has closed fails, and does not end the process. Standard
// output keeps its way of ending it.
class NoBrokenPipe {
 public:
  NoBrokenPipe() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  ~NoBrokenPipe() { std::signal(SIGPIPE, before_); }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  void (*const before_)(int);
};

std::string words_of(httplib::Error error) {
  if (error == httplib::Error::Connection) return "no such host, or nobody listens there";
  if (error == httplib::Error::SSLConnection) return "no TLS connection";
  return httplib::to_string(error);
}

Error unreachable(const Client::Options& options, httplib::Error error) {
  if (error == httplib::Error::Read || error == httplib::Error::Write) {
    return make_error(ErrorKind::kUnreachable, "connection-lost",
                      fmt::format("the server at {} went away or did not answer in time", options.server));
  }
  return make_error(ErrorKind::kUnreachable, "unreachable",
                    fmt::format("cannot reach the server at {} ({}); start one with `skald dev`, or name it with "
                                "--server or SKALD_SERVER",
                                options.server, words_of(error)));
}

Error no_engine(const Client::Options& options) {
  return make_error(
      ErrorKind::kUnreachable, "no-engine",
      fmt::format("what answers at {} is no Skald engine; name one with --server or SKALD_SERVER", options.server));
}

// Of an answer to a request with so large a body.
Status check_answer(const Client::Options& options, const httplib::Result& result, std::size_t body = 0) {
  const bool cut = result.error() == httplib::Error::Write || result.error() == httplib::Error::Read;
  if (!result && cut && body > api::kMaxBody) {
    return fail(ErrorKind::kTooLarge, "body-too-large",
                fmt::format("the server at {} did not take a request of {} bytes; an engine takes {}", options.server,
                            body, api::kMaxBody));
  }
  if (!result) return fail(unreachable(options, result.error()));
  if (options.engine && !result->has_header(api::kEngineHeader)) return fail(no_engine(options));
  return {};
}

Result<Value> answer(const Client::Options& options, const httplib::Result& result, std::size_t body = 0) {
  SKALD_TRY(check_answer(options, result, body));
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
  const NoBrokenPipe here;
  const auto result = connect(options_, Millis(0)).Post(path.c_str(), body, "application/x-ndjson");
  SKALD_TRY(check_answer(options_, result, body.size()));
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
  const NoBrokenPipe here;
  return answer(options_, connect(options_, extra).Post(path.c_str(), body, content_type.c_str()), body.size());
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
  bool engine = true;
  std::optional<Error> broken;
  const auto result = client.Get(
      path.c_str(), {{"Accept", "application/x-ndjson"}},
      [&](const httplib::Response& response) {
        status = response.status;
        engine = !options_.engine || response.has_header(api::kEngineHeader);
        return engine;
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
  if (!engine) return fail(no_engine(options_));
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
