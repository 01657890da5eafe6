#pragma once

// What a task of the type `skald.http` asks for: `call: http` of the Serverless Workflow DSL, with its expressions
// evaluated. engine/wire/README.md has it for people.

#include <map>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/base/value.h"
#include "workers/http/uri.h"

namespace skald::workers::http {

enum class Output { kContent, kRaw, kResponse };

struct Call {
  std::string method;  // upper case
  Uri uri;
  std::map<std::string, std::string> headers;  // names as in "Content-Type"
  std::optional<std::string> body;
  Output output = Output::kContent;
  bool redirect = false;  // 3xx is followed, and no error
};

// Errors: "bad-call" (a member that is missing, unknown or of another form), "bad-method", "bad-header",
// "unsupported-authentication", and those of uri.h.
Result<Call> read_call(const Value& input);

// "content-type" as "Content-Type": a name has one spelling in calls and in outputs.
std::string header_name(std::string_view name);

}  // namespace skald::workers::http
