#pragma once

// Reads the tasks of a document. Private to this folder.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/definition/durations.h"
#include "engine/definition/kind.h"
#include "engine/definition/problems.h"

namespace skald::definition {

inline constexpr std::size_t kMaxTaskDepth = 32;
inline constexpr std::size_t kMaxTasks = 1'000;

using Names = std::vector<std::string_view>;

// The variables that expressions may name: of tasks on the way forward, and of tasks inside an undo.
Names forward_variables(bool with_output);
Names undo_variables();

class TaskParser {
 public:
  struct Options {
    const DocNode* use = nullptr;  // the document's `use`
    bool loose = false;            // `evaluate.mode`: every string may be an expression
  };

  TaskParser(Problems& problems, Kinds kinds, JqRunner& jq, Options options)
      : problems_(problems), kinds_(kinds), jq_(jq), options_(options) {}

  // The root: a task over the list `do` with the reference "".
  std::unique_ptr<Task> root(const DocNode& list);
  TaskList list(const DocNode& node, const std::string& reference, const Task* undo_of, std::size_t depth);
  // A list whose tasks follow one another; their expressions see `locals` besides what is in scope where it stands.
  TaskList sequence(const DocNode& node, const std::string& reference, const Task* undo_of, std::size_t depth,
                    const Names& locals);

  // Reads `input`, `output` and `export` of a task, or of the document for its root.
  void data_flow(Task& task, const DocNode& node);

  // All of these report what is wrong, at the place where it stands, and give none.
  // A document with expressions in it.
  std::optional<Template> document(const DocNode& node, const Names& variables);
  // input.from, output.as, export.as: likewise, but a string as a whole is an expression, inside ${ } or bare.
  std::optional<Template> transformation(const DocNode& node, const Names& variables);
  std::optional<Expression> expression(const DocNode& node, const Names& variables);
  // Written out, or the name of one in `use.timeouts`.
  std::optional<Millis> timeout(const DocNode& node);
  // Written out, or the name of one in `use.retries`; its conditions see `variables` and $error.
  std::optional<RetryRead> retry(const DocNode& node, const RetryPolicy& defaults, const Names& variables);
  // What stands in `use` under this section and name.
  const DocNode* reusable(std::string_view section, const DocNode& name);
  // Likewise, and null without a report.
  const DocNode* find_reusable(std::string_view section, std::string_view name) const;

  // What expressions of this task see.
  Names variables(const Task& task, bool with_output) const;
  Problems& problems() { return problems_; }

 private:
  std::unique_ptr<Task> task(const std::string& name, const DocNode& node, const std::string& reference,
                             const Task* undo_of, std::size_t depth);
  // The kind whose keyword stands in the task; null, and reported, where there is not exactly one.
  const Kind* kind_of(const DocNode& node, const std::string& name);
  void body(Task& task, const DocNode& node, std::size_t depth);
  void common(Task& task, const DocNode& node);
  void saga_keys(Task& task, const DocNode& node, std::size_t depth);
  void undo(Task& task, const DocNode& node, std::size_t depth);
  // Gives a task the undo that its kind has for it.
  static void own_undo(Task& task);
  // A key of ours, in either spelling: `name` or `metadata.name`. Null where there is none.
  const DocNode* ours(const DocNode& node, std::string_view name);

  Problems& problems_;
  Kinds kinds_;
  JqRunner& jq_;
  Options options_;
  Names locals_;  // of the loops and handlers around
  std::size_t count_ = 0;
};

}  // namespace skald::definition
