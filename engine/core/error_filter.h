#pragma once

// Which errors a `catch` is about (DSL 1.0.3, "Catch", `errors.with`).

#include <map>
#include <string>

#include "engine/base/value.h"
#include "engine/definition/kind.h"

namespace skald::core {

class ErrorFilter {
 public:
  // Every field that is given must be equal. Types of the standard are equal whatever the family of their URI; an
  // instance may also be a place around where the error was raised.
  bool matches(const Value& error) const;
  // Likewise, with fields that nobody knows (definition/unknown.h) taken for equal.
  bool may_match(const Value& error) const;

 private:
  friend ErrorFilter read_filter(definition::TaskReader& reader, const definition::DocNode& errors);
  std::map<std::string, Value> fields_;
};

// Reads `catch.errors`; reports what is wrong.
ErrorFilter read_filter(definition::TaskReader& reader, const definition::DocNode& errors);

// The last word of the URI of a standard error, "timeout"; of other URIs, the URI itself. Three families of URIs are in
// use, on more than one domain.
std::string error_type(const std::string& uri);

}  // namespace skald::core
