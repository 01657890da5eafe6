#include "workers/http/call.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "engine/base/hash.h"
#include "workers/sidecar/template.h"

namespace skald::workers::http {
namespace {

constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
// They frame the message, or name whom it is for: the worker's to set.
constexpr std::string_view kOurHeaders[] = {"Connection", "Content-Length",    "Expect",  "Host",      "Te",
                                            "Trailer",    "Transfer-Encoding", "Upgrade", "Keep-Alive"};
constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kHeaderMarks = "!#$%&'*+-.^_`|~";

tl::unexpected<Error> bad(std::string_view code, std::string message) {
  return fail(ErrorKind::kInvalid, code, std::move(message));
}

Status check_members(const Value& object, std::string_view what, std::initializer_list<std::string_view> known) {
  for (const auto& [name, ignored] : object.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return bad("bad-call", fmt::format("{} has no '{}'; it has {}", what, name, fmt::join(known, ", ")));
    }
  }
  return {};
}

// A member that is there and not null; null: none.
const Value* member(const Value& object, const char* name) {
  const auto at = object.find(name);
  return at == object.end() || at->is_null() ? nullptr : &*at;
}

// A member that is text; `what` names it to people.
Result<std::string> text_of(const Value& object, const char* name, std::string_view what) {
  const Value* text = member(object, name);
  if (text == nullptr || !text->is_string()) return bad("bad-call", fmt::format("{} is missing, or no text", what));
  return text->get<std::string>();
}

Result<std::string> plain(const Value& value, std::string_view what) {
  if (value.is_structured() || value.is_null()) {
    return bad("bad-call", fmt::format("{} is neither text, a number nor a truth value", what));
  }
  return value.is_string() ? value.get<std::string>() : to_json(value);
}

// "a=1&b=x%20y"; a list is its name several times, null is left out.
Result<std::string> encoded_pairs(const Value& pairs, std::string_view what) {
  std::string text;
  for (const auto& [name, value] : pairs.items()) {
    const Value values = value.is_array() ? value : (value.is_null() ? Value::array() : Value::array({value}));
    for (const Value& each : values) {
      SKALD_ASSIGN(const std::string one, plain(each, fmt::format("{}.{}", what, name)));
      text += fmt::format("{}{}={}", text.empty() ? "" : "&", percent_encoded(name), percent_encoded(one));
    }
  }
  return text;
}

Result<std::string> authorization(const Value& authentication) {
  if (!authentication.is_object()) return bad("bad-call", "'authentication' is { basic: ... } or { bearer: ... }");
  for (const auto& [scheme, with] : authentication.items()) {
    if (!with.is_object() || with.contains("use")) continue;
    if (scheme == "basic") {
      SKALD_ASSIGN(const std::string user, text_of(with, "username", "'authentication.basic.username'"));
      SKALD_ASSIGN(const std::string password, text_of(with, "password", "'authentication.basic.password'"));
      return "Basic " + to_base64(fmt::format("{}:{}", user, password));
    }
    if (scheme == "bearer") {
      SKALD_ASSIGN(const std::string token, text_of(with, "token", "'authentication.bearer.token'"));
      return "Bearer " + token;
    }
  }
  const std::string scheme = authentication.empty() ? "" : authentication.begin().key();
  return bad("unsupported-authentication",
             fmt::format("authentication '{}' is not supported; write out basic: {{ username, password }} or bearer: "
                         "{{ token }}",
                         scheme));
}

Status add_header(Call& call, std::string_view name, const std::string& value) {
  const bool good_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kHeaderMarks.find(c) != std::string_view::npos;
  });
  const bool good_value = std::all_of(value.begin(), value.end(), [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  });
  const std::string spelled = header_name(name);
  if (!good_name || !good_value) {
    return bad("bad-header",
               fmt::format("the header '{}' cannot be sent: a {} with characters that may not stand there",
                           good_name ? name : "...", good_name ? "value" : "name"));
  }
  if (std::find(std::begin(kOurHeaders), std::end(kOurHeaders), spelled) != std::end(kOurHeaders)) {
    return bad("bad-header", fmt::format("the header '{}' is the worker's to set", spelled));
  }
  call.headers[spelled] = value;
  return {};
}

