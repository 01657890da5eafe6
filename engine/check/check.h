#pragma once

// Walks every path that a saga of a definition can take, with the real core and without a world: at each point where a
// saga waits, everything that can come of what it waits for is tried on a copy of its state. Pure, but for the clock
// that bounds it. What is walked, and what is not: docs/check.md.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/value.h"
#include "engine/definition/workflow.h"

namespace skald::check {

// How a path ends.
enum class End {
  kCompleted,
  kCompensated,
  kFailed,
  kStuck,  // an operator has to go on
  kOpen,   // waits for nothing and has not ended: a fault of Skald itself
  kCut,    // not followed further: a jump back more than twice, or a limit
};
inline constexpr std::size_t kEnds = 6;
// "completed"
std::string_view name_of(End end);

struct Limits {
  std::uint64_t states = 100'000;  // different states of the saga that are looked into
  std::uint32_t depth = 2'000;     // answers and timers in a row
  // Asked at every way on and before jq is run; true: stop. What is evaluated then is let run.
  std::function<bool()> out_of_time = [] { return false; };
};

struct Options {
  std::optional<Value> input;  // none: nobody knows it
  Limits limits;
};

// Something that could have been otherwise, and that no service decides on: what a condition gives, how many rounds
// a loop has, which branch is ahead, whether a task that was cancelled had been done.
struct Choice {
  std::string step;  // reference
  std::string what;  // the text of a condition, "errors.with", "schema", "rounds", "goes", "cancelled", "tried again"
  std::string taken;
  bool operator==(const Choice&) const = default;
};

struct Undone {
  std::string step;  // reference of what is undone
  std::uint32_t visit = 1;
  std::vector<std::string> tasks;  // types that the undo calls, in the document's order
  bool beside = false;             // runs side by side with the one before it
  bool operator==(const Undone&) const = default;
};

// One way to the end on which nothing else goes wrong.
struct Course {
  std::vector<Undone> undone;       // in the order in which they begin
  std::vector<std::string> caught;  // references of the tries that caught an error
  End end = End::kCompleted;
  std::vector<Choice> when;  // all that was chosen on the way, before and after
};

// What one thing that goes wrong leads to.
struct Consequence {
  std::string step;             // reference: what was under way
  std::string outcome;          // "rejected", "failed", "unknown", "unknown then rejected", "time limit", "deadline"
  std::string limit;            // "time limit": of which task
  std::vector<Course> courses;  // different in what they undo, who catches it, or how they end
  bool more = false;            // there are others
  bool endless = false;         // it is tried again until it works: nothing comes of it
};

enum class Level {
  kNote,     // holds for any such document: what services and operators have to be ready for
  kWarning,  // the document could say otherwise
  kBug,      // of Skald
};
std::string_view name_of(Level level);

struct Finding {
  std::string code;
  Level level = Level::kNote;
  std::string step;  // reference; empty: the document as a whole
  int line = 0;
  std::string message;
};

struct Report {
  std::shared_ptr<const definition::Workflow> workflow;
  std::array<std::uint64_t, kEnds> paths{};  // by how they end; at most the largest number
  std::uint64_t states = 0;
  std::string stopped;                    // why the walk ended before it was done: "100000 states"; empty: it was done
  std::vector<Course> unfailing;          // what there is where nothing goes wrong
  std::vector<Consequence> consequences;  // in the order of the document
  std::vector<Finding> findings;          // the worst first
  std::uint64_t total() const;
};

Report check(std::shared_ptr<const definition::Workflow> workflow, definition::JqRunner& jq, const Options& options);

// As `skald check -o json` prints it.
Value to_value(const Report& report);

}  // namespace skald::check
