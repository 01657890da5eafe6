#pragma once

// A kind of task, as the parser sees it. Each is one file under engine/core/nodes/, listed in
// engine/core/nodes/kinds.cc: it says which key makes a task one of its kind, and reads what stands behind that key.

#include <memory>
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
  // A list of tasks below this one; `path` continues the reference: "/do".
  virtual Result<TaskList> tasks(const DocNode& list, std::string_view path) = 0;
  // A document with expressions over the variables that are in scope here.
  virtual Result<Template> document(const DocNode& node) = 0;
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

}  // namespace skald::definition
