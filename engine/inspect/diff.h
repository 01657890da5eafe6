#pragma once

// What differs between two documents, for people: each place once, with what was there and what is.

#include "engine/base/value.h"

namespace skald::inspect {

// [{"path": JSON pointer, "was"?, "now"?}], in the order of the document; without "was" it has come, without "now" it
// has gone. Goes into objects and lists; what only one side has is told as a whole. Items of lists are compared by
// their places. What has gone from the end of a list is told from the last on, so that the changes can be made one
// after another.
Value changes(const Value& was, const Value& now);

}  // namespace skald::inspect