Status read_endpoint(const Value& input, Call& call) {
  const Value* given = member(input, "endpoint");
  if (given == nullptr) return bad("bad-call", "'endpoint' is missing");
  const Value endpoint = given->is_string() ? Value{{"uri", *given}} : *given;
  if (!endpoint.is_object()) return bad("bad-call", "'endpoint' is an address, or { uri, authentication }");
  SKALD_TRY(check_members(endpoint, "'endpoint'", {"uri", "authentication"}));
  SKALD_ASSIGN(const std::string pattern, text_of(endpoint, "uri", "'endpoint.uri'"));
  // Without them it is no template: what an expression gave is not looked into.
  const Value* arguments = member(input, "arguments");
  SKALD_ASSIGN(const std::string text,
               arguments == nullptr ? Result<std::string>(pattern) : expand(pattern, *arguments));
  SKALD_ASSIGN(call.uri, parse_uri(text));
  if (const Value* query = member(input, "query")) {
    if (!query->is_object()) return bad("bad-call", "'query' is an object");
    SKALD_ASSIGN(const std::string pairs, encoded_pairs(*query, "query"));
    const bool first = call.uri.target.find('?') == std::string::npos;
    const std::string more = pairs.empty() ? "" : (first ? "?" : "&") + pairs;
    SKALD_ASSIGN(call.uri, parse_uri(call.uri.text() + more));
  }
  const Value* authentication = member(endpoint, "authentication");
  if (authentication == nullptr) return {};
  SKALD_ASSIGN(const std::string value, authorization(*authentication));
  return add_header(call, "Authorization", value);
}

Status read_headers(const Value& input, Call& call) {
  const Value* headers = member(input, "headers");
  if (headers == nullptr) return {};
  if (!headers->is_object()) return bad("bad-call", "'headers' is an object");
  for (const auto& [name, value] : headers->items()) {
    if (value.is_null()) continue;
    SKALD_ASSIGN(const std::string text, plain(value, "headers." + name));
    SKALD_TRY(add_header(call, name, text));
  }
  return {};
}

// JSON, unless the headers say that it is something else, which only text can be (or a form, an object).
Status read_body(const Value& input, Call& call) {
  const Value* body = member(input, "body");
  if (body == nullptr) return {};
  const auto [type, missing] = call.headers.emplace("Content-Type", "application/json");
  std::string media = type->second.substr(0, type->second.find_first_of("; "));
  std::transform(media.begin(), media.end(), media.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool json = media == "application/json" || (media.size() > 5 && media.substr(media.size() - 5) == "+json");
  if (json) {
    call.body = to_json(*body);
  } else if (body->is_string()) {
    call.body = body->get<std::string>();
  } else if (media == kForm && body->is_object()) {
    SKALD_ASSIGN(call.body, encoded_pairs(*body, "body"));
  } else {
    return bad("bad-call", fmt::format("'body' must be text to be sent as {}", type->second));
  }
  return {};
}

}  // namespace

std::string header_name(std::string_view name) {
  std::string spelled(name);
  bool first = true;
  for (char& c : spelled) {
    c = static_cast<char>(first ? std::toupper(static_cast<unsigned char>(c))
                                : std::tolower(static_cast<unsigned char>(c)));
    first = c == '-';
  }
  return spelled;
}

Result<Call> read_call(const Value& input) {
  if (!input.is_object()) return bad("bad-call", "the input is { method, endpoint, ... }");
  SKALD_TRY(check_members(input, "a call",
                          {"method", "endpoint", "headers", "body", "query", "output", "redirect", "arguments"}));
  Call call;
  SKALD_ASSIGN(call.method, text_of(input, "method", "'method'"));
  std::transform(call.method.begin(), call.method.end(), call.method.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  if (std::find(std::begin(kMethods), std::end(kMethods), call.method) == std::end(kMethods)) {
    return bad("bad-method", fmt::format("expected a method of {}", fmt::join(kMethods, ", ")));
  }
  SKALD_TRY(read_headers(input, call));
  SKALD_TRY(read_endpoint(input, call));
  SKALD_TRY(read_body(input, call));
  if (const Value* output = member(input, "output")) {
    if (*output != "content" && *output != "raw" && *output != "response") {
      return bad("bad-call", "'output' is content, raw or response");
    }
    call.output = *output == "raw" ? Output::kRaw : (*output == "response" ? Output::kResponse : Output::kContent);
  }
  if (const Value* redirect = member(input, "redirect")) {
    if (!redirect->is_boolean()) return bad("bad-call", "'redirect' is true or false");
    call.redirect = redirect->get<bool>();
  }
  return call;
}

}  // namespace skald::workers::http
