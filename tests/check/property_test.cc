// What holds for every document: each path ends, and nothing hangs.

#include <fmt/format.h>

#include <random>

#include "tests/check/walk_fixture.h"

namespace skald::check {
namespace {

// Small documents of all kinds of tasks, from a seed.
class Documents {
 public:
  explicit Documents(std::uint32_t seed) : random_(seed) {}

  std::string tasks() {
    std::string text;
    const int count = 1 + roll(3);
    for (int i = 0; i < count; ++i) text += task("  ", 2);
    if (roll(3) == 0) text += fmt::format("  - pivot: {{ call: svc.pivot, pivot: true{} }}\n", undo());
    return text;
  }
  std::string head() { return roll(4) == 0 ? "timeout: { after: { minutes: 1 } }\n" : ""; }

 private:
  int roll(int below) { return static_cast<int>(random_() % static_cast<std::uint32_t>(below)); }
  std::string name() { return fmt::format("t{}", next_++); }

  std::string undo() {
    switch (roll(5)) {
      case 0:
        return "";
      case 1:
        return ", compensate: { call: undo.x, 'on': completed }";
      case 2:
        return ", compensate: { call: undo.x, retry: { limit: { attempt: { count: 2 } } } }";
      case 3:
        return ", compensate: [ { u1: { call: undo.x } }, { u2: { if: '${ $forward.output.y }', call: undo.y } } ]";
      default:
        return ", compensate: { call: undo.x }";
    }
  }

  std::string call(const std::string& indent) {
    const char* when = roll(4) == 0 ? "if: '${ .a == 1 }', " : "";
    return fmt::format("{}- {}: {{ {}call: svc.x{} }}\n", indent, name(), when, undo());
  }

  std::string list(const std::string& indent, int depth) {
    std::string text;
    const int count = 1 + roll(2);
    for (int i = 0; i < count; ++i) text += task(indent, depth - 1);
    return text;
  }

  std::string composite_undo(const std::string& indent) {
    return roll(4) == 0 ? indent + "    compensate: { call: undo.all }\n" : "";
  }

  std::string fork(const std::string& indent, int depth) {
    return fmt::format("{0}- {1}:\n{0}    fork:\n{0}      compete: {2}\n{0}      branches:\n{3}{4}{5}", indent, name(),
                       roll(2) == 0, task(indent + "        ", depth - 1), task(indent + "        ", depth - 1),
                       roll(3) == 0 ? indent + "    compensate: parallel\n" : "");
  }

  std::string attempt(const std::string& indent, int depth) {
    std::string clause;
    if (roll(2) == 0) clause += indent + "      errors: { with: { status: 409 } }\n";
    if (roll(2) == 0) clause += indent + "      compensate: true\n";
    if (roll(2) == 0) clause += indent + "      retry: { delay: { seconds: 1 }, limit: { attempt: { count: 2 } } }\n";
    if (clause.empty() || roll(2) == 0) clause += indent + "      do:\n" + list(indent + "        ", depth);
    return fmt::format("{0}- {1}:\n{0}    try:\n{2}{0}    catch:\n{3}{4}", indent, name(),
                       list(indent + "      ", depth), clause, composite_undo(indent));
  }

  std::string task(const std::string& indent, int depth) {
    switch (depth == 0 ? 9 : roll(10)) {
      case 0:
        return fork(indent, depth);
      case 1:
        return attempt(indent, depth);
      case 2:
        return fmt::format("{0}- {1}:\n{0}    do:\n{2}{3}", indent, name(), list(indent + "      ", depth),
                           composite_undo(indent));
      case 3:
        return fmt::format("{0}- {1}:\n{0}    for: {{ in: '${{ .items }}' }}\n{0}    do:\n{2}{3}", indent, name(),
                           list(indent + "      ", depth), composite_undo(indent));
      case 4:
        return fmt::format("{0}- {1}: {{ wait: {{ seconds: 1 }} }}\n", indent, name());
      case 5:
        return fmt::format(
            "{0}- {1}: {{ if: '${{ .bad }}', raise: {{ error: {{ type: urn:t:bad, status: 409 }} }} }}\n", indent,
            name());
      default:
        return call(indent);
    }
  }

  std::mt19937 random_;
  int next_ = 0;
};

TEST(Property, EveryPathOfEveryDocumentEnds) {
  Options options;
  options.limits.states = 500;
  for (std::uint32_t seed = 1; seed <= 120; ++seed) {
    Documents documents(seed);
    const std::string head = documents.head();
    const std::string tasks = documents.tasks();
    SCOPED_TRACE(fmt::format("seed {}\n{}{}", seed, head, tasks));
    const Walk walk(tasks, head, options);
    EXPECT_EQ(walk.count(End::kOpen), 0U);
    EXPECT_GT(walk.report.total(), 0U);
    for (const Consequence& one : walk.report.consequences) {
      EXPECT_FALSE(one.outcome.empty()) << one.step;
      for (const Course& course : one.courses) EXPECT_NE(course.end, End::kOpen) << one.step;
    }
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace skald::check
