#pragma once

// Expressions of workflow documents: jq, as the standard says (DSL 1.0.3, "Runtime Expressions").
//
// An Expression is one `${ ... }`. What documents are full of is evaluated natively: paths, literals, construction,
// comparisons, logic, integers' arithmetic, text with `\( )` in it, `if`, pipes, and the builtins of
// expression_builtins.cc. It gives what jq 1.6 gives, but that integers beyond 2^53 stay exact. All else runs in a
// JqRunner, which can be killed by deadline and memory limit. A Template is a document in which every string that is
// wholly one `${ ... }` stands for the expression's result.

#include <compare>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/definition/splice.h"

namespace skald::definition {

// What an expression sees: `.` and named variables (without the dollar sign: "context").
struct Scope {
  Value dot;
  std::vector<std::pair<std::string_view, Value>> variables;

  // Null where there is no such variable.
  const Value* find(std::string_view name) const;
  // Adds a variable, or gives the one of this name another value.
  void set(std::string_view name, Value value);
};

// A program of jq, and the variables that it may name, without the dollar sign.
struct JqProgram {
  std::string text;
  std::vector<std::string> variables;

  auto operator<=>(const JqProgram&) const = default;
};

// Runs jq programs that are not evaluated natively. Called from the threads that decide; implementations are
// thread-safe. Errors: "expression-failed" (jq's own message), "expression-timeout", "expression-memory",
// "expression-output" (none or more than one result).
class JqRunner {
 public:
  virtual ~JqRunner() = default;
  virtual Result<Value> run(const std::string& program, const Scope& scope) = 0;
  // Whether the program compiles with just these variables. Error: "bad-expression" with what is wrong.
  virtual Status check(const std::string& program, const std::vector<std::string_view>& variables) = 0;
  // Whether all of them do; where not, some error of one of them.
  virtual Status check_all(std::span<const JqProgram> programs);
  // False: what an expression sees may stand for data that nobody knows, and so may its result (unknown.h).
  virtual bool knows_all() const { return true; }
};

// What expressions may look at: `.`, variables, and of a variable only some fields where it is named with one behind it
// (`$workflow.input`). A scope needs no more.
class Reads {
 public:
  void add_dot() { dot_ = true; }
  void add(std::string variable, std::string field = "");  // without a field: the variable, whole
  void add(const Reads& other);

  bool dot() const { return dot_; }
  bool variable(std::string_view name) const;
  bool field(std::string_view name, std::string_view field) const;

 private:
  bool dot_ = false;
  std::vector<std::pair<std::string, std::string>> variables_;
};

// One compiled expression. Immutable; safe to share between threads.
class Expression {
 public:
  struct Node;  // of the natively evaluated form

  // Takes the text inside `${ }` (or bare, where the standard allows it) and the variables it may name.
  // Refuses impure builtins (now, env, $ENV, input, inputs, include, import, ...). Error: "bad-expression".
  static Result<Expression> compile(std::string_view text, const std::vector<std::string_view>& variables,
                                    JqRunner& jq);

  Result<Value> evaluate(const Scope& scope, JqRunner& jq) const;
  bool native() const { return root_ != nullptr; }
  // None where it is more than a path of names.
  std::optional<Path> path() const;
  const std::string& text() const { return text_; }
  const Reads& reads() const { return reads_; }

 private:
  // What it gives where it reads unknown data; none: all that it reads is known.
  std::optional<Value> unknown_result(const Scope& scope) const;

  std::string text_;
  Reads reads_;
  std::shared_ptr<const Node> root_;  // shared: an Expression is copied with its Template; null: runs in jq
};

// Whether a document's text has an expression in its middle, or one that does not end, and so is no expression.
bool stays_text(const std::string& text);

// A document with expressions in it. Immutable; safe to share between threads.
class Template {
 public:
  struct Node;

  // `loose`: a string without ${ } is an expression as well, where it can be one and its evaluation succeeds.
  // Error: "bad-expression", its message beginning with the JSON pointer of the place inside the document.
  static Result<Template> compile(const Value& document, const std::vector<std::string_view>& variables, JqRunner& jq,
                                  bool loose = false);

  Result<Value> evaluate(const Scope& scope, JqRunner& jq) const;
  // Gives the same, where it gives something and all is known (JqRunner::knows_all). None where one of the expressions
  // is more than a path.
  const std::optional<Splice>& splice() const { return splice_; }
  // Whether it has no expression in it.
  bool constant() const;
  const Reads& reads() const { return reads_; }

 private:
  Reads reads_;
  std::optional<Splice> splice_;
  std::shared_ptr<const Node> root_;  // shared: copied with the tasks that hold it
};

}  // namespace skald::definition
