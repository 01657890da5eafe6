// A saga that retention removes while it is looked at: between its summary and its events, or between two of its pages.

#include <gtest/gtest.h>

#include "engine/inspect/explain_read.h"
#include "engine/inspect/fold.h"
#include "engine/inspect/state_view.h"
#include "engine/inspect/trace.h"
#include "tests/inspect/history.h"

namespace skald::inspect {
namespace {

// Its events are gone after `left` of them, and its summary with the first read that misses some.
class VanishingReader final : public runtime::SagaReader {
 public:
  VanishingReader(History history, std::size_t left) : whole_(std::move(history)), left_(left) {}

  RunId run() const { return whole_.run(); }
  Result<RunId> resolve(const std::string& id) const override { return whole_.resolve(id); }
  Result<runtime::SagaView> show(const RunId& run) const override {
    if (gone_) return fail(ErrorKind::kNotFound, "expired", "removed");
    return whole_.show(run);
  }
  Result<std::optional<store::Summary>> summary(const RunId& run) const override { return whole_.summary(run); }
  Result<store::ListPage> list(const store::ListQuery& query) const override { return whole_.list(query); }
  Result<std::uint64_t> count(const store::ListQuery& query) const override { return whole_.count(query); }
  Result<std::vector<store::StoredEvent>> events(const RunId& run, std::uint64_t from,
                                                 std::size_t limit) const override {
    SKALD_ASSIGN(auto page, whole_.events(run, from, limit));
    while (!page.empty() && page.back().seq > left_) {
      page.pop_back();
      gone_ = true;
    }
    return page;
  }
  Result<WorkflowPtr> workflow(const std::string& name, const std::string& version) const override {
    return whole_.workflow(name, version);
  }
  Result<store::DefinitionRow> definition(const std::string& name, const std::string& version) const override {
    return whole_.definition(name, version);
  }
  const std::string& store_id() const override { return whole_.store_id(); }

 private:
  const HistoryReader whole_;
  const std::size_t left_;
  mutable bool gone_ = false;
};

class Vanishing : public ::testing::TestWithParam<std::size_t> {
 protected:
  // The code with which what is looked at is refused; empty: it is not.
  template <typename Look>
  static std::string code(const Look& look) {
    const VanishingReader reader(golden_histories().front(), GetParam());
    const auto seen = look(reader, reader.run());
    return seen ? "" : seen.error().code;
  }
};

TEST_P(Vanishing, IsToldAsRemovedAndNotCutShort) {
  EXPECT_EQ(code([](const auto& reader, const RunId& run) { return trace(reader, run); }), "expired");
  EXPECT_EQ(code([](const auto& reader, const RunId& run) { return state_view(reader, run, {}); }), "expired");
  EXPECT_EQ(code([](const auto& reader, const RunId& run) { return state_view(reader, run, 3); }), "expired");
  EXPECT_EQ(code([](const auto& reader, const RunId& run) { return state_changes(reader, run, 1, {}); }), "expired");
  EXPECT_EQ(code([](const auto& reader, const RunId& run) { return state_at(reader, run); }), "expired");
  const auto explained = [](const auto& reader, const RunId& run) {
    return explain_saga(reader, run, [](const core::State&) { return Surroundings{}; });
  };
  EXPECT_EQ(code(explained), "expired");
}

INSTANTIATE_TEST_SUITE_P(OfItsEvents, Vanishing, ::testing::Values(0U, 2U));

TEST(AHistory, ThatIsShorterThanItsSummaryWithoutHavingBeenRemovedIsDamaged) {
  const HistoryReader whole(golden_histories().front());
  runtime::SagaView view = *whole.show(whole.run());
  const std::uint64_t last = view.summary.events;
  EXPECT_TRUE(all_read(whole, view, last));
  EXPECT_EQ(all_read(whole, view, last - 1).error().code, "damaged-history");
  EXPECT_TRUE(all_read(whole, view, last - 1, last - 1)) << "no more was wanted";
}

}  // namespace
}  // namespace skald::inspect
