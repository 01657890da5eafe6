#include "workers/http/allowed_hosts.h"

#include <fmt/format.h>

#include <algorithm>

namespace skald::workers::http {

Result<AllowedHosts> AllowedHosts::parse(const std::vector<std::string>& patterns) {
  AllowedHosts allowed;
  for (const std::string& text : patterns) {
    Pattern pattern;
    pattern.below = text.rfind("*.", 0) == 0;
    const std::string host = pattern.below ? text.substr(2) : text;
    const auto uri = parse_uri("http://" + host);
    if (!uri || uri->target != "/" || host.find_first_of("/?#") != std::string::npos) {
      return fail(
          ErrorKind::kInvalid, "bad-host",
          fmt::format("'{}' is no host; expected api.example.com, api.example.com:8443 or *.example.com", text));
    }
    pattern.host = uri->host;
    // A port that was written is meant, 80 too.
    const bool has_port = host.rfind(':') != std::string::npos && host.back() != ']';
    pattern.port = has_port ? uri->port : 0;
    allowed.patterns_.push_back(std::move(pattern));
  }
  return allowed;
}

bool AllowedHosts::allows(const Uri& uri) const {
  if (patterns_.empty()) return true;
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
    if (pattern.port != 0 && pattern.port != uri.port) return false;
    if (!pattern.below) return uri.host == pattern.host;
    const std::string ending = "." + pattern.host;
    return uri.host.size() > ending.size() &&
           uri.host.compare(uri.host.size() - ending.size(), ending.size(), ending) == 0;
  });
}

}  // namespace skald::workers::http
