#pragma once

// What stands in requests: query parameters and JSON bodies, checked.

#include <optional>
#include <set>
#include <string>

#include "engine/api/http.h"
#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald::api {

inline constexpr Millis kLongestWait{300'000};

// "30s", "500ms", "2m" or seconds. Error "bad-duration".
Result<Millis> parse_wait(const std::string& text);
// What `wait` of the query says; none where it is not there, or empty.
Result<std::optional<Millis>> wait_of(const Request& request);

// A JSON object with no other members than these. Errors: "bad-json", "unknown-member".
Result<Value> json_body(const Request& request, const std::set<std::string>& known);
Result<Value> json_object(std::string_view json, const std::set<std::string>& known);
// A member that is text; empty where it is missing or null. Error "bad-member".
Result<std::string> text_member(const Value& body, const char* name);

}  // namespace skald::api
