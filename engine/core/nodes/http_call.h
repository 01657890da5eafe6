#pragma once

// What a `call: http` says in its `with` (DSL 1.0.3, "HTTP Call"), checked as far as it is known before it runs. It is
// performed by a worker, engine/wire/README.md.

#include <string>
#include <vector>

#include "engine/definition/kind.h"

namespace skald::core {

inline constexpr const char* kHttpTask = "skald.http";

struct HttpCall {
  definition::DocNode with;               // with what is used by name in its place
  std::vector<std::string> placeholders;  // the names in its endpoint, {like} these
  bool secrets = false;                   // references to some stand in `with`, besides those of its expressions
};

// Reports what is wrong inside `with`. Error: where it is not there, or not one of a call.
Result<HttpCall> read_http_call(definition::TaskReader& reader, const definition::DocNode& node);

}  // namespace skald::core
