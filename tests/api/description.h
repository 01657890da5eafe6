#pragma once

// The served description of the interface, and what it says of a request and its answer.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/base/value.h"

namespace skald::testing {

using Names = std::set<std::string>;

// The first group of every match of a regular expression.
Names matches(const std::string& text, const std::string& pattern);
// The names of an object's members.
Names members(const Value& object);

class Description {
 public:
  explicit Description(Value document);

  const Value& document() const { return document_; }
  // "GET /v1/sagas/{id}"
  std::set<std::string> operations() const;
  const Value& operation(const std::string& method, const std::string& path) const;
  // Names of an operation's parameters that stand in `where`.
  std::set<std::string> parameters(const Value& operation, const std::string& where) const;
  // What stands at a "$ref", or the value itself.
  const Value& resolved(const Value& value) const;

  // The schema of an operation's JSON body; null: it takes none.
  Value request_schema(const Value& operation) const;
  // The schema of an answer, and null where the description has none for this status and media type.
  Value response_schema(const Value& operation, int status, const std::string& media_type) const;

  // What is wrong with a value, a problem a line; empty: it is as the schema says, and has no member that it does not
  // name.
  std::string problems(const Value& schema, const Value& value) const;

 private:
  Value document_;
  Value closed_;  // its components; objects have no other members than those that are named
};

}  // namespace skald::testing
