#include "engine/inspect/verify.h"

#include <fmt/format.h>

namespace skald::inspect {
namespace {

constexpr std::size_t kPage = 500;
constexpr std::size_t kMostUnreadable = 1'000;  // events of a saga, one by one

// The members that are not the same.
std::string differences(const store::Summary& a, const store::Summary& b) {
  std::string names;
  const auto compare = [&names](const char* name, bool same) {
    if (!same) names += (names.empty() ? "" : ", ") + std::string(name);
  };
  compare("id", a.id == b.id);
  compare("run", a.run == b.run);
  compare("workflow", a.workflow == b.workflow);
  compare("version", a.version == b.version);
  compare("definition's hash", a.definition_hash == b.definition_hash);
  compare("status", a.status == b.status && a.final == b.final);
  compare("start", a.started_at == b.started_at);
  compare("end", a.ended_at == b.ended_at);
  compare("labels", a.labels == b.labels);
  compare("error", a.error == b.error);
  compare("input's hash", a.input_hash == b.input_hash);
  compare("requested version", a.requested_version == b.requested_version);
  compare("output's event", a.output_seq == b.output_seq);
  compare("pending steps", a.pending == b.pending);
  compare("counts of undos", a.compensation == b.compensation);
  compare("steps left behind", a.left_behind == b.left_behind);
  compare("count of events", a.events == b.events);
  compare("head", a.head == b.head);
  return names;
}

}  // namespace

void LogCheck::damaged(const store::Summary& summary, std::uint64_t seq, const std::string& what) {
  ++proved_.damages;
  found_({summary.id.str(), summary.run.str(), seq, 0, what});
}

void LogCheck::saga(const RunId& run) {
  const auto summary = log_.log().summary(run);
  store::Summary none;
  none.run = run;
  if (!summary) {
    ++proved_.sagas;  // looked at, as those are whose events cannot be read
    return damaged(none, 0, summary.error().message);
  }
  if (*summary) return history(**summary);
  const auto removed = log_.log().removed(run);
  if (!removed) return damaged(none, 0, removed.error().message);
  if (!*removed) damaged(none, 0, "there is no such saga");
}

void LogCheck::history(const store::Summary& summary) {
  auto workflow = log_.catalog().find(summary.workflow, summary.version);
  if (!workflow) damaged(summary, 0, workflow.error().message);
  const bool same = workflow && (*workflow)->hash == summary.definition_hash;
  if (workflow && !same) damaged(summary, 0, "its definition has another hash");
  HistoryCheck check(Claims{log_.log().store_id(), summary.run, summary.id, summary.workflow, summary.version,
                            summary.definition_hash},
                     same ? *workflow : nullptr,
                     [&](std::uint64_t seq, const std::string& what) { damaged(summary, seq, what); });
  read(summary, check);
  check.end(summary.events, summary.head);
  ++proved_.sagas;
  proved_.events += check.expected() - 1;
  if (const auto folded = check.folded()) compare(summary, *folded);
}

// Where a page cannot be read, its events are read one by one: so the damaged ones are found, and the others proved.
void LogCheck::read(const store::Summary& summary, HistoryCheck& check) {
  std::uint64_t next = 1;
  std::size_t most = kPage;
  for (std::size_t unreadable = 0; unreadable < kMostUnreadable;) {
    const auto events = log_.log().events(summary.run, next, most);
    if (!events && most > 1) {
      most = 1;
    } else if (!events) {
      check.unreadable(events.error().message);
      ++unreadable;
      most = kPage;
      if (++next > summary.events) return;
    } else {
      for (const store::StoredEvent& stored : *events) {
        const auto event = core::decode_event(stored.bytes);
        check.event(stored, event ? &*event : nullptr);
      }
      if (events->size() < most) return;
      next = events->back().seq + 1;
    }
  }
}

void LogCheck::compare(const store::Summary& stored, const store::Summary& folded) {
  const std::string names = differences(stored, folded);
  if (!names.empty()) damaged(stored, stored.events, "the summary is not what the events make of it: " + names);
}

}  // namespace skald::inspect
