#pragma once

// What is said of a call: its output, or an error of the DSL's types.

#include "workers/http/call.h"
#include "workers/sidecar/http_call.h"
#include "workers/worker.h"

namespace skald::workers::http {

// How a call went: the last answer of it, and how it came there.
struct Course {
  HttpReply reply;
  // What was asked last, behind all redirects.
  Call asked;
  // A redirect turned a call that may have an effect into another: the first one was taken. What is refused behind it
  // may stand all the same.
  bool effect_behind = false;
  // Why a redirect was not followed; empty: none was left.
  Error not_followed;
};

// The sidecar's outcomes; with `redirect`, 3xx is completed as well.
Answer answer_of(const Course& course);

// A call that was not made: rejected, with the error's code.
Answer refusal(const Error& error);

}  // namespace skald::workers::http
