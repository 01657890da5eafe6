#pragma once

// The proof of one saga's history: that its events are those that were written, all of them, in their order, and that
// they make of the saga what is said of it.

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/core/event.h"
#include "engine/runtime/live_saga.h"
#include "engine/runtime/saga_reader.h"

namespace skald::inspect {

// What is said of a saga before its first event: by its summary in a store, or by its line in an export.
struct Claims {
  std::string store_id;
  RunId run;
  SagaId id;
  std::string workflow;
  std::string version;
  std::string definition_hash;
};

class HistoryCheck {
 public:
  // At most one report names the same event. 0: none.
  using Report = std::function<void(std::uint64_t seq, const std::string& what)>;

  // No claims: nobody knows what the history should begin with, and its first event is taken as it is. No workflow: it
  // is not folded.
  HistoryCheck(std::optional<Claims> claims, runtime::SagaReader::WorkflowPtr workflow, Report report);

  // The next event as it stands there, under its number. `wrong`: what the caller found wrong with it; empty: nothing.
  void event(const store::StoredEvent& stored, const core::Event* event, const std::string& wrong = "");
  // The next event, which cannot be read.
  void unreadable(const std::string& what);
  // All events stood there: so many there should be, with this hash of the last.
  void end(std::uint64_t events, const Digest& head);

  // The number of the event that should come next.
  std::uint64_t expected() const { return expected_; }
  bool claims_known() const { return claims_.has_value(); }
  bool damaged() const { return damaged_; }
  // What the events make of the saga; none where it is damaged or was not folded.
  std::optional<store::Summary> folded() const;

 private:
  void report(std::uint64_t seq, const std::string& what);
  void check_place(std::uint64_t seq);
  void check_chain(const store::StoredEvent& stored);
  void check_first(const core::Event& event);
  void fold(const core::Event& event);

  const std::optional<Claims> claims_;
  const Report report_;
  std::unique_ptr<runtime::LiveSaga> saga_;  // none: it is not folded, or no longer
  std::vector<Digest> heads_;                // what the next event may continue; none: nobody knows
  std::set<std::uint64_t> named_;
  std::uint64_t expected_ = 1;
  bool damaged_ = false;
};

}  // namespace skald::inspect
