// The lives of the engine: its start over what its last life has left on disk, its loops, its end; and its return from
// a backup.

#include <algorithm>
#include <cstdlib>

#include "store/backup.h"
#include "tests/simulation/simulation.h"

namespace skald::simulation {
namespace {

constexpr Millis kTick{250};
constexpr Millis kLongSleep{5'000};

}  // namespace

void Simulation::start_engine() {
  ++life_;
  ++report_.lives;
  dead_ = false;
  actions_left_.reset();
  handed_out_.clear();
  check_recovery();
  runtime::LocalEngine::Parts parts;
  auto log = std::make_unique<SimLog>(
      disk_, world_,
      [this](Fault fault, const store::Batch& batch) {
        met(fault, batch);
        dies();
      },
      [this](const store::Batch& batch) {
        check_answers(batch);
        check_removals(batch);
      });
  log_ = log.get();
  const auto incarnation = disk_.log.meta("incarnation");
  auto broker = std::make_unique<SimBroker>(wire_, std::strtoull((*incarnation)->c_str(), nullptr, 10));
  broker_ = broker.get();
  parts.log = std::move(log);
  parts.broker = std::move(broker);
  parts.jq = std::make_unique<core::NoJq>();
  parts.clock = std::make_unique<SimClock>(world_, skew_);
  parts.fatal = [this](const Error& error) {
    if (error.kind == ErrorKind::kDamaged) violated("I6: " + error.message);
    dies();
  };
  parts.random = [this] { return world_.random.next(); };
  parts.drive = runtime::Drive::kTurns;
  parts.retention = retention_;
  parts.resident_sagas = resident_sagas_;
  auto engine = runtime::LocalEngine::start(std::move(parts));
  if (!engine) return violated("the engine does not start: " + engine.error().message);
  engine_ = std::move(*engine);
  make_loops();
  if (retention_.keep > Millis(0)) look_for_what_may_go(life_);
}

void Simulation::look_for_what_may_go(std::uint64_t life) {
  if (dead_ || !engine_ || life != life_) return;
  const Millis pause = engine_->retention().turn();
  poke();
  world_.after(pause, [this, life] { look_for_what_may_go(life); });
}

void Simulation::end_engine() {
  log_->cut_off();
  loops_.clear();
  note_evictions();
  engine_.reset();
  world_.after(world_.random.between(50, 4'000), [this] { start_engine(); });
}

void Simulation::note_evictions() {
  if (!engine_) return;
  for (const auto& worker : engine_->shard_workers()) report_.evicted += worker->evicted();
}

void Simulation::dies() {
  dead_ = true;
  wire_.end_connection();
  server_.to_engine({});
}

bool Simulation::alive() {
  if (dead_) return false;
  if (actions_left_ && (*actions_left_)-- == 0) {
    met(Fault::kKillAmidActions);
    dies();
    return false;
  }
  return true;
}

void Simulation::make_loops() {
  for (const auto& worker : engine_->shard_workers()) {
    loops_.push_back({[&shard = *worker] { return shard.turn(); },
                      [&shard = *worker] { return std::max(shard.until_next_timer(), Millis(1)); }});
  }
  loops_.push_back({[this] { return engine_->journal().turn(); }, [] { return kLongSleep; }});
  loops_.push_back({[this] { return engine_->dispatcher().turn(), false; }, [] { return kTick; }});
  for (std::size_t loop = 0; loop < loops_.size(); ++loop) schedule(loop, world_.random.between(0, 5));
}

void Simulation::schedule(std::size_t loop, Millis delay) {
  Loop& one = loops_[loop];
  one.due = world_.now() + delay;
  world_.after(delay, [this, loop, life = life_, token = ++one.token] {
    if (life == life_ && !dead_ && loop < loops_.size() && loops_[loop].token == token) run_loop(loop);
  });
}

void Simulation::run_loop(std::size_t loop) {
  const bool did = loops_[loop].turn();
  if (dead_) return;
  Loop& one = loops_[loop];
  one.idle = did ? 0 : one.idle + 1;
  // What has nothing to do for long is looked at less often: hours pass until a clock that was set back is right.
  const Millis pause = one.idle > 40 ? std::max(one.pause(), kLongSleep) : one.pause();
  schedule(loop, did ? world_.random.between(0, 1) : pause);
  if (did) poke();
}

void Simulation::poke() {
  for (std::size_t loop = 0; loop < loops_.size(); ++loop) {
    loops_[loop].idle = 0;
    const bool dispatcher = loop + 1 == loops_.size();
    const Millis delay = dispatcher ? kTick : world_.random.between(0, 2);
    if (loops_[loop].due > world_.now() + delay) schedule(loop, delay);
  }
}

// --- backup and restore

void Simulation::back_up() {
  if (backup_) return;
  backup_ = disk_.log.contents();
  world_.after(world_.random.between(300, 15'000), [this] { restore(); });
}

// The engine goes on from the backup, as another incarnation. What came behind it is forgotten by all who rely on the
// log.
void Simulation::restore() {
  met(Fault::kRestore);
  ++report_.restores;
  if (!dead_) dies();
  const store::MemoryLog::Contents lost = disk_.log.contents();
  forget(lost, *backup_);
  disk_.log.become(std::move(*backup_));
  backup_.reset();
  disk_.next.reset();
  if (!store::begin_incarnation(disk_.log, world_.now() + skew_)) violated("no incarnation begins");
}

void Simulation::forget(const store::MemoryLog::Contents& lost, const store::MemoryLog::Contents& kept) {
  const auto forget_behind = [&](const RunId& run, const core::Event& event) {
    const auto known = kept.events.find(run);
    const std::uint64_t last = known == kept.events.end() ? 0 : known->second.rbegin()->first;
    if (event.seq > last) forgotten_.insert(forward_key(event.key));
  };
  for (const auto& [run, events] : lost.events) {
    for (const auto& [seq, stored] : events) {
      if (const auto event = core::decode_event(stored.bytes)) forget_behind(run, *event);
    }
  }
  for (const auto& [run, saga] : removed_) {
    for (const core::Event& event : saga.history) forget_behind(run, event);
  }
  std::erase_if(removed_, [&](const auto& entry) { return kept.removed.count(entry.first) == 0; });
  std::erase_if(acknowledged_, [&](const auto& entry) { return kept.ids.count(SagaId(entry.first)) == 0; });
  for (auto& [id, events] : acknowledged_) {
    const auto saga = kept.sagas.find(kept.ids.at(SagaId(id)));
    if (saga != kept.sagas.end()) events = std::min(events, saga->second.events);
  }
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    if (!clients_[i].answered || kept.ids.count(SagaId(clients_[i].id)) > 0) continue;
    clients_[i].answered = false;
    world_.after(world_.random.between(1'000, 6'000), [this, i] { submit(i); });
  }
}

}  // namespace skald::simulation
