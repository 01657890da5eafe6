#pragma once

// Looking for text in errors, whatever the case of its ASCII letters.

#include <string>
#include <string_view>

#include "engine/base/value.h"

namespace skald::store {

// ASCII letters as small ones.
std::string folded(std::string_view text);
// `sought` is folded.
bool contains(std::string_view text, std::string_view sought);
// Whether `sought`, folded, stands in the error's code, title or detail, or in the last part of its type
// ("https://example.com/errors/timeout": "timeout"); in the error itself where that is a text.
bool error_contains(const Payload& error, std::string_view sought);

}  // namespace skald::store
