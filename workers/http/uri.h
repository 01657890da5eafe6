#pragma once

// Where a call goes: absolute http and https URIs, templates of them, and what a redirect names.

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald::workers::http {

inline constexpr std::size_t kMaxUriBytes = 8 * 1024;

struct Uri {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; an IPv6 address without its brackets
  int port = 0;
  std::string target;  // path and query, percent-encoded: "/pets?limit=3"

  // "https://pets.example:443": what a connection is made to.
  std::string origin() const;
  // As a person writes it; without a fragment.
  std::string text() const;
};

// Whatever a target may not hold is percent-encoded. Errors: "bad-uri", "uri-too-long".
Result<Uri> parse_uri(std::string_view text);
// Location, seen from `base` (RFC 3986, 5.2). Errors as above.
Result<Uri> resolve(const Uri& base, std::string_view location);

// RFC 6570, level 1, as the DSL has it: names are taken verbatim, what is missing or null is empty. Error
// "bad-variable": a value that is neither text, number nor truth value.
Result<std::string> expand(std::string_view pattern, const Value& arguments);

}  // namespace skald::workers::http
