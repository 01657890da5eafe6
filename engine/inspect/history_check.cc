#include "engine/inspect/history_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/apply.h"
#include "store/chain.h"

namespace skald::inspect {
namespace {

constexpr std::size_t kMostHeads = 4;

// Runs `work` over what somebody may have made up. What was wrong; empty: nothing.
template <typename Work>
std::string survive(Work&& work) {
  const ChecksThrow readers;
  try {
    work();
    return "";
  } catch (const std::exception& broken) {
    return broken.what();
  }
}

}  // namespace

HistoryCheck::HistoryCheck(std::optional<Claims> claims, runtime::SagaReader::WorkflowPtr workflow, Report report)
    : claims_(std::move(claims)), report_(std::move(report)) {
  if (!claims_) return;
  heads_.push_back(store::chain_start(claims_->store_id, claims_->run, claims_->definition_hash));
  if (workflow != nullptr) {
    saga_ = std::make_unique<runtime::LiveSaga>(std::move(workflow), claims_->store_id, claims_->run);
  }
}

void HistoryCheck::report(std::uint64_t seq, const std::string& what) {
  damaged_ = true;
  saga_.reset();
  if (seq == 0 || named_.insert(seq).second) report_(seq, what);
}

void HistoryCheck::event(const store::StoredEvent& stored, const core::Event* event, const std::string& wrong) {
  if (!wrong.empty()) report(stored.seq, wrong);
  if (stored.seq < expected_) return report(stored.seq, fmt::format("it stands again behind event {}", expected_ - 1));
  check_place(stored.seq);
  check_chain(stored);
  if (event == nullptr) {
    report(stored.seq, "its bytes cannot be read");
  } else if (event->seq != stored.seq) {
    report(stored.seq, fmt::format("its bytes are those of event {}", event->seq));
  } else {
    if (stored.seq == 1) check_first(*event);
    fold(*event);
  }
  expected_ = stored.seq + 1;
}

// After a gap nobody knows what an event should continue.
void HistoryCheck::check_place(std::uint64_t seq) {
  if (seq == expected_) return;
  const std::string more = seq - expected_ > 1 ? fmt::format(", and all up to {}", seq - 1) : "";
  report(expected_, fmt::format("it is missing{}: event {} stands in its place", more, seq));
  heads_.clear();
}

// An event that does not continue the chain, or its hash, was changed: the next may go on from either.
void HistoryCheck::check_chain(const store::StoredEvent& stored) {
  std::vector<Digest> next = {stored.hash};
  for (const Digest& head : heads_) next.push_back(store::chain_next(head, stored.bytes));
  if (heads_.empty() || std::find(next.begin() + 1, next.end(), stored.hash) != next.end()) {
    next.resize(1);
  } else {
    report(stored.seq, "it is not what was written: its hash does not continue the chain");
  }
  heads_ = std::move(next);
  heads_.resize(std::min(heads_.size(), kMostHeads));
}

void HistoryCheck::check_first(const core::Event& event) {
  if (!claims_) return;
  const auto compare = [this](const char* what, const std::string& told, const std::string& claimed) {
    if (told != claimed) {
      report(1, fmt::format("its {} is '{}', and the saga's should be '{}'", what, told.substr(0, 300), claimed));
    }
  };
  if (event.type != core::EventType::kSagaStarted) {
    return report(1, fmt::format("a history begins with saga.started, and this is {}", core::name_of(event.type)));
  }
  compare("id", event.id, claims_->id.str());
  compare("run", event.run, claims_->run.str());
  compare("workflow", event.workflow, claims_->workflow);
  compare("version", event.version, claims_->version);
  compare("definition's hash", event.definition_hash, claims_->definition_hash);
}

void HistoryCheck::fold(const core::Event& event) {
  if (saga_ == nullptr || damaged_) return;
  const std::string broken = survive([&] { core::apply(saga_->state, event); });
  if (!broken.empty()) report(event.seq, fmt::format("it cannot follow from the events before it ({})", broken));
}

void HistoryCheck::unreadable(const std::string& what) {
  report(expected_, what);
  ++expected_;
  heads_.clear();
}

void HistoryCheck::end(std::uint64_t events, const Digest& head) {
  const std::uint64_t last = expected_ - 1;
  if (last < events) {
    const std::string more = events - last > 1 ? fmt::format(", and all up to {}", events) : "";
    return report(expected_, fmt::format("it is missing{}: the history ends before it", more));
  }
  if (last > events) return report(events + 1, fmt::format("the history should end with event {}", events));
  const bool known = heads_.empty() || std::find(heads_.begin(), heads_.end(), head) != heads_.end();
  if (!known) report(last, "its hash is not the one that the history should end with");
}

std::optional<store::Summary> HistoryCheck::folded() const {
  if (saga_ == nullptr || damaged_) return std::nullopt;
  std::optional<store::Summary> summary;
  const std::string broken = survive([&] { summary = saga_->summary(); });
  if (summary) summary->head = heads_.front();
  return broken.empty() ? summary : std::nullopt;
}

}  // namespace skald::inspect
