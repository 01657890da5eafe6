#pragma once

// A workflow document, compiled to a tree. Immutable once made, safe to share between threads.
//
// References are JSON pointers into the document: "/do/1/reserve"; inside a composite "/do/1/pack/do/0/print"; inside
// an undo "/do/1/reserve/compensate" for a single call, "/do/1/reserve/compensate/do/0/release" in a list.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/definition/expression.h"
#include "engine/definition/schema.h"

namespace skald::definition {

class Kind;
struct Task;

using TaskList = std::vector<std::unique_ptr<Task>>;

struct RetryPolicy {
  enum class Backoff { kConstant, kLinear, kExponential };

  Millis delay{200};
  Backoff backoff = Backoff::kExponential;
  double factor = 2;    // of an exponential backoff
  Millis increment{0};  // of a linear one; 0: the delay itself
  Millis max_delay{30'000};
  std::optional<std::uint32_t> max_attempts = 5;    // tries in all; none: without end
  std::optional<Millis> max_duration;               // bounds the step, all attempts together
  bool full_jitter = true;                          // the wait is drawn from [0, delay)
  std::optional<std::pair<Millis, Millis>> jitter;  // the standard's `jitter: {from, to}`: drawn and added to the delay
  std::optional<Expression> when;                   // see $error and say whether there is another try
  std::optional<Expression> except_when;

  // The wait before attempt `next` (2 is the first repetition); `fraction` in [0, 1) is the random part.
  Millis wait_before(std::uint32_t next, double fraction) const;
};

RetryPolicy default_retry();       // 5 tries, from 200 ms, doubling to 30 s, full jitter
RetryPolicy default_undo_retry();  // without end, from 200 ms, doubling to one minute, full jitter

// How a step is undone: a call or a task list.
struct Undo {
  std::unique_ptr<Task> body;
  std::optional<RetryPolicy> retry;
  std::optional<Millis> timeout;  // of each attempt of its calls
  bool only_completed = false;    // `on: completed`
};

// Where the flow goes after a task.
struct Then {
  enum class Kind { kContinue, kExit, kEnd, kTask };
  Kind kind = Kind::kContinue;
  std::size_t target = 0;  // index in the same list, for kTask
  std::string text = "continue";
  int line = 0;  // where it stands in the document; 0: it was not written
  int column = 0;
};

// What one kind of task keeps of its part of the document.
struct TaskBody {
  virtual ~TaskBody() = default;
  // The lists of tasks inside, for walks over the tree.
  virtual std::vector<const TaskList*> lists() const { return {}; }
  // Where the flow may go after the task, besides its own `then`; their text is resolved when the list is known.
  virtual std::vector<Then*> thens() { return {}; }
  // The body of the task that undoes this one where the document names no other; null: there is none.
  virtual std::unique_ptr<TaskBody> own_undo() const { return nullptr; }
};

struct Task {
  std::string name;
  std::string reference;
  int line = 0;
  const Kind* kind = nullptr;  // static, outlives every workflow
  std::unique_ptr<TaskBody> body;

  std::optional<Expression> condition;  // `if`
  std::optional<Template> input_from;
  std::optional<Template> output_as;
  std::optional<Template> export_as;
  std::optional<Schema> input_schema;   // of what comes in, before input.from
  std::optional<Schema> output_schema;  // of what output.as gives
  std::optional<Schema> export_schema;  // of what export.as gives
  Then then;
  std::optional<Millis> timeout;  // `timeout.after`: of each attempt of a call, of the whole task for the other kinds
  std::optional<RetryPolicy> retry;
  std::unique_ptr<Undo> undo;  // `compensate`
  bool pivot = false;
  bool undo_parallel = false;     // of a fork, `compensate: parallel`: its branches are undone side by side
  bool effect_none = false;       // `effect: none`
  bool after_pivot = false;       // stands behind the pivot at the top of the document
  const Task* undo_of = nullptr;  // set on every task inside an undo: the task that it undoes
};

struct Workflow {
  std::string ns;
  std::string name;
  std::string version;
  std::string hash;    // hex SHA-256 of the document's canonical msgpack: its meaning, not its spelling
  std::string source;  // as deployed
  // What expressions see as $workflow.definition: the document where one of them may ask for more than its
  // namespace, name and version, which are there always.
  Value document;
  // A task over the document's `do`, of the kind whose keyword is "do", with the document's input.from and output.as;
  // its reference is "".
  std::unique_ptr<Task> root;
  std::optional<Millis> timeout;
  bool has_pivot = false;

  std::map<std::string, const Task*, std::less<>> by_reference;  // every task, inside undos too

  std::string full_name() const { return ns + "/" + name; }
  // Null where there is none.
  const Task* find(std::string_view reference) const;
};

}  // namespace skald::definition
