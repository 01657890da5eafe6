#pragma once

// Small documents, walked; what comes of it as lines that a test can compare.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "engine/check/check.h"
#include "engine/core/kinds.h"
#include "engine/definition/kind.h"
#include "tests/core/no_jq.h"

namespace skald::check {

using Lines = std::vector<std::string>;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class Walk {
 public:
  // `tasks` is the YAML behind `do:`, indented by two; `head` is put before it at the top level.
  explicit Walk(const std::string& tasks, const std::string& head = "", const Options& options = {}) {
    const std::string text =
        "document: { dsl: '1.0.3', namespace: test, name: saga, version: '1.0.0' }\n" + head + "do:\n" + tasks;
    auto parsed = definition::parse_workflow(text, "test.yaml", core::all_kinds(), jq_);
    if (!parsed) throw std::runtime_error(parsed.error().message);
    report = check(parsed->workflow, jq_, options);
    EXPECT_EQ(count(End::kOpen), 0U) << "every path ends";
    for (const Course& course : report.unfailing) EXPECT_NE(course.end, End::kOpen);
  }

  std::uint64_t count(End end) const { return report.paths[static_cast<std::size_t>(end)]; }

  // "c, b -> compensated", with "caught: a; " before it where a try has caught something.
  static std::string line(const Course& course) {
    std::string caught;
    for (const std::string& task : course.caught) caught += "caught: " + last(task) + "; ";
    std::string undone;
    for (const Undone& one : course.undone)
      undone += (undone.empty() ? "" : one.beside ? " & " : ", ") + last(one.step);
    return caught + undone + (undone.empty() ? "-> " : " -> ") + std::string(name_of(course.end));
  }
  static Lines lines(const std::vector<Course>& courses) {
    Lines all;
    for (const Course& course : courses) all.push_back(line(course));
    return all;
  }

  // What the step's ending so leads to; none: it cannot.
  Lines when(const std::string& step, const std::string& outcome) const {
    for (const Consequence& one : report.consequences) {
      if (last(one.step) == step && one.outcome == outcome) return lines(one.courses);
    }
    return {};
  }
  Lines unfailing() const { return lines(report.unfailing); }

  // "code step", of this level.
  Lines findings(Level level) const {
    Lines all;
    for (const Finding& one : report.findings) {
      if (one.level == level) all.push_back(one.code + (one.step.empty() ? "" : " " + last(one.step)));
    }
    return all;
  }
  Lines warnings() const { return findings(Level::kWarning); }
  Lines notes() const { return findings(Level::kNote); }
  std::string message(const std::string& code, const std::string& step) const {
    for (const Finding& one : report.findings) {
      if (one.code == code && last(one.step) == step) return one.message;
    }
    return "";
  }

  Report report;

 private:
  // A task's name.
  static std::string last(const std::string& reference) { return reference.substr(reference.rfind('/') + 1); }

  core::NoJq jq_;
};

}  // namespace skald::check
