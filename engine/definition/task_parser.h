#pragma once

// Reads the tasks of a document. Private to this folder.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/definition/kind.h"
#include "engine/definition/problems.h"

namespace skald::definition {

inline constexpr std::size_t kMaxTaskDepth = 32;
inline constexpr std::size_t kMaxTasks = 1'000;

// The variables that expressions may name: of tasks on the way forward, and of tasks inside an undo.
std::vector<std::string_view> forward_variables(bool with_output);
std::vector<std::string_view> undo_variables();

class TaskParser {
 public:
  TaskParser(Problems& problems, Kinds kinds, JqRunner& jq) : problems_(problems), kinds_(kinds), jq_(jq) {}

  // The root: a task over the list `do` with the reference "".
  std::unique_ptr<Task> root(const DocNode& list);
  TaskList list(const DocNode& node, const std::string& reference, const Task* undo_of, std::size_t depth);

  // A document with expressions; what is wrong is reported, at the place where it stands.
  std::optional<Template> document(const DocNode& node, const std::vector<std::string_view>& variables);

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
  // A key of ours, in either spelling: `name` or `metadata.name`. Null where there is none.
  const DocNode* ours(const DocNode& node, std::string_view name);
  std::vector<std::string_view> variables(const Task& task, bool with_output) const;

  Problems& problems_;
  Kinds kinds_;
  JqRunner& jq_;
  std::size_t count_ = 0;
};

}  // namespace skald::definition
