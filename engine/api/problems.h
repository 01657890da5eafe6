#pragma once

// Errors as RFC 7807 problem documents with a stable `code`.

#include <string>
#include <string_view>

#include "engine/api/http.h"
#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald::api {

int status_of(ErrorKind kind);
Response problem(int status, std::string_view code, std::string_view detail);
// With Retry-After where trying again makes sense.
Response problem(const Error& error);

Response json_response(int status, const Value& body);

}  // namespace skald::api
