#pragma once

// What is said of a workflow beside it, in the language guide and in the cases: what it gets, and what becomes of it.
//
//   input: { n: 1 }                 # {} where it is left out
//   answers:                        # by task type; completed with {} where it is left out
//     svc.a: rejected               # completed, rejected, failed, unknown; silent: no answer comes
//     svc.b: [ failed, { completed: { id: 7 }, after: 2s } ]    # one for each call, the last again and again
//   cancel: svc.c                   # ordered when the first task of this type is in flight
//   events: [ { type: order.paid, data: 1 } ]    # published one after another, each when a task listens
//   calls: [ svc.a, { svc.b: { n: 1 } } ]    # all attempts in order, undos too; with fields of their inputs
//   ends: completed                 # the status
//   output: { id: 7 }
//   error: { status: 404 }          # fields of it
//   emits: [ { type: order.placed } ]        # all events in order, with fields of theirs
//   left_behind: [ /do/0/a ]
//   takes: 2s
//   order_refused: past-pivot
//   submission_refused: input-mismatch       # it does not begin
//
// or what is wrong with it, as begins behind "file:", or what is warned of:
//
//   refused: "3:7: 'call: grpc' is not supported"
//   warns: "3:1: nothing undoes 'a'"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/conformance/trial.h"

namespace skald::conformance {

struct Expectation {
  Value input = Value::object();
  Script script;
  std::optional<Order> order;
  Events events;
  std::map<std::string, Value> said;  // of what comes of it, by the names above

  bool runs() const { return said.count("ends") > 0 || said.count("submission_refused") > 0; }
};

// Error: "bad-expectation", where a key is not one of the above, or nothing is said.
Result<Expectation> read_expectation(const Value& written);

// Parses the workflow, runs it where its end is said, and compares. What differs, one a line; empty: nothing.
std::vector<std::string> differences(const std::string& workflow, const Expectation& expected,
                                     definition::JqRunner& jq);

// Whether `found` has everything that is in `wanted`; of objects only the fields that `wanted` has are compared.
bool has_fields(const Value& found, const Value& wanted);

}  // namespace skald::conformance
