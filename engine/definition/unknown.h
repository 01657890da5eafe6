#pragma once

// Data that nobody knows: what stands in for inputs and answers where a definition is walked without a world
// (engine/check). An expression that reads some gives some, where the JqRunner says that not all data is known; in the
// engine all of it is, and none of this has any meaning there.
//
// Each has a symbol that says what it is: "</do/0/a#1>.total". Equal symbols stand for equal data, so that what is
// assumed of it once holds where it is met again. What stands between < and > is a root: where the data comes from.

#include <set>
#include <string>

#include "engine/base/value.h"

namespace skald::definition {

// `root`: where it comes from.
Value unknown_from(const std::string& root);
Value unknown(const std::string& symbol);
// What a question gives that reads this.
Value unknown_of(std::string what, const Value& read);
// Whether the value as a whole is not known.
bool is_unknown(const Value& value);
// Whether any of it is not.
bool holds_unknown(const Value& value);
// Of a value that is unknown.
const std::string& symbol_of(const Value& value);
// All roots named in a symbol.
std::set<std::string> roots_of(const std::string& symbol);

}  // namespace skald::definition
