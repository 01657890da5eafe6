#include "workers/http/uri.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "workers/sidecar/template.h"

namespace skald::workers::http {
namespace {

constexpr std::size_t kMaxHostBytes = 253;
constexpr std::string_view kTargetMarks = "-._~:/?@!$&'()*+,;=%[]";

tl::unexpected<Error> bad(std::string_view text, std::string_view why) {
  return fail(ErrorKind::kInvalid, "bad-uri", fmt::format("'{}' is no address to call: {}", text.substr(0, 200), why));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= kMaxHostBytes &&
         std::all_of(host.begin(), host.end(), [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_ipv6(std::string_view host) {
  return !host.empty() && host.size() <= 45 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
  });
}

std::string encoded_target(std::string_view text) {
  std::string target;
  for (const char c : text) {
    if (is_alnum(c) || kTargetMarks.find(c) != std::string_view::npos) {
      target += c;
    } else {
      target += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  if (target.empty() || target.front() != '/') target.insert(0, "/");
  return target;
}

// "[::1]:80", "pets.example": the host and the port, which is 0 where none is given.
bool read_authority(std::string_view authority, Uri& uri) {
  std::string_view port;
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    uri.host = lower(authority.substr(1, end - 1));
    port = authority.substr(end + 1);
    if (!is_ipv6(uri.host)) return false;
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    uri.host = lower(authority.substr(0, colon));
    port = authority.substr(colon);
    if (!is_host(uri.host)) return false;
  }
  uri.port = uri.scheme == "https" ? 443 : 80;
  if (port.empty() || port == ":") return true;
  port.remove_prefix(1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), uri.port);
  return error == std::errc() && end == port.data() + port.size() && uri.port > 0 && uri.port <= 65'535;
}

// RFC 3986, 5.2.4.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> parts;
  bool folder = false;  // it ends in "/", "/." or "/.."
  for (std::size_t at = 1; at <= path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, slash - at);
    folder = part.empty() || part == "." || part == "..";
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (part != "." && !(part.empty() && slash == path.size())) {
      parts.push_back(part);
    }
    at = slash + 1;
  }
  return fmt::format("/{}{}", fmt::join(parts, "/"), folder && !parts.empty() ? "/" : "");
}

}  // namespace

std::string Uri::origin() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", scheme, ipv6 ? "[" : "", host, ipv6 ? "]" : "", port);
}

std::string Uri::text() const {
  std::string start = origin();
  const std::string usual = scheme == "https" ? ":443" : ":80";
  if (start.size() > usual.size() && start.compare(start.size() - usual.size(), usual.size(), usual) == 0) {
    start.resize(start.size() - usual.size());
  }
  return start + target;
}

Result<Uri> parse_uri(std::string_view text) {
  if (text.size() > kMaxUriBytes) {
    return fail(ErrorKind::kTooLarge, "uri-too-long",
                fmt::format("the address has {} bytes; at most {} are taken", text.size(), kMaxUriBytes));
  }
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; })) {
    return bad("...", "it holds control characters");
  }
  Uri uri;
  const std::size_t colon = text.find("://");
  if (colon != std::string_view::npos) uri.scheme = lower(text.substr(0, colon));
  if (uri.scheme != "http" && uri.scheme != "https") return bad(text, "expected http://... or https://...");
  const std::string_view rest = text.substr(colon + 3, std::min(text.find('#'), text.size()) - colon - 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  if (authority.find('@') != std::string_view::npos) {
    return bad("...", "it holds credentials, which belong into 'authentication'");
  }
  if (!read_authority(authority, uri)) return bad(text, "expected a host, or host:port");
  uri.target = encoded_target(rest.substr(end));
  if (uri.target.size() > kMaxUriBytes) {
    return fail(ErrorKind::kTooLarge, "uri-too-long",
                fmt::format("the address, encoded, is longer than {} bytes", kMaxUriBytes));
  }
  return uri;
}

Result<Uri> resolve(const Uri& base, std::string_view location) {
  location = location.substr(0, location.find('#'));
  const std::size_t scheme = location.find("://");
  if (scheme != std::string_view::npos && scheme < location.find_first_of("/?")) return parse_uri(location);
  if (location.substr(0, 2) == "//") return parse_uri(fmt::format("{}:{}", base.scheme, location));
  const std::string path = base.target.substr(0, base.target.find('?'));
  if (location.empty()) return base;
  if (location.front() == '?') return parse_uri(base.origin() + path + std::string(location));
  const std::size_t question = std::min(location.find('?'), location.size());
  std::string merged(location.substr(0, question));
  if (merged.front() != '/') merged = path.substr(0, path.rfind('/') + 1) + merged;
  return parse_uri(base.origin() + without_dots(merged) + std::string(location.substr(question)));
}

Result<std::string> expand(std::string_view pattern, const Value& arguments) {
  std::string text;
  while (true) {
    const std::size_t open = pattern.find('{');
    const std::size_t close = open == std::string_view::npos ? open : pattern.find('}', open);
    if (close == std::string_view::npos) return text + std::string(pattern);
    text += pattern.substr(0, open);
    const std::string name(pattern.substr(open + 1, close - open - 1));
    pattern.remove_prefix(close + 1);
    const auto value = arguments.is_object() ? arguments.find(name) : arguments.end();
    if (value == arguments.end() || value->is_null()) continue;
    if (value->is_structured()) {
      return fail(ErrorKind::kInvalid, "bad-variable",
                  fmt::format("the address names '{}', which is neither text, a number nor a truth value", name));
    }
    text += percent_encoded(value->is_string() ? value->get<std::string>() : to_json(*value));
    if (text.size() > kMaxUriBytes) return text;  // too long already; parse_uri says so
  }
}

}  // namespace skald::workers::http
