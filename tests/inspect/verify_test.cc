// A store that was changed behind its back: whatever was done to it is told, and where.

#include "engine/inspect/verify.h"

#include "store/records.h"
#include "store/rocks_log.h"
#include "tests/inspect/export_fixture.h"
#include "tests/inspect/rows.h"
#include "tests/store/folders.h"

namespace skald::testing {
namespace {

using store::testing::TempDir;

Told proved(std::unique_ptr<store::SagaLog> log, const std::vector<RunId>& runs) {
  Told told;
  const auto open = runtime::OpenLog::over(std::move(log));
  EXPECT_TRUE(open);
  inspect::LogCheck check(**open, [&told](const inspect::Damage& damage) { told.damage.push_back(damage); });
  for (const RunId& run : runs) check.saga(run);
  told.proved = check.proved();
  return told;
}

// In memory, where every byte can be tried.
class ChangedHistory : public ::testing::Test {
 protected:
  void SetUp() override {
    fill(intact_, few());
    for (int number = 1; number <= static_cast<int>(few().size()); ++number) runs_.push_back(golden_run(number));
  }
  Told told_after(const std::function<void(store::MemoryLog::Contents&)>& change) const {
    auto contents = intact_.contents();
    change(contents);
    auto log = std::make_unique<store::MemoryLog>();
    log->become(std::move(contents));
    return proved(std::move(log), runs_);
  }

  std::vector<store::StoredEvent> events_of(const RunId& run, std::uint64_t from) const {
    return intact_.events(run, from, 100).value();
  }

  store::MemoryLog intact_;
  std::vector<RunId> runs_;
};

TEST_F(ChangedHistory, IsProvedBeforeItIsChanged) {
  const Told told = told_after([](auto&) {});
  EXPECT_EQ(told.text(), "");
  EXPECT_EQ(told.proved.sagas, 4U);
}

TEST_F(ChangedHistory, AnyFlippedByteOfAnEventIsNamed) {
  const RunId run = golden_run(2);
  const auto events = events_of(run, 1);
  for (const store::StoredEvent& event : events) {
    for (std::size_t at = 0; at < event.bytes.size(); ++at) {
      const Told told = told_after([&](auto& contents) { contents.events[run][event.seq].bytes[at] ^= 1 << at % 8; });
      ASSERT_TRUE(told.names("sag-02", event.seq)) << at << "\n" << told.text();
      ASSERT_EQ(told.damage.size(), 1U) << told.text();
    }
  }
}

TEST_F(ChangedHistory, AnyFlippedByteOfAHashIsNamed) {
  const RunId run = golden_run(3);
  const auto events = events_of(run, 1);
  for (const store::StoredEvent& event : events) {
    for (std::size_t at = 0; at < event.hash.size(); ++at) {
      const Told told = told_after([&](auto& contents) { contents.events[run][event.seq].hash[at] ^= 1; });
      ASSERT_TRUE(told.names("sag-03", event.seq)) << at << "\n" << told.text();
      ASSERT_EQ(told.damage.size(), 1U) << told.text();
    }
  }
}

TEST_F(ChangedHistory, AnEventThatIsTakenOutIsNamed) {
  for (const store::StoredEvent& event : events_of(golden_run(1), 1)) {
    const Told told = told_after([&](auto& contents) { contents.events[golden_run(1)].erase(event.seq); });
    EXPECT_TRUE(told.names("sag-01", event.seq)) << told.text();
    EXPECT_EQ(told.damage.size(), 1U) << told.text();
  }
}

TEST_F(ChangedHistory, EventsThatChangedPlacesAreNamed) {
  for (const store::StoredEvent& event : events_of(golden_run(1), 2)) {
    const Told told = told_after([&](auto& contents) {
      auto& events = contents.events[golden_run(1)];
      std::swap(events[event.seq].bytes, events[event.seq - 1].bytes);
      std::swap(events[event.seq].hash, events[event.seq - 1].hash);
    });
    EXPECT_TRUE(told.names("sag-01", event.seq) && told.names("sag-01", event.seq - 1)) << told.text();
  }
}

TEST_F(ChangedHistory, ASummaryThatIsNotWhatTheEventsMakeOfItIsNamed) {
  const auto changed = [this](const std::function<void(store::Summary&)>& change) {
    return told_after([&](auto& contents) { change(contents.sagas[golden_run(3)]); }).text();
  };
  const std::string where = "saga sag-03, event 12: ";
  EXPECT_EQ(changed([](auto& saga) { saga.status = "completed"; }),
            where + "the summary is not what the events make of it: status\n");
  EXPECT_EQ(changed([](auto& saga) { saga.compensation.done += 1; }),
            where + "the summary is not what the events make of it: counts of undos\n");
  EXPECT_EQ(changed([](auto& saga) { saga.pending.push_back({}); }),
            where + "the summary is not what the events make of it: pending steps\n");
  EXPECT_EQ(changed([](auto& saga) { saga.head[0] ^= 1; }),
            where + "its hash is not the one that the history should end with\n");
  EXPECT_EQ(changed([](auto& saga) { saga.events += 1; }),
            "saga sag-03, event 13: it is missing: the history ends before it\n");
  EXPECT_EQ(changed([](auto& saga) { saga.events -= 1; }), where + "the history should end with event 11\n");
}

TEST_F(ChangedHistory, ADefinitionThatIsAnotherIsNamed) {
  const std::string other = told_after([](auto& contents) {
                              auto& source = contents.definitions[{"test/w001", "1.0.0"}].source;
                              source.replace(source.find("svc.ship"), 8, "svc.shap");
                            }).text();
  EXPECT_EQ(other, "saga sag-01: its definition has another hash\n");
  const std::string gone = told_after([](auto& contents) {
                             contents.definitions.erase({"test/w001", "1.0.0"});
                           }).text();
  EXPECT_EQ(gone, "saga sag-01: no workflow 'test/w001' is deployed; `skald workflows` lists what is\n");
}

TEST_F(ChangedHistory, EveryDamagedSagaIsTold) {
  const Told told = told_after([](auto& contents) {
    for (const int number : {1, 2, 4}) contents.events[golden_run(number)][2].bytes.back() ^= 1;
  });
  EXPECT_EQ(told.damage.size(), 3U) << told.text();
  for (const char* id : {"sag-01", "sag-02", "sag-04"}) EXPECT_TRUE(told.names(id, 2)) << told.text();
  EXPECT_EQ(told.proved.sagas, 4U);
}

// On the disk.
class ChangedStore : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto log = store::RocksLog::open(dir_);
    ASSERT_TRUE(log) << log.error().message;
    fill(**log, few());
    store::Batch labelled = golden_saga("deadline", 5, (*log)->store_id());
    labelled.summaries.front().now.labels = {};
    ASSERT_TRUE((*log)->commit(labelled));
  }
  Told told() const {
    Told told;
    const auto log = store::RocksLog::open_reader(dir_);
    EXPECT_TRUE(log) << log.error().message;
    if (!log) return told;
    (*log)->check_rows([&told](const store::RocksLog::RowDamage& row) {
      told.damage.push_back({row.id.str(), row.run.str(), 0, 0, row.what});
    });
    auto second = store::RocksLog::open_reader(dir_);
    const Told histories = proved(std::move(*second), (*log)->runs(RunId(), 100).value());
    told.damage.insert(told.damage.end(), histories.damage.begin(), histories.damage.end());
    told.proved = histories.proved;
    return told;
  }
  static std::string key(int number) { return *store::keys::run(golden_run(number)); }

