#pragma once

// A kind of task, as the parser sees it. Each is one file under engine/core/nodes/, listed in
// engine/core/nodes/kinds.cc: it says which key makes a task one of its kind, and reads what stands behind that key.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/definition/document.h"
#include "engine/definition/workflow.h"

namespace skald::definition {

class TaskReader;

class Kind {
 public:
  virtual ~Kind() = default;
  // The key that makes a task one of this kind: "call".
  virtual std::string_view keyword() const = 0;
  // Further keys that a task of this kind may have beside those common to all: "with".
  virtual std::vector<std::string_view> keys() const { return {}; }
  // Whether a task of this kind dispatches something that can take effect: it may have retry, compensate, pivot,
  // effect.
  virtual bool has_effect() const { return false; }
  // Whether it has tasks inside it: it may have compensate.
  virtual bool composite() const { return false; }
  // Whether the flow never goes on from a task of this kind by itself, as from a `raise`.
  virtual bool never_continues() const { return false; }
  // Reads what is this kind's own. Errors come from reader.error().
  virtual Result<std::unique_ptr<TaskBody>> parse(TaskReader& reader) const = 0;
};

using Kinds = std::span<const Kind* const>;

// What a kind's parse() has at hand: its task's node in the document and the means to read it.
class TaskReader {
 public:
  virtual ~TaskReader() = default;
  // The task's mapping.
  virtual const DocNode& node() const = 0;
  // The task's reference.
  virtual const std::string& reference() const = 0;
  // A list of tasks below this one; `path` continues the reference: "/do". Their expressions see `locals` besides what
  // is in scope here; each is the text of a node of the document or lives as long.
  virtual TaskList tasks(const DocNode& list, std::string_view path, const std::vector<std::string_view>& locals) = 0;
  TaskList tasks(const DocNode& list, std::string_view path) { return tasks(list, path, {}); }
  // Likewise, of tasks that do not follow one another.
  virtual TaskList branches(const DocNode& list, std::string_view path) = 0;
  // A document with expressions over the variables that are in scope here, and `locals`.
  virtual Template document(const DocNode& node, const std::vector<std::string_view>& locals) = 0;
  Template document(const DocNode& node) { return document(node, {}); }
  // One expression, inside ${ } or bare.
  virtual Expression expression(const DocNode& node, const std::vector<std::string_view>& locals) = 0;
  // The name of a variable, from `key` of `mapping`; `name` where it is not given.
  virtual std::string_view variable(const DocNode& mapping, std::string_view key, std::string_view name) = 0;
  virtual Millis duration(const DocNode& node) = 0;
  // `{ schema: ... }`, as an input has it.
  virtual std::optional<Schema> schema(const DocNode& node) = 0;
  // A retry policy, written out or by its name in `use.retries`; its conditions see `locals`.
  virtual RetryPolicy retry(const DocNode& node, const std::vector<std::string_view>& locals) = 0;
  // What stands in `use` under this section and name, or the name itself where the section is a list of names; null
  // where there is none.
  virtual const DocNode* reusable(std::string_view section, std::string_view name) = 0;
  // Whether the task stands inside an undo.
  virtual bool inside_undo() const = 0;
  // Reports every key of a mapping that is not known.
  virtual void only_keys(const DocNode& mapping, const std::vector<std::string_view>& known,
                         std::string_view where) = 0;
  // Reports a problem, and lets the reading go on to find the rest. All of the above do so themselves and give
  // something harmless.
  virtual void report(const DocNode& at, std::string_view what) = 0;
  // Error "bad-definition" with the message "file:line:column: what".
  virtual tl::unexpected<Error> error(const DocNode& at, std::string_view what) const = 0;
};

// What a validated document gives besides the tree.
struct Parsed {
  std::shared_ptr<const Workflow> workflow;  // shared: every saga of this version holds it
  std::vector<std::string> warnings;         // "file:line:column: what"
};

// Parses and validates a YAML or JSON document. `file` begins every message.
// Error: "bad-definition", with every problem found (at most 20), one a line:
// "file:line:column: what, and what was expected".
Result<Parsed> parse_workflow(std::string_view text, const std::string& file, Kinds kinds, JqRunner& jq);

// The same for a document that was deployed before: its jq programs were checked then. `name` begins every message.
Result<Parsed> parse_stored_workflow(std::string_view text, const std::string& name, Kinds kinds, JqRunner& jq);

}  // namespace skald::definition
