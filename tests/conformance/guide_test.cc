// Every example of the language guide deploys, and does what stands below it.

#include <gtest/gtest.h>

#include "engine/definition/document.h"
#include "engine/definition/jq_process.h"
#include "tests/conformance/expectation.h"
#include "tests/conformance/files.h"
#include "tests/conformance/markdown.h"

namespace skald::conformance {
namespace {

// Blocks of the guide: "yaml" is a whole document, "yaml part" a list of tasks, "yaml run" says what comes of the
// document above it. Other languages are not looked at.
constexpr const char* kHead = "document: { dsl: '1.0.3', namespace: guide, name: part, version: '1.0.0' }\ndo:\n";

std::string document_of(const Fence& fence) { return fence.info == "yaml part" ? kHead + fence.text : fence.text; }

// What is wrong, one a line; each example must be run or at least deploy.
std::vector<std::string> check(const Fence* document, const Fence& run, definition::JqRunner& jq) {
  if (document == nullptr) return {"no document stands above it"};
  const auto written = definition::parse_document(run.text, "language.md");
  if (!written) return {written.error().message};
  const auto expected = read_expectation(written->value());
  if (!expected) return {expected.error().message};
  return differences(document_of(*document), *expected, jq);
}

bool is_refused_below(const std::vector<Fence>& all, std::size_t index) {
  return index + 1 < all.size() && all[index + 1].info == "yaml run" &&
         all[index + 1].text.find("refused:") != std::string::npos;
}

TEST(Guide, EveryExampleDoesWhatStandsBelowIt) {
  definition::JqProcess jq;
  const auto all = fences(read_file(source_folder() / "docs/language.md"));
  const Fence* document = nullptr;
  std::size_t documents = 0;
  std::size_t runs = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Fence& fence = all[i];
    if (fence.info == "yaml run") {
      ++runs;
      for (const auto& line : check(document, fence, jq)) ADD_FAILURE() << "language.md:" << fence.line << ": " << line;
    } else if (fence.info == "yaml" || fence.info == "yaml part") {
      ++documents;
      document = &fence;
      if (is_refused_below(all, i)) continue;
      Expectation deploys;
      for (const auto& line : differences(document_of(fence), deploys, jq)) {
        ADD_FAILURE() << "language.md:" << fence.line << ": " << line;
      }
    } else {
      EXPECT_NE(fence.info.rfind("yaml", 0), 0U)
          << "language.md:" << fence.line << ": '" << fence.info << "' is none of yaml, yaml part, yaml run";
    }
  }
  EXPECT_GE(documents, 30U);
  EXPECT_GE(runs, 30U);
}

}  // namespace
}  // namespace skald::conformance
