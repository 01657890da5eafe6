#pragma once

// Cases of our own for the rows of docs/profile.md: cases/*.yaml, each file a list of
//
//   - row: set.mapping          # or a list of rows
//     tasks: |                  # what stands behind `do:`, from the third line of the document on;
//       - a: { set: { n: 1 } }  # or, as `workflow`, all of it
//     ends: completed           # and whatever else expectation.h has
//     output: { n: 1 }

#include <string>
#include <vector>

#include "tests/conformance/expectation.h"

namespace skald::conformance {

struct Case {
  std::string place;  // "tasks.yaml:12"
  std::vector<std::string> rows;
  std::string workflow;
  Expectation expected;

  bool refuses() const { return expected.said.count("refused") > 0; }
  // What is told of a refused document, without its line and column.
  std::string phrase() const;
};

// All cases. Throws where a file is none.
std::vector<Case> read_cases();

}  // namespace skald::conformance
