#pragma once

// The parts of an explanation, one file each. All are pure.

#include <string>
#include <vector>

#include "engine/inspect/explain.h"
#include "engine/inspect/explain_spots.h"
#include "engine/inspect/explain_text.h"

namespace skald::inspect {

// What all of them look at.
struct Case {
  const core::State& state;
  const Past& past;
  const Surroundings& around;
  std::vector<Spot> spots;  // where it stands
  core::UndoPlan plan;

  bool live() const { return around.from == Surroundings::From::kEngine; }
  // Nobody acts on it, as far as can be told.
  bool unattended() const { return around.from == Surroundings::From::kFolder && !around.in_use; }
  Time now() const { return around.now; }
};

using Sentences = std::vector<Sentence>;

// Where it is: explain_where.cc.
void tell_where(const Case& about, Sentences& into);
// How a saga that has ended did, and what it left: explain_end.cc.
void tell_end(const Case& about, Sentences& into);
// What it waits for, and until when: explain_waiting.cc.
void tell_waiting(const Case& about, Sentences& into);
// "It was suspended 3s ago, at ..., by ada: because": explain_waiting.cc. Only where it is.
std::string suspension(const Case& about);
// What went wrong last, and where: explain_trouble.cc.
void tell_trouble(const Case& about, Sentences& into);
// Who serves what it waits for; explain_serving.cc.
void tell_serving(const Case& about, Sentences& into);
// What happens next: explain_next.cc.
std::vector<Prospect> tell_next(const Case& about);
// Which commands help: explain_advice.cc.
std::vector<Advice> advise(const Case& about, const std::string& cause);

// The sentence that matters most: explain_summary.cc.
struct Summary {
  std::string cause;
  std::string text;
};
Summary sum_up(const Case& about);

// Why it goes back, as "because ...": explain_where.cc. Only where it does.
std::string reason_to_undo(const Case& about);
// "was rejected: the card was declined": explain_trouble.cc.
std::string what_went_wrong(const Trouble& trouble);
// The last trouble of what stands there; null: none, or it is over.
const Trouble* trouble_at(const Case& about, const Spot& spot);

// What is known of who serves a task type: explain_serving.cc.
enum class Served {
  kUnknown,  // nobody can tell: no engine, no broker, or nobody was listened to for long enough
  kByNobody,
  kHeldBack,  // each of its workers has a breaker open
  kByWorkers,
};
Served served(const Case& about, const std::string& task_type);
// Of a broker that is away: "has been away since ...".
std::string how_long_away(const Case& about);
// Since when nobody serves it, where nobody does.
Time unserved_since(const Case& about, const std::string& task_type);

}  // namespace skald::inspect
