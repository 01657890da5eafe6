#pragma once

// The scenarios of the specification's conformance kit (ctk/features/*.feature): just the part of Gherkin and just the
// steps that they use.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "tests/conformance/trial.h"

namespace skald::conformance {

struct Step {
  std::string text;   // without Given, When, Then, And
  std::string block;  // what stands in """ below it
};

struct Scenario {
  std::string name;
  std::vector<Step> steps;
};

// The scenarios of one file.
std::vector<Scenario> read_scenarios(const std::string& feature);

// Runs one and compares. What differs, one a line; a step that is not known is one, too.
std::vector<std::string> differences(const Scenario& scenario, const Worker& worker, definition::JqRunner& jq);

// All of the kit's, by file and in the order in which they stand there.
std::vector<Scenario> all_scenarios(const std::filesystem::path& specification);
// Whether its workflow has a call of this kind.
bool calls(const Scenario& scenario, const std::string& kind);

}  // namespace skald::conformance
