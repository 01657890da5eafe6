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

// I8: what a child answers its parent is durable before the parent takes it.
void Simulation::check_answers(const store::Batch& batch) {
  const auto of_child = [](const store::PendingRow& row) { return row.act.rfind("child:", 0) == 0; };
  if (std::none_of(batch.pending_removed.begin(), batch.pending_removed.end(), of_child)) return;
  for (const auto& record : batch.events) {
    const auto event = core::decode_event(record.bytes);
    constexpr std::string_view kSaga = "saga ";  // what stands before the id in the answer of a child's end
    if (!event || event->worker.rfind(kSaga, 0) != 0) continue;
    const auto run = disk_.log.find(SagaId(event->worker.substr(kSaga.size())));
    const auto summary = run && *run ? disk_.log.summary(**run) : Result<std::optional<store::Summary>>(std::nullopt);
    if (!summary || !*summary || !(*summary)->final) {
      violated("I8: a child answered before its end was durable: " + event->key);
    }
  }
}

// I1: a result is acknowledged behind its commit.
void Simulation::check_acknowledgement(std::uint64_t up_to) {
  while (!handed_out_.empty() && handed_out_.begin()->first <= up_to) {
    const auto results = wire::decode_results(handed_out_.begin()->second, false);
    handed_out_.erase(handed_out_.begin());
    if (!results) continue;
    for (const auto& result : *results) {
      const bool ours = result.token == wire::make_token(kSecret, result.run, result.key, result.attempt);
      if (ours && forgotten_.count(forward_key(result.key)) == 0 && !is_noted(disk_.log, result)) {
        violated(fmt::format("I1: a result was acknowledged before it was durable: {}#{} {}", result.key,
                             result.attempt, wire::to_string(result.outcome)));
      }
    }
  }
}

// I14: nothing is published again that the broker has, or that a worker has answered.
void Simulation::check_repeats() {
  if (!server_.repeated().empty())
    violated("I14: published again although it had arrived: " + *server_.repeated().begin());
}

