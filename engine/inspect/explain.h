#pragma once

// Why a saga is where it is, what it waits for, what happens next, and which command helps; in sentences. Pure.
//
// A sentence has a code, which stays, and a text, which may be worded better. docs/explain.md lists the codes. What is
// not known is not said.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/value.h"
#include "engine/core/state.h"
#include "engine/core/undo_plan.h"
#include "engine/inspect/past.h"
#include "engine/runtime/engine.h"

namespace skald::inspect {

// What is around the saga when it is explained.
struct Surroundings {
  enum class From {
    kEngine,  // the running engine tells it
    kFolder,  // read from an engine's folder
    kExport,  // read from an exported file
  };
  Time now;
  From from = From::kEngine;

  // kEngine.
  bool broker_ok = true;
  std::optional<Time> broker_since;                        // since when broker_ok is what it is
  std::map<std::string, runtime::TaskTypeStatus> types;    // by task type; a type that is missing has no worker
  std::map<std::string, runtime::AttemptStatus> attempts;  // the attempts in flight, by their steps' keys

  // kFolder.
  bool in_use = false;        // a running engine has the folder open
  std::string start_command;  // what starts an engine on it
};

// How many tasks that are open side by side are told of one by one.
inline constexpr std::size_t kMostTold = 10;

struct Sentence {
  std::string code;
  std::string text;
  std::string step = {};  // a reference
  std::optional<Time> since = {};
  std::uint64_t seq = 0;  // of the event that it is about
};

struct Prospect {
  std::string code;
  std::string text;
  std::optional<Time> at = {};
};

struct Advice {
  std::string command;  // a whole command line; words in capitals stand for what only the reader knows
  std::string why;
};

struct Explanation {
  std::string id, run, workflow, version, status;
  std::string cause;    // code of what the summary says
  std::string summary;  // one sentence
  Time at;
  bool live = true;
  std::vector<Sentence> sentences;  // where it is, what it waits for, what went wrong, who serves it
  std::vector<Prospect> next;
  core::UndoPlan plan;           // of an order to undo now; empty where there is no way back
  std::vector<Advice> commands;  // the best first
};

// `plan`: of an order to undo now, from the same state.
Explanation explain(const core::State& state, const Past& past, const Surroundings& around, core::UndoPlan plan);
Explanation explain(const core::State& state, const Past& past, const Surroundings& around);

// As GET /v1/sagas/{id}/explain answers.
Value to_value(const Explanation& explanation);

}  // namespace skald::inspect
