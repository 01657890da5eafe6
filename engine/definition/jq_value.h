#pragma once

// Values of ours as jq's, and back. Private to this folder, and only for files that link libjq.

#include "engine/base/value.h"

extern "C" {
#include <jq.h>
#include <jv.h>
}

namespace skald::definition {

// jq 1.6 has doubles alone: integers beyond 2^53 are rounded.
jv to_jv(const Value& value);
// Takes ownership of `value`. Numbers without a fraction become integers up to 2^53.
Value from_jv(jv value);

}  // namespace skald::definition
