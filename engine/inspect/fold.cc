#include "engine/inspect/fold.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/apply.h"

namespace skald::inspect {

Result<Value> event_json(const store::StoredEvent& stored) {
  SKALD_ASSIGN(const core::Event event, core::decode_event(stored.bytes));
  Value value = core::to_value(event);
  value["hash"] = to_hex(bytes_of(stored.hash));
  return value;
}

Result<std::vector<Value>> events_json(const runtime::SagaReader& reader, const RunId& run, std::uint64_t from,
                                       std::size_t limit) {
  SKALD_ASSIGN(const auto events, reader.events(run, from, limit));
  std::vector<Value> values;
  for (const auto& stored : events) {
    SKALD_ASSIGN(Value value, event_json(stored));
    values.push_back(std::move(value));
  }
  return values;
}

Status each_event(const runtime::SagaReader& reader, const RunId& run, std::uint64_t from, std::uint64_t to,
                  const std::function<Status(const store::StoredEvent&)>& take) {
  constexpr std::uint64_t kPage = 1'000;
  std::uint64_t next = std::max<std::uint64_t>(from, 1);
  while (to == 0 || next <= to) {
    const std::uint64_t most = to == 0 ? kPage : std::min(kPage, to - next + 1);
    SKALD_ASSIGN(const auto page, reader.events(run, next, most));
    for (const auto& stored : page) SKALD_TRY(take(stored));
    if (page.size() < most) break;
    next += page.size();
  }
  return {};
}

Status all_read(const runtime::SagaReader& reader, const runtime::SagaView& view, std::uint64_t last,
                std::uint64_t wanted) {
  const std::uint64_t events = view.summary.events;
  if (last >= (wanted == 0 ? events : std::min(wanted, events))) return {};
  SKALD_ASSIGN(const runtime::SagaView now, reader.show(view.summary.run));
  return fail(ErrorKind::kDamaged, "damaged-history",
              fmt::format("the history of run {} ends at event {}, its summary counts {}", now.summary.run.str(), last,
                          now.summary.events));
}

Result<std::vector<core::Event>> events_of(const runtime::SagaReader& reader, const RunId& run) {
  std::vector<core::Event> events;
  SKALD_TRY(each_event(reader, run, 1, 0, [&events](const store::StoredEvent& stored) -> Status {
    SKALD_ASSIGN(core::Event event, core::decode_event(stored.bytes));
    events.push_back(std::move(event));
    return {};
  }));
  return events;
}

Result<core::State> state_at(const runtime::SagaReader& reader, const RunId& run, std::uint64_t at) {
  SKALD_ASSIGN(const runtime::SagaView view, reader.show(run));
  SKALD_ASSIGN(auto workflow, reader.workflow(view.summary.workflow, view.summary.version));
  core::State state = core::make_state(std::move(workflow));
  SKALD_TRY(each_event(reader, run, 1, at, [&state](const store::StoredEvent& stored) -> Status {
    SKALD_ASSIGN(const core::Event event, core::decode_event(stored.bytes));
    core::apply(state, event);
    return {};
  }));
  SKALD_TRY(all_read(reader, view, state.seq, at));
  if (state.seq < at) {
    return fail(ErrorKind::kInvalid, "no-such-event",
                fmt::format("saga {} has no event {}; its last is {}", view.summary.id.str(), at, state.seq));
  }
  return state;
}

}  // namespace skald::inspect
