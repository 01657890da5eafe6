#pragma once

// `skald submit --batch`: many sagas from a file.

#include <string>

#include "cli/commands/common.h"

namespace skald::cli {

struct BatchOptions {
  std::string file;      // JSON Lines: {"id"?, "input"?, "labels"?, "workflow"?, "version"?}; "-": standard input
  std::string workflow;  // of the lines that name none
  std::string version;
  std::string id;  // a line without an id has this and its number; empty: made of what the file holds
  Value labels = Value::object();
};

// The exit code: the highest of all lines. Nothing is submitted where a line cannot be read.
int submit_batch(const Globals& globals, const BatchOptions& options);

}  // namespace skald::cli
