#pragma once

// What the simulated sagas do: between them every kind of node, undos of every form, a pivot with and without an undo,
// deadlines, and services that forget their keys.

#include <string>
#include <vector>

namespace skald::simulation {

struct Document {
  std::string name;
  std::string source;
};

const std::vector<Document>& documents();

}  // namespace skald::simulation
