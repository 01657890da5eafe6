#pragma once

// One seed: an engine (the real core, shards, journal, dispatcher and intake, without threads) over simulated disk,
// broker, workers, services and clock, twenty and more sagas, faults of every kind, and the rules of section "What must
// hold" in tests/simulation/README.md after every step and at the end.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/local_engine.h"
#include "tests/core/no_jq.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/family.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/services.h"
#include "tests/simulation/sim_broker.h"
#include "tests/simulation/workers.h"
#include "tests/simulation/workflows.h"

namespace skald::simulation {

// It makes a seed some fifty times as slow: tests take fewer.
#ifdef __SANITIZE_THREAD__
inline constexpr bool kUnderThreadSanitizer = true;
#else
inline constexpr bool kUnderThreadSanitizer = false;
#endif

// Of one seed.
inline const store::ListQuery kAll = [] {
  store::ListQuery all;
  all.limit = 10'000;
  return all;
}();

// What the sagas of a seed do: two documents of workflows.h, or one of them and one that is generated from the seed.
enum class Documents { kWritten, kGenerated };

struct Report {
  std::uint64_t seed = 0;
  std::optional<std::string> broken;  // the rule that does not hold, and where
  std::uint64_t steps = 0;            // things that happened
  std::uint64_t faults = 0;
  std::uint64_t sagas = 0;
  std::uint64_t removed = 0;  // by retention
  std::uint64_t evicted = 0;  // from memory, while they were under way
  std::uint64_t restores = 0;
  std::uint64_t children = 0;                   // of them; sagas ran them
  std::uint64_t lives = 0;                      // of the engine
  std::uint64_t repeats = 0;                    // calls that met their own key
  std::uint64_t late = 0;                       // late results in the histories
  std::map<std::string, std::uint64_t> ends;    // sagas by status
  std::map<std::string, std::uint64_t> events;  // by type
  Meetings meetings;
  std::vector<std::string> struck;   // faults that came at a time of their own, and when
  std::vector<std::string> accused;  // the histories of sagas that break a rule or have not ended, an event a line
  std::string generated;             // the document that nobody wrote; empty: there is none
  std::string fingerprint;           // of everything that is in the store at the end: equal for equal seeds
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, Documents documents, std::size_t resident_sagas);
  ~Simulation();
  Report run();

 private:
  struct Client {
    std::string id;
    std::string workflow;
    Payload input;
    bool answered = false;
  };
  struct Loop {
    std::function<bool()> turn;     // whether it did something
    std::function<Millis()> pause;  // how long it may sleep where it did nothing
    std::uint64_t token = 0;
    Time due;
    std::uint32_t idle = 0;
  };

  std::vector<Document> choose_documents();
  void make_clients(const std::vector<Document>& documents);

  // The engine's lives.
  void start_engine();
  void end_engine();
  void note_evictions();
  void make_loops();
  void schedule(std::size_t loop, Millis delay);
  void run_loop(std::size_t loop);
  void poke();
  bool alive();
  void dies();
  void look_for_what_may_go(std::uint64_t life);
  void back_up();
  void restore();
  void forget(const store::MemoryLog::Contents& lost, const store::MemoryLog::Contents& kept);

  // What people do.
  void submit(std::size_t client);
  void operate(const std::string& id, runtime::Verb verb, const std::string& step = "");
  void operate(const std::string& id, runtime::Operation operation);
  void verb_on_some_saga(Fault fault);
  void suspend_some();
  void signal_those_that_listen();
  void mend_stuck_sagas();
  // Those that were ever stuck: several can be at once, and an order has to name one.
  std::set<std::string> stuck_steps(const RunId& run) const;
  // Ids of all that is in the store, children too.
  std::vector<std::string> begun() const;
  bool was_removed(const std::string& id) const;

  // Faults.
  void draw_weather();
  void schedule_faults();
  void strike(Fault fault);
  void broker_fault(Fault fault);
  void clock_jumps(Fault fault);
  void met(Fault fault);  // by all sagas that are under way
  void met(Fault fault, const store::Batch& batch);
  void calm();

  // What must hold.
  void violated(const std::string& what);
  void check_publish(const runtime::TaskOrder& order);
  void check_answers(const store::Batch& batch);
  void check_removals(const store::Batch& batch);
  void check_removed(const Told& saga);
  void check_that_ids_stay_used();
  void check_acknowledgement(std::uint64_t up_to);
  void check_repeats();
  void check_recovery();
  void check_end();
  void accuse(const store::Summary& summary);
  void accuse_the_open();
  void check_saga(const Told& saga, const runtime::Catalog& catalog, const Value& document,
                  const std::map<std::string, Effects>& ledger, const Unseen& unseen);
  void check_fold(const store::Summary& summary, const runtime::Catalog& catalog);
  std::vector<Told> read_all();
  Unseen unseen() const;
  void check_rows(const store::Summary& summary, const runtime::LiveSaga& folded);
  bool all_ended() const;
  bool has_ended(const store::Summary& summary) const;

  const Documents documents_;
  const std::size_t resident_sagas_;
  Report report_;
  World world_;
  Weather weather_;
  Disk disk_;
  BrokerServer server_;
  Services services_;
  Workers workers_;
  Wire wire_;
  Millis skew_{0};
  Millis highest_skew_{0};
  core::NoJq jq_;

  std::unique_ptr<runtime::LocalEngine> engine_;
  SimLog* log_ = nullptr;        // of the engine
  SimBroker* broker_ = nullptr;  // of the engine
  std::uint64_t life_ = 0;
  bool dead_ = true;
  std::optional<std::uint64_t> actions_left_;  // before the engine is killed amid them
  std::vector<Loop> loops_;

  runtime::Retention::Options retention_{.look_every = Millis(10'000), .pause = Millis(200)};
  std::map<RunId, Told> removed_;  // by retention, as they were
  std::optional<store::MemoryLog::Contents> backup_;
  std::set<std::string> forgotten_;  // keys of steps of which something came behind a backup that was restored

  std::vector<Client> clients_;
  std::map<std::string, std::uint64_t> acknowledged_;  // by saga: events that someone has been shown
  std::map<std::uint64_t, std::string> handed_out_;    // results that this engine got and has not acknowledged
  bool calm_ = false;
  Time calm_at_;
};

// The whole of a seed, of which some keep hardly any saga in memory.
Report simulate(std::uint64_t seed, Documents documents = Documents::kWritten);
// Likewise, with so many kept: it must not show in what is stored.
Report simulate(std::uint64_t seed, Documents documents, std::size_t resident_sagas);

}  // namespace skald::simulation
