#include "tests/simulation/simulation.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/core/kinds.h"
#include "engine/definition/kind.h"
#include "tests/simulation/generator.h"

namespace skald::simulation {
namespace {

constexpr std::size_t kLeastSagas = 20;
constexpr Millis kFaultsFor{40'000};
constexpr Millis kCalmAfter{60'000};
constexpr Millis kQuiet{90'000};     // longer than anything that is late can be
constexpr Millis kBound{3'600'000};  // and as long as what is due has gone away with a clock that was set back

}  // namespace

Simulation::Simulation(std::uint64_t seed, Documents documents, std::size_t resident_sagas)
    : documents_(documents),
      resident_sagas_(resident_sagas),
      world_(seed),
      disk_("simulated-" + std::to_string(seed)),
      server_(world_),
      services_(world_, weather_, report_.meetings),
      workers_(world_, server_, services_, weather_, report_.meetings),
      wire_{world_, server_, weather_, report_.meetings, true, {}, {}, {}, {}, {}, {}, kSecret} {
  report_.seed = seed;
  wire_.alive = [this] { return alive(); };
  wire_.leaves = [this](const runtime::TaskOrder& order) { check_publish(order); };
  wire_.hands_out = [this](std::uint64_t seq, const std::string& body) { handed_out_[seq] = body; };
  wire_.acknowledges = [this](std::uint64_t up_to) { check_acknowledgement(up_to); };
  wire_.poke = [this] { poke(); };
}

Simulation::~Simulation() = default;

Report Simulation::run() {
  store::Batch batch;
  batch.meta = {{"secret", kSecret}, {"incarnation", "1"}};
  const std::vector<Document> chosen = choose_documents();
  if (report_.broken) return std::move(report_);
  std::vector<Document> deployed = chosen;
  deployed.insert(deployed.end(), children().begin(), children().end());
  for (const Document& document : deployed) {
    batch.definitions.push_back(
        {document.name, "1.0.0", to_hex(bytes_of(sha256(document.source))), document.source, {}});
  }
  if (!disk_.log.commit(batch)) violated("the simulated disk takes nothing");
  // Some keep what has ended for a moment only, shorter than a real engine may: results come late for what is gone.
  if (world_.random.chance(0.3)) retention_.keep = world_.random.between(1'000, 30'000);
  start_engine();
  draw_weather();
  schedule_faults();
  make_clients(chosen);
  if (documents_ == Documents::kGenerated) signal_those_that_listen();
  world_.after(kCalmAfter, [this] { calm(); });
  while (!report_.broken && world_.step()) {
    if (dead_ && engine_) end_engine();
    if (calm_ && world_.now() > calm_at_ + kQuiet && all_ended() && server_.open_tasks() == 0) break;
    if (calm_ && world_.now() > calm_at_ + kBound + (highest_skew_ - skew_))
      violated(fmt::format("I2: not everything has ended in bounded time; {} tasks are open", server_.open_tasks()));
  }
  if (!report_.broken) {
    check_end();
    check_repeats();
  } else {
    accuse_the_open();
  }
  note_evictions();
  report_.sagas = clients_.size() + report_.children;
  report_.steps = world_.steps();
  report_.repeats = services_.repeats();
  return std::move(report_);
}

std::vector<Document> Simulation::choose_documents() {
  Random& random = world_.random;
  const std::size_t first = random.below(documents().size());
  const std::size_t second = (first + 1 + random.below(documents().size() - 1)) % documents().size();
  if (documents_ == Documents::kWritten) return {documents()[first], documents()[second]};
  const Document made = generated(report_.seed);
  report_.generated = made.source;
  const auto parsed = definition::parse_workflow(made.source, "generated", core::all_kinds(), jq_);
  if (!parsed) violated("the generated document is refused: " + parsed.error().message);
  return {documents()[first], made, made, made};
}

void Simulation::make_clients(const std::vector<Document>& documents) {
  Random& random = world_.random;
  const std::size_t sagas = kLeastSagas + random.below(10);
  const bool in_crowds = random.chance(0.3);  // many tasks go out together then
  for (std::size_t i = 0; i < sagas; ++i) {
    Client client{fmt::format("saga-{}", i), documents[random.below(documents.size())].name, {}, false};
    client.input = Payload(Value{{"n", i}, {"flag", random.chance(0.5)}});
    clients_.push_back(std::move(client));
    const int at_once = random.chance(0.1) ? 3 : 1;
    const Millis when = in_crowds ? 8'000 * random.between(0, 3) : random.between(0, 25'000);
    for (int again = 0; again < at_once; ++again) world_.after(when, [this, i] { submit(i); });
  }
}

// --- faults

void Simulation::draw_weather() {
  Random& random = world_.random;
  for (double* knob :
       {&weather_.publish_lost, &weather_.publish_late, &weather_.ack_lost, &weather_.result_twice, &weather_.stale_ack,
        &weather_.dies_before, &weather_.dies_after, &weather_.pauses, &weather_.slow, &weather_.answers_twice,
        &weather_.garbage, &weather_.forged, &weather_.old_token, &weather_.fails, &weather_.rejects,
        &weather_.answer_lost, &weather_.undo_rejects}) {
    if (random.chance(0.35)) *knob = 0.01 + 0.002 * static_cast<double>(random.below(80));
  }
}

void Simulation::schedule_faults() {
  static constexpr Fault kEvents[] = {Fault::kKill,           Fault::kKillAmidActions, Fault::kKillBeforeWrite,
                                      Fault::kKillAfterWrite, Fault::kWriteFails,      Fault::kSyncFails,
                                      Fault::kDiskFull,       Fault::kDisconnect,      Fault::kWipe,
                                      Fault::kRollback,       Fault::kRestart,         Fault::kResultsLost,
                                      Fault::kClockForward,   Fault::kClockBack,       Fault::kCancel,
                                      Fault::kTerminate,      Fault::kOperator,        Fault::kKill,
                                      Fault::kCancel,         Fault::kKillAmidActions, Fault::kSuspend,
                                      Fault::kSuspend,        Fault::kCompensate,      Fault::kRestore};
  Random& random = world_.random;
  const std::size_t count = 5 + random.below(9);
  for (std::size_t i = 0; i < count; ++i) {
    const Fault fault = kEvents[random.below(std::size(kEvents))];
    world_.after(random.between(200, kFaultsFor.count()), [this, fault] { strike(fault); });
  }
  for (int i = 0; i < 4; ++i) world_.after(random.between(0, kFaultsFor.count()), [this] { server_.snapshot(); });
}

void Simulation::strike(Fault fault) {
  ++report_.faults;
  report_.struck.push_back(fmt::format("{} {}", format_time(world_.now()), name_of(fault)));
  switch (fault) {
    case Fault::kKill:
      met(fault);
      return dies();
    case Fault::kKillAmidActions:
      if (!dead_) actions_left_ = world_.random.below(6);
      return;
    case Fault::kKillBeforeWrite:
    case Fault::kKillAfterWrite:
    case Fault::kWriteFails:
    case Fault::kSyncFails:
      disk_.next = fault;
      return;
    case Fault::kDiskFull:
      disk_.full = true;
      world_.after(world_.random.between(500, 10'000), [this] { disk_.full = false; });
      return;
    case Fault::kClockForward:
    case Fault::kClockBack:
      return clock_jumps(fault);
    case Fault::kRestore:
      return back_up();
    case Fault::kCancel:
    case Fault::kTerminate:
    case Fault::kCompensate:
    case Fault::kSuspend:
    case Fault::kOperator:
      return verb_on_some_saga(fault);
    default:
      return broker_fault(fault);
  }
}

void Simulation::broker_fault(Fault fault) {
  met(fault);
  if (fault == Fault::kResultsLost) {
    server_.lose_results(3);
    return;
  }
  if (fault == Fault::kWipe) server_.wipe();
  if (fault == Fault::kRollback) server_.rollback();
  if (fault == Fault::kDisconnect) {
    wire_.connected = false;
  } else {
    server_.set_up(false);
  }
  wire_.end_connection();
  if (!dead_ && engine_) broker_->changed(false);
  world_.after(world_.random.between(100, 7'000), [this, fault] {
    wire_.connected = true;
    if (fault == Fault::kRestart) server_.restart();
    server_.set_up(true);
    if (!dead_ && engine_) broker_->changed(true);
    poke();
  });
}

void Simulation::clock_jumps(Fault fault) {
  met(fault);
  const Millis jump = world_.random.between(1'000, 3'600'000);
  skew_ += fault == Fault::kClockForward ? jump : -jump;
  highest_skew_ = std::max(highest_skew_, skew_);
  poke();
}

void Simulation::met(Fault fault) {
  const auto open = disk_.log.list({});
  if (!open) return;
  for (const auto& summary : open->items) {
    const auto rows = disk_.log.pending_of(summary.run);
    for (const auto& row : *rows) {
      const std::string node = node_of_act(row.act);
      if (!node.empty()) report_.meetings.note(fault, node);
    }
    if (summary.pending.empty()) continue;
    const bool undoing = summary.status == "compensating" || summary.compensation.stuck > 0;
    report_.meetings.note(fault, undoing ? "undo" : "call");
  }
}

void Simulation::met(Fault fault, const store::Batch& batch) {
  if (!batch.removals.empty()) report_.meetings.note(fault, "removal");
  for (const auto* rows : {&batch.pending, &batch.pending_removed}) {
    for (const auto& row : *rows) {
      const std::string node = node_of_act(row.act);
      if (!node.empty()) report_.meetings.note(fault, node);
    }
  }
  for (const auto& record : batch.events) {
    const auto event = core::decode_event(record.bytes);
    if (!event) continue;
    const std::string type(core::name_of(event->type));
    std::string node;
    if (type.rfind("compensation.", 0) == 0 && !event->key.empty()) node = node_of(event->key);
    if (type.rfind("step.", 0) == 0 && !event->task.empty()) node = "call";
    if (type == "output.set") node = "set";
    if (type == "event.emitted") node = "emit";
    if (type == "event.matched") node = "listen";
    if (type == "branch.taken") node = event->taken == "run" || event->taken == "skip" ? "if" : "then";
    if (type == "context.set") node = "export";
    if (!node.empty()) report_.meetings.note(fault, node);
  }
}

void Simulation::calm() {
  calm_ = true;
  calm_at_ = world_.now();
  weather_ = {};
  disk_.full = false;
  disk_.next.reset();
  actions_left_.reset();
  mend_stuck_sagas();
}

Report simulate(std::uint64_t seed, Documents documents) {
  const bool few = seed % 3 == 0;
  return simulate(seed, documents, few ? seed / 3 % 8 : runtime::kResidentSagas);
}

Report simulate(std::uint64_t seed, Documents documents, std::size_t resident_sagas) {
  return Simulation(seed, documents, resident_sagas).run();
}

}  // namespace skald::simulation
