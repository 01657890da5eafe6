#pragma once

// What the simulated sagas do: between them every kind of node, undos of every form, a pivot with and without an undo,
// deadlines, services that forget their keys, and sagas that run others.

#include <string>
#include <vector>

namespace skald::simulation {

struct Document {
  std::string name;
  std::string source;
};

// A document in the namespace "sim"; `head` stands at the top level, `tasks` is the list under `do`.
Document document(const std::string& name, const std::string& head, const std::string& tasks);

// Those that clients submit.
const std::vector<Document>& documents();
// Those among them that run others, and those that are run by others alone.
std::vector<Document> parents();
const std::vector<Document>& children();

}  // namespace skald::simulation
