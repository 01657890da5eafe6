#pragma once

#include "engine/base/value.h"

namespace skald::inspect {

// A document with the changes made to it, one after another.
inline Value patched(Value document, const Value& changes) {
  for (const Value& change : changes) {
    const Value::json_pointer at(change["path"].get<std::string>());
    if (at.empty()) {
      document = change["now"];
      continue;
    }
    Value& around = document[at.parent_pointer()];
    const bool list = around.is_array();
    if (change.contains("now") && list && std::stoul(at.back()) == around.size()) {
      around.push_back(change["now"]);
    } else if (change.contains("now")) {
      document[at] = change["now"];
    } else if (list) {
      around.erase(std::stoul(at.back()));
    } else {
      around.erase(at.back());
    }
  }
  return document;
}

}  // namespace skald::inspect
