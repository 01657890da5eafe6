#pragma once

// The golden histories as they lie in the folder: of each, its document (NAME.yaml), its events (NAME.jsonl, each as it
// is shown and as the bytes that are stored) and the state that they give (NAME.state.json).

#include <filesystem>
#include <string>
#include <vector>

#include "engine/base/value.h"
#include "engine/core/state.h"

namespace skald::golden {

struct Stored {
  std::string name;
  std::string document;
  std::vector<std::string> events;  // encoded
  std::vector<Value> shown;         // likewise, as `history -o jsonl` shows them
  std::string state;                // the dump, as text
};

// Where they lie in the source tree.
std::filesystem::path folder();

// All that lie there, by name.
std::vector<Stored> stored();
void write(const Stored& history);

// The dump as it is stored: indented, so that a difference can be read.
std::string text_of(const core::State& state);

}  // namespace skald::golden
