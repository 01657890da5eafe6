// Long histories that are looked at again and again.

#include "engine/inspect/folds.h"

#include <gtest/gtest.h>

#include "engine/inspect/fold.h"
#include "tests/inspect/history.h"

namespace skald::inspect {
namespace {

// So much of a history as is there yet, under whatever run it is asked for; counts what is read of it.
class GrowingReader final : public runtime::SagaReader {
 public:
  GrowingReader(History history, std::size_t there) : whole_(std::move(history)), there_(there) {}

  Result<RunId> resolve(const std::string& id) const override { return whole_.resolve(id); }
  Result<runtime::SagaView> show(const RunId& run) const override {
    SKALD_ASSIGN(runtime::SagaView view, whole_.show(run));
    view.summary.events = there_;
    return view;
  }
  Result<std::optional<store::Summary>> summary(const RunId& run) const override { return whole_.summary(run); }
  Result<store::ListPage> list(const store::ListQuery& query) const override { return whole_.list(query); }
  Result<std::uint64_t> count(const store::ListQuery& query) const override { return whole_.count(query); }
  Result<std::vector<store::StoredEvent>> events(const RunId& run, std::uint64_t from,
                                                 std::size_t limit) const override {
    SKALD_ASSIGN(auto page, whole_.events(run, from, limit));
    while (!page.empty() && page.back().seq > there_ - missing_) page.pop_back();
    read_ += page.size();
    return page;
  }
  Result<WorkflowPtr> workflow(const std::string& name, const std::string& version) const override {
    return whole_.workflow(name, version);
  }
  Result<store::DefinitionRow> definition(const std::string& name, const std::string& version) const override {
    return whole_.definition(name, version);
  }
  const std::string& store_id() const override { return whole_.store_id(); }

  void grow(std::size_t there) { there_ = there; }
  void miss(std::size_t events) { missing_ = events; }
  std::size_t read_since() { return std::exchange(read_, 0); }

 private:
  const HistoryReader whole_;
  std::size_t there_;
  std::size_t missing_ = 0;
  mutable std::size_t read_ = 0;
};

const RunId kRun = make_run_id(Time{1'700'000'000'000}, 3, 1);

// The state and the plan that the look was given, as text; else the error's code.
std::string looked(Folds& folds, const GrowingReader& reader, const RunId& run = kRun) {
  std::string seen;
  const Status done = folds.look(reader, *reader.show(run), [&seen](const Folded& saga) {
    seen = to_json(core::dump(saga.state)) + std::to_string(saga.plan.undos.size()) +
           (saga.past.last ? std::to_string(saga.past.last->seq) : "");
  });
  return done ? seen : done.error().code;
}

TEST(Folds, OnlyWhatIsNewIsRead) {
  GrowingReader reader(long_history(400), 1'500);
  Folds folds;
  looked(folds, reader);
  EXPECT_EQ(reader.read_since(), 1'500U);
  looked(folds, reader);
  EXPECT_EQ(reader.read_since(), 0U);
  for (const std::size_t there : {1'501U, 1'507U, 1'999U}) {
    reader.grow(there);
    const std::string seen = looked(folds, reader);
    Folds fresh;
    EXPECT_EQ(seen, looked(fresh, reader)) << "folded on and folded anew are the same, behind event " << there;
  }
}

TEST(Folds, ShortHistoriesAreNotKept) {
  GrowingReader reader(long_history(100), 500);
  Folds folds;
  looked(folds, reader);
  looked(folds, reader);
  EXPECT_EQ(reader.read_since(), 1'000U);
}

TEST(Folds, OfThoseThatAreTooManyTheOnesThatWereLookedAtBeforeGo) {
  GrowingReader reader(long_history(300), 1'200);
  Folds folds(2'500);
  const auto run = [](std::uint64_t number) { return make_run_id(Time{1'700'000'000'000}, 3, number); };
  looked(folds, reader, run(1));
  looked(folds, reader, run(2));
  looked(folds, reader, run(1));
  EXPECT_EQ(reader.read_since(), 2'400U) << "there is room for two";
  looked(folds, reader, run(3));
  looked(folds, reader, run(1));
  EXPECT_EQ(reader.read_since(), 1'200U);
  looked(folds, reader, run(2));
  EXPECT_EQ(reader.read_since(), 1'200U) << "it had gone";
  Folds narrow(10);
  looked(narrow, reader);
  looked(narrow, reader);
  EXPECT_EQ(reader.read_since(), 1'200U) << "one is kept, however long";
}

TEST(Folds, AHistoryThatIsNotWholeIsRefusedAndReadAnew) {
  GrowingReader reader(long_history(300), 1'200);
  Folds folds;
  reader.miss(100);
  EXPECT_EQ(looked(folds, reader), "damaged-history");
  reader.miss(0);
  reader.read_since();
  EXPECT_NE(looked(folds, reader), "damaged-history");
  EXPECT_EQ(reader.read_since(), 1'200U);
}

}  // namespace
}  // namespace skald::inspect