// I1: what anyone was told is there.
void Simulation::check_recovery() {
  for (const auto& [id, events] : acknowledged_) {
    const auto run = disk_.log.find(SagaId(id));
    if (!run || !*run) return violated("I1: acknowledged and gone: " + id);
    if (disk_.log.removed(**run)->has_value()) continue;
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

bool Simulation::has_ended(const store::Summary& summary) const {
  if (!summary.final || summary.compensation.pending > 0 || summary.compensation.stuck > 0) return false;
  return disk_.log.pending_of(summary.run)->empty();
}

bool Simulation::all_ended() const {
  for (const Client& client : clients_) {
    const auto run = disk_.log.find(SagaId(client.id));
    if (!run || !*run) return false;
    const auto summary = disk_.log.summary(**run);
    if (*summary && !has_ended(**summary)) return false;
  }
  const auto all = disk_.log.list(kAll);
  return std::all_of(all->items.begin(), all->items.end(), [this](const auto& one) { return has_ended(one); });
}

void Simulation::check_rows(const store::Summary& summary, const runtime::LiveSaga& folded) {
  std::set<std::string> owed;
  std::set<std::string> may_stand;  // notes of what the broker has
  const core::Outward outward = core::outward(folded.state);
  if (!outward.tasks.empty()) owed.emplace(runtime::kTasksRow);
  for (const auto& task : outward.tasks) may_stand.insert("task:" + task.key);
  for (const auto& child : outward.children) owed.insert("child:" + child.key);
  std::set<std::string> kept;
  const auto rows = disk_.log.pending_of(summary.run);
  for (const auto& row : *rows) {
    if (may_stand.count(row.act) == 0) kept.insert(row.act);
  }
  if (owed != kept) violated("I8: the pending rows are not what the history owes: " + summary.id.str());
  const auto timers = disk_.log.timers(shard_of_run(summary.run).value_or(0), Time{INT64_MAX}, 100'000);
  const auto of_run =
      std::count_if(timers->begin(), timers->end(), [&](const auto& t) { return t.run == summary.run; });
  if (static_cast<std::size_t>(of_run) != folded.timers().size()) {
    violated("I9: the timers are not what the history owes: " + summary.id.str());
  }
}

Unseen Simulation::unseen() const {
  Unseen all;
  all.unheard = server_.lost_tasks();
  for (const auto& body : server_.lost_results()) {
    const auto results = wire::decode_results(body, false);
    if (!results) continue;
    for (const auto& result : *results) all.unheard.insert(result.key);
  }
  all.forgotten = forgotten_;
  return all;
}

void Simulation::check_fold(const store::Summary& summary, const runtime::Catalog& catalog) {
  if (const auto verified = store::verify_chain(disk_.log, summary.run); !verified) {
    return violated("I6: " + verified.error().message);
  }
  const auto folded = runtime::LiveSaga::load(disk_.log, catalog, summary.run);
  if (!folded) return violated("I6: " + folded.error().message);
  if ((*folded)->summary() != summary)
    return violated("I6: the summary is not the fold of its history: " + summary.id.str());
  check_rows(summary, **folded);
}

void Simulation::check_saga(const Told& saga, const runtime::Catalog& catalog, const Value& document,
                            const std::map<std::string, Effects>& ledger, const Unseen& unseen) {
  const store::Summary& summary = saga.summary;
  for (const auto& event : saga.history) {
    ++report_.events[std::string(core::name_of(event.type))];
    if (event.type == core::EventType::kStepLateResult || event.type == core::EventType::kCompensationLateResult) {
      ++report_.late;
    }
    const bool forged = event.output.bytes().find(Workers::kForged) != std::string_view::npos;
    if (forged) return violated("I7: a forged result was believed: " + event.key);
  }
  if (removed_.count(summary.run) > 0) {
    check_removed(saga);
  } else {
    check_fold(summary, catalog);
  }
  if (report_.broken) return;
  const auto broken = broken_rule(saga.history, summary, document, ledger, unseen);
  if (broken) violated(*broken);
}

void Simulation::accuse(const store::Summary& summary) {
  report_.accused.push_back(fmt::format("saga {} of {}: {}", summary.id.str(), summary.workflow, summary.status));
  const auto history = history_of(disk_.log, summary.run);
  if (!history) return;
  for (const auto& event : *history) report_.accused.push_back("  " + to_json(core::to_value(event)));
}

void Simulation::accuse_the_open() {
  const auto sagas = disk_.log.list(kAll);
  if (!sagas) return;
  for (const auto& summary : sagas->items) {
    if (!has_ended(summary)) accuse(summary);
  }
}

std::vector<Told> Simulation::read_all() {
  std::vector<Told> all;
  const auto sagas = disk_.log.list(kAll);
  if (!sagas) violated("I6: " + sagas.error().message);
  if (!sagas) return all;
  for (const auto& summary : sagas->items) {
    auto history = history_of(disk_.log, summary.run);
    if (!history || history->empty()) {
      violated("I6: " + (history ? "a saga without a history: " + summary.id.str() : history.error().message));
      continue;
    }
    const bool child = !history->front().parent_run.empty();
    report_.children += child ? 1 : 0;
    all.push_back({summary, std::move(*history), false});
  }
  for (const auto& [run, saga] : removed_) {
    report_.children += saga.history.front().parent_run.empty() ? 0 : 1;
    all.push_back(saga);
  }
  report_.removed = removed_.size();
  if (all.size() != clients_.size() + report_.children) violated("I1: other sagas than were submitted");
  return all;
}

void Simulation::check_end() {
  check_recovery();
  // What was to be removed and was not durable is not removed.
  std::erase_if(removed_, [this](const auto& entry) { return !disk_.log.removed(entry.first)->has_value(); });
  const std::vector<Told> sagas = read_all();
  if (report_.broken) return;
  const Family family(sagas);
  if (const auto broken = family.broken()) {
    violated(*broken);
    for (const Told& one : sagas) accuse(one.summary);
    return;
  }
  std::map<std::string, Effects> ledger = services_.ledger();
  ledger.merge(family.effects());
  runtime::Catalog catalog(jq_);
  const auto definitions = disk_.log.definitions();
  for (const auto& row : *definitions) catalog.load(row);
  std::map<std::string, Value> documents;
  const Unseen unseen = this->unseen();
  std::string everything;
  for (const Told& saga : sagas) {
    const auto [document, fresh] = documents.try_emplace(saga.summary.workflow);
    if (fresh) {
      const auto row = disk_.log.definition(saga.summary.workflow, saga.summary.version);
      document->second = definition::parse_document((*row)->source, saga.summary.workflow)->value();
    }
    // Of what is gone, nobody hears what came late.
    Unseen late = unseen;
    if (removed_.count(saga.summary.run) > 0) {
      for (const auto& event : saga.history) late.unheard.insert(event.key);
    }
    check_saga(saga, catalog, document->second, ledger, late);
    if (report_.broken) return accuse(saga.summary);
    ++report_.ends[saga.summary.status];
    everything += bytes_of(saga.summary.head);
  }
  report_.fingerprint = to_hex(bytes_of(sha256(everything)));
}

}  // namespace skald::simulation
