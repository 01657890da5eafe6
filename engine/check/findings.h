#pragma once

// What the walk finds out about a definition.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/check/check.h"
#include "engine/check/trail.h"

namespace skald::check {

class Findings {
 public:
  explicit Findings(const definition::Workflow& workflow) : workflow_(workflow) {}

  // `story`: what went wrong on the way, for a person.
  void note(const Leg& leg, const std::string& story);
  void note_end(const core::State& state, End end, const std::string& story);
  // Those, and what follows from the whole walk. The worst first, then in the order of the document.
  std::vector<Finding> finish(const Report& report);

 private:
  void add(const std::string& code, Level level, const std::string& step, const std::string& message);
  void note_stuck(const core::State& state, const core::Frame& frame);
  void find_unreached();
  void find_without_timeout();

  const definition::Workflow& workflow_;
  std::set<std::string> reached_;
  std::map<std::pair<std::string, std::string>, Finding> found_;  // by code and step, and for stuck ones the reason
};

// What findings of this code are about, as a sentence without its end.
std::string_view about(std::string_view code);
// A task's name, where no other has it; else its reference.
std::string name_of(const definition::Workflow& workflow, const std::string& reference);

}  // namespace skald::check
