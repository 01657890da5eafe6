#pragma once

// What an endpoint answers: a status with a JSON body, or an RFC 7807 problem.

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::services {

struct Answer {
  int status = 200;
  Value body;
  // Whether the same key gets this answer for ever. Answers that invite another try (503) are not final.
  bool final = true;
  // Whether it was given before and comes from the record.
  bool replayed = false;
  // What the test cards ask of the HTTP server: to answer late, or to close the connection without an answer.
  Millis delay{0};
  bool drop_connection = false;
  std::optional<int> retry_after_s;
};

// A problem document; `code` is stable and kebab-case, `detail` is for a person.
Answer problem(int status, std::string_view code, std::string_view detail);
// The problem that an error is shown as.
Answer problem(const Error& error);

}  // namespace skald::services