  TempDir folder_;
  const std::string dir_ = folder_.path() + "/engine";
};

TEST_F(ChangedStore, IsProvedBeforeItIsChanged) {
  EXPECT_EQ(told().text(), "");
  EXPECT_EQ(told().proved.sagas, 5U);
}

TEST_F(ChangedStore, AFlippedByteOfAnyEventIsNamed) {
  std::size_t events = golden_history("child-saga").events.size();
  for (std::uint64_t seq = 1; seq <= events; ++seq) {
    const std::string event = Rows::event(golden_run(1), seq);
    std::string was;
    for (const std::size_t at : {std::size_t{0}, std::size_t{31}, 32 + seq, std::size_t{60}}) {
      {
        Rows rows(dir_);
        was = rows.get(store::kEvents, event);
        std::string changed = was;
        changed[at] ^= 4;
        rows.put(store::kEvents, event, changed);
      }
      const Told found = told();
      EXPECT_TRUE(found.names("sag-01", seq)) << "byte " << at << " of event " << seq << "\n" << found.text();
      EXPECT_EQ(found.damage.size(), 1U) << found.text();
      Rows(dir_).put(store::kEvents, event, was);
    }
  }
  EXPECT_EQ(told().text(), "");
}

TEST_F(ChangedStore, AnEventThatIsTakenOutIsNamed) {
  for (std::uint64_t seq = 1; seq <= golden_history("child-saga").events.size(); ++seq) {
    const std::string event = Rows::event(golden_run(1), seq);
    std::string was;
    {
      Rows rows(dir_);
      was = rows.get(store::kEvents, event);
      rows.remove(store::kEvents, event);
    }
    const Told found = told();
    EXPECT_TRUE(found.names("sag-01", seq)) << found.text();
    EXPECT_EQ(found.damage.size(), 1U) << found.text();
    Rows(dir_).put(store::kEvents, event, was);
  }
}

