// What must hold, checked as things happen and at the end.

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/definition/document.h"
#include "engine/wire/result.h"
#include "engine/wire/token.h"
#include "store/verify.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/simulation.h"

namespace skald::simulation {
namespace {

Result<std::vector<core::Event>> history_of(const store::SagaLog& log, const RunId& run) {
  SKALD_ASSIGN(const auto stored, log.events(run, 1, 100'000));
  std::vector<core::Event> history;
  for (const auto& one : stored) {
    SKALD_ASSIGN(core::Event event, core::decode_event(one.bytes));
    history.push_back(std::move(event));
  }
  return history;
}

// Whether the log holds what came of this result.
bool is_noted(const store::SagaLog& log, const wire::ResultMessage& result) {
  const auto stored = log.events(result.run, 1, 100'000);
  if (!stored || stored->empty()) return true;  // a run that is not ours
  const std::string outcome(wire::to_string(result.outcome));
  for (auto at = stored->rbegin(); at != stored->rend(); ++at) {
    if (at->bytes.find(result.key) == std::string::npos) continue;
    const auto event = core::decode_event(at->bytes);
    if (!event || event->key != result.key || event->attempt != result.attempt) continue;
    const std::string name(core::name_of(event->type));
    if (event->outcome == outcome || name.substr(name.find('.') + 1) == outcome) return true;
  }
  return false;
}

}  // namespace

void Simulation::violated(const std::string& what) {
  if (!report_.broken) report_.broken = fmt::format("{} (at {})", what, format_time(world_.now()));
}

// I8: nothing leaves that the log does not hold.
void Simulation::check_publish(const runtime::TaskOrder& order) {
  const auto rows = disk_.log.pending_of(order.run);
  const auto row =
      std::find_if(rows->begin(), rows->end(), [&](const auto& one) { return one.act == "task:" + order.act.key; });
  const auto act =
      row == rows->end() ? Result<runtime::ActRow>(runtime::ActRow{}) : runtime::decode_act_row(row->bytes);
  if (act && act->attempt == order.act.attempt && act->dispatch == order.act.dispatch) return;
  // The attempt may have been closed since its order was given; its decision stands in the history all the same.
  const auto history = history_of(disk_.log, order.run);
  const bool known = history && std::any_of(history->begin(), history->end(), [&](const core::Event& event) {
                       return event.key == order.act.key && event.attempt == order.act.attempt &&
                              std::max(event.dispatch, 1U) == order.act.dispatch;
                     });
  if (!known) violated("I8: published before it was durable: " + order.act.key);
}

// I1: a result is acknowledged behind its commit.
void Simulation::check_acknowledgement(std::uint64_t up_to) {
  while (!handed_out_.empty() && handed_out_.begin()->first <= up_to) {
    const auto results = wire::decode_results(handed_out_.begin()->second, false);
    handed_out_.erase(handed_out_.begin());
    if (!results) continue;
    for (const auto& result : *results) {
      const bool ours = result.token == wire::make_token(kSecret, result.run, result.key, result.attempt);
      if (ours && !is_noted(disk_.log, result)) {
        violated(fmt::format("I1: a result was acknowledged before it was durable: {}#{} {}", result.key,
                             result.attempt, wire::to_string(result.outcome)));
      }
    }
  }
}

// I1: what anyone was told is there.
void Simulation::check_recovery() {
  for (const auto& [id, events] : acknowledged_) {
    const auto run = disk_.log.find(SagaId(id));
    if (!run || !*run) return violated("I1: acknowledged and gone: " + id);
    const auto summary = disk_.log.summary(**run);
    if (!summary || !*summary || (*summary)->events < events) violated("I1: its history has become shorter: " + id);
  }
}

std::set<std::string> Simulation::stuck_steps(const RunId& run) const {
  std::set<std::string> steps;
  const auto history = history_of(disk_.log, run);
  if (!history) return steps;
  for (const auto& event : *history) {
    if (event.type == core::EventType::kSagaStuck) steps.insert(event.step);
  }
  return steps;
}

bool Simulation::all_ended() const {
  for (const Client& client : clients_) {
    const auto run = disk_.log.find(SagaId(client.id));
    if (!run || !*run) return false;
    const auto summary = disk_.log.summary(**run);
    if (!(*summary)->final) return false;
    const auto rows = disk_.log.pending_of(**run);
    if (!rows->empty() || (*summary)->compensation.pending > 0 || (*summary)->compensation.stuck > 0) return false;
  }
  return true;
}

void Simulation::check_rows(const store::Summary& summary, const runtime::LiveSaga& folded) {
  std::vector<std::string> owed;
  for (const auto& task : core::outward(folded.state).tasks) owed.push_back("task:" + task.key);
  std::vector<std::string> kept;
  const auto rows = disk_.log.pending_of(summary.run);
  for (const auto& row : *rows) kept.push_back(row.act);
  std::sort(owed.begin(), owed.end());
  if (owed != kept) violated("I8: the pending rows are not what the history owes: " + summary.id.str());
  const auto timers = disk_.log.timers(shard_of_run(summary.run).value_or(0), Time{INT64_MAX}, 100'000);
  const auto of_run =
      std::count_if(timers->begin(), timers->end(), [&](const auto& t) { return t.run == summary.run; });
  if (static_cast<std::size_t>(of_run) != folded.timers().size()) {
    violated("I9: the timers are not what the history owes: " + summary.id.str());
  }
}

std::set<std::string> Simulation::unheard_keys() const {
  std::set<std::string> keys = server_.lost_tasks();
  for (const auto& body : server_.lost_results()) {
    const auto results = wire::decode_results(body, false);
    if (!results) continue;
    for (const auto& result : *results) keys.insert(result.key);
  }
  return keys;
}

void Simulation::check_saga(const store::Summary& summary, const runtime::Catalog& catalog, const Value& document,
                            const std::set<std::string>& unheard) {
  const auto history = history_of(disk_.log, summary.run);
  if (!history) return violated("I6: " + history.error().message);
  if (const auto verified = store::verify_chain(disk_.log, summary.run); !verified) {
    return violated("I6: " + verified.error().message);
  }
  for (const auto& event : *history) {
    ++report_.events[std::string(core::name_of(event.type))];
    if (event.type == core::EventType::kStepLateResult || event.type == core::EventType::kCompensationLateResult) {
      ++report_.late;
    }
    const bool forged = event.output.bytes().find(Workers::kForged) != std::string_view::npos;
    if (forged) return violated("I7: a forged result was believed: " + event.key);
  }
  const auto folded = runtime::LiveSaga::load(disk_.log, catalog, summary.run);
  if (!folded) return violated("I6: " + folded.error().message);
  if ((*folded)->summary() != summary)
    return violated("I6: the summary is not the fold of its history: " + summary.id.str());
  check_rows(summary, **folded);
  const auto broken = broken_rule(*history, summary, document, services_.ledger(), unheard);
  if (broken) violated(*broken);
}

void Simulation::accuse(const store::Summary& summary) {
  report_.accused.push_back(fmt::format("saga {} of {}: {}", summary.id.str(), summary.workflow, summary.status));
  const auto history = history_of(disk_.log, summary.run);
  if (!history) return;
  for (const auto& event : *history) report_.accused.push_back("  " + to_json(core::to_value(event)));
}

void Simulation::accuse_the_open() {
  store::ListQuery all;
  all.limit = 1'000;
  const auto sagas = disk_.log.list(all);
  if (!sagas) return;
  for (const auto& summary : sagas->items) {
    if (!summary.final || !disk_.log.pending_of(summary.run)->empty()) accuse(summary);
  }
}

void Simulation::check_end() {
  check_recovery();
  store::ListQuery all;
  all.limit = 1'000;
  const auto sagas = disk_.log.list(all);
  if (!sagas || sagas->items.size() != clients_.size()) return violated("I1: other sagas than were submitted");
  runtime::Catalog catalog(jq_);
  const auto definitions = disk_.log.definitions();
  std::map<std::string, Value> documents;
  for (const auto& row : *definitions) {
    catalog.load(row);
    if (!catalog.find(row.workflow, row.version)) return violated("I6: a definition does not load");
    documents[row.workflow] = definition::parse_document(row.source, row.workflow)->value();
  }
  const std::set<std::string> unheard = unheard_keys();
  std::string everything;
  for (const auto& summary : sagas->items) {
    check_saga(summary, catalog, documents.at(summary.workflow), unheard);
    if (report_.broken) return accuse(summary);
    ++report_.ends[summary.status];
    everything += bytes_of(summary.head);
  }
  report_.fingerprint = to_hex(bytes_of(sha256(everything)));
}

}  // namespace skald::simulation
