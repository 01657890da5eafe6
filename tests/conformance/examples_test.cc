// The examples of the specification deploy, or are refused for what the profile refuses.

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/core/kinds.h"
#include "engine/definition/jq_process.h"
#include "engine/definition/kind.h"
#include "tests/conformance/cases.h"
#include "tests/conformance/files.h"
#include "tests/conformance/profile.h"

namespace skald::conformance {
namespace {

const std::vector<std::string> kDeployed = {
    "authentication-bearer-uri-format.yaml",
    "authentication-bearer.yaml",
    "authentication-reusable.yaml",
    "call-custom-function-inline.yaml",
    "call-http-endpoint-interpolation-shorthand.yaml",
    "call-http-endpoint-interpolation.yaml",
    "call-http-query-headers-expressions.yaml",
    "call-http-query-parameters.yaml",
    "call-http-redirect.yaml",
    "conditional-task.yaml",
    "do-multiple.yaml",
    "do-single.yaml",
    "emit.yaml",
    "for.yaml",
    "fork.yaml",
    "listen-to-all read-envelope.yaml",
    "listen-to-all.yaml",
    "listen-to-any-filter.yaml",
    "listen-to-any-until-consumed.yaml",
    "listen-to-one.yaml",
    "raise-inline.yaml",
    "raise-reusable.yaml",
    "run-subflow.yaml",
    "star-wars-homeworld.yaml",
    "switch-then-string.yaml",
    "try-catch-retry-inline.yaml",
    "try-catch-retry-reusable.yaml",
    "try-catch-then.yaml",
    "try-catch.yaml",
    "wait-duration-inline.yaml",
    "wait-duration-iso8601.yaml",
};

// The words with which the rows of the profile are refused.
std::vector<std::string> refusals() {
  const auto profile = read_profile();
  std::vector<std::string> phrases;
  for (const Case& one : read_cases()) {
    const bool counts = std::any_of(one.rows.begin(), one.rows.end(),
                                    [&](const std::string& row) { return profile.at(row) == "refused"; });
    if (counts) phrases.push_back(one.phrase());
  }
  return phrases;
}

// The problems, one a line, that no row of the profile speaks of.
std::vector<std::string> unexplained(const std::string& message, const std::vector<std::string>& phrases) {
  std::vector<std::string> lines;
  std::istringstream text(message);
  for (std::string line; std::getline(text, line);) {
    const bool known = std::any_of(phrases.begin(), phrases.end(), [&](const std::string& phrase) {
      return line.find(": " + phrase) != std::string::npos;
    });
    if (!known) lines.push_back(line);
  }
  return lines;
}

TEST(Examples, DeployOrAreRefusedForWhatTheProfileRefuses) {
  if (!specification()) GTEST_SKIP() << kNoSpecification;
  definition::JqProcess jq;
  const auto phrases = refusals();
  std::vector<std::string> deployed;
  std::size_t all = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*specification() / "examples")) {
    if (entry.path().extension() != ".yaml") continue;
    ++all;
    const std::string name = entry.path().filename();
    const auto parsed = definition::parse_workflow(read_file(entry.path()), name, core::all_kinds(), jq);
    if (parsed) {
      deployed.push_back(name);
      continue;
    }
    for (const auto& line : unexplained(parsed.error().message, phrases)) ADD_FAILURE() << line;
  }
  std::sort(deployed.begin(), deployed.end());
  EXPECT_EQ(all, 66U);
  EXPECT_EQ(deployed, kDeployed);
}

}  // namespace
}  // namespace skald::conformance