TEST_F(ChangedStore, EventsThatChangedPlacesAreNamed) {
  {
    Rows rows(dir_);
    const std::string three = Rows::event(golden_run(3), 3);
    const std::string four = Rows::event(golden_run(3), 4);
    const std::string was = rows.get(store::kEvents, three);
    rows.put(store::kEvents, three, rows.get(store::kEvents, four));
    rows.put(store::kEvents, four, was);
  }
  const Told found = told();
  EXPECT_TRUE(found.names("sag-03", 3) && found.names("sag-03", 4)) << found.text();
}

TEST_F(ChangedStore, RowsThatDoNotAgreeAreTold) {
  const auto after = [this](const std::function<void(Rows&)>& change, const std::function<void(Rows&)>& back) {
    {
      Rows rows(dir_);
      change(rows);
    }
    const std::string text = told().text();
    Rows rows(dir_);
    back(rows);
    return text;
  };
  const std::string of_status =
      store::keys::index_status(golden_saga("child-saga", 1, "").summaries.front().now.status) + key(1);
  EXPECT_EQ(after([&](Rows& rows) { rows.remove(store::kIndex, of_status); },
                  [&](Rows& rows) { rows.put(store::kIndex, of_status, ""); }),
            "saga sag-01: its row in the index by status is missing\n");
  const std::string too_many = store::keys::index_status("stuck") + key(1);
  EXPECT_EQ(after([&](Rows& rows) { rows.put(store::kIndex, too_many, ""); },
                  [&](Rows& rows) { rows.remove(store::kIndex, too_many); }),
            "saga sag-01: it has a row too many in the index by status\n");
  EXPECT_EQ(after([&](Rows& rows) { rows.put(store::kIds, "sag-02", key(1)); },
                  [&](Rows& rows) { rows.put(store::kIds, "sag-02", key(2)); }),
            fmt::format("saga sag-02: its id leads to run {}\nsaga sag-02: its id leads to saga sag-01\n",
                        golden_run(1).str()));
  const std::string stranger = *store::keys::run(golden_run(77));
  EXPECT_EQ(after([&](Rows& rows) { rows.put(store::kEvents, stranger + std::string(7, '\0') + '\1', "x"); },
                  [&](Rows& rows) { rows.remove(store::kEvents, stranger + std::string(7, '\0') + '\1'); }),
            fmt::format("run {}: it has events, and no summary\n", golden_run(77).str()));
  EXPECT_EQ(told().text(), "");
}

TEST_F(ChangedStore, ASummaryThatIsGoneIsTold) {
  Rows(dir_).remove(store::kSagas, key(2));
  const std::string text = told().text();
  EXPECT_NE(text.find("saga sag-02: its id is known, and it has no summary"), std::string::npos) << text;
  EXPECT_NE(text.find("it has events, and no summary"), std::string::npos) << text;
  EXPECT_NE(text.find("sagas are counted, and there are 4"), std::string::npos) << text;
}

TEST_F(ChangedStore, ASagaWhoseSummaryCannotBeReadIsToldAndCountsAsLookedAt) {
  const std::uint64_t all = told().proved.sagas;
  Rows(dir_).put(store::kSagas, key(2), "x");
  const Told found = told();
  EXPECT_NE(found.text().find("run " + golden_run(2).str()), std::string::npos) << found.text();
  EXPECT_EQ(found.proved.sagas, all) << found.text();
}

TEST_F(ChangedStore, ABlockThatTheDatabaseItselfRefusesIsNamedWithItsEvents) {
  Rows(dir_).flush();
  // Of the tables one has the events; they lie at its beginning.
  std::string table;
  for (const std::string& file : store::testing::files_of(dir_, "", ".sst")) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (bytes.find("step.scheduled") != std::string::npos) table = file;
  }
  ASSERT_NE(table, "");
  store::testing::flip(table, 100, 3);
  const Told found = told();
  EXPECT_TRUE(found.names("sag-01", 1)) << found.text();
  EXPECT_EQ(found.proved.sagas, 5U);
  EXPECT_NE(found.text().find("damaged"), std::string::npos) << found.text();
}

TEST_F(ChangedStore, AnEngineBesideIsNotDisturbed) {
  const auto log = store::RocksLog::open(dir_);
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_EQ(told().text(), "");
  ASSERT_TRUE((*log)->commit(golden_saga("fork-parallel", 6, (*log)->store_id())));
  EXPECT_EQ(told().proved.sagas, 6U);
  EXPECT_EQ(told().text(), "");
}

}  // namespace
}  // namespace skald::testing
