// Whether the rows of a store agree with one another.

#include <fmt/format.h>

#include <map>
#include <set>

#include "store/keys.h"
#include "store/records.h"
#include "store/rocks_impl.h"

namespace skald::store {
namespace {

// The index rows that a saga has, without its run.
std::set<std::string> index_rows(const Summary& saga) {
  std::set<std::string> rows = {keys::index_all(), keys::index_workflow(saga.workflow), keys::index_status(saga.status),
                                keys::index_workflow_status(saga.workflow, saga.status)};
  for (const auto& [key, value] : saga.labels) rows.insert(keys::index_label(key, value));
  return rows;
}

// One that has ended may still have to undo something.
bool may_listen(const Summary& saga) { return !saga.final || saga.compensation.pending + saga.compensation.stuck > 0; }

// "workflow 'a/b'", as people know it.
std::string index_name(std::string_view prefix) {
  static const std::map<char, std::string> kinds = {{'a', "of all sagas"}, {'w', "by workflow"},
                                                    {'s', "by status"},    {'x', "by workflow and status"},
                                                    {'l', "by label"},     {'e', "of awaited events"}};
  const auto kind = prefix.empty() ? kinds.end() : kinds.find(prefix.front());
  return kind == kinds.end() ? "of no known kind" : kind->second;
}

}  // namespace

Result<std::vector<RunId>> RocksLog::runs(const RunId& after, std::size_t limit) const {
  std::vector<RunId> found;
  const std::string from = keys::run(after).value_or("");
  SKALD_TRY(impl_->scan(kSagas, "", from, [&](std::string_view key, std::string_view) {
    if (key != from) found.push_back(keys::run_from(key));
    return found.size() < limit;
  }));
  return found;
}

// One walk over the store; what it finds goes to `found`.
class RocksLog::RowCheck {
 public:
  RowCheck(const RocksLog& log, const std::function<void(const RowDamage&)>& found) : log_(log), found_(found) {}

  void summaries() {
    each(kSagas, [this](std::string_view key, std::string_view value) {
      const RunId run = keys::run_from(key);
      if (is_removed(value)) {
        const auto removed = decode_removed(value);
        if (!removed) return damaged(run, SagaId(), removed.error().message);
        return owns_its_id(run, removed->id);
      }
      const auto saga = decode_summary(value);
      if (!saga) return damaged(run, SagaId(), saga.error().message);
      if (saga->run != run) return damaged(run, saga->id, fmt::format("its summary is of run {}", saga->run.str()));
      ++counted_[saga->status];
      owns_its_id(run, saga->id);
      for (const std::string& row : index_rows(*saga)) {
        const auto there = log_.impl_->get(kIndex, row + std::string(key));
        if (!there) return damaged(run, saga->id, there.error().message);
        if (!*there) damaged(run, saga->id, fmt::format("its row in the index {} is missing", index_name(row)));
      }
    });
  }

  void ids() {
    each(kIds, [this](std::string_view key, std::string_view value) {
      const SagaId id{std::string(key)};
      const RunId run = keys::run_from(value);
      const auto owner = id_of(run);
      if (!owner) return damaged(run, id, owner.error().message);
      if (!*owner) return damaged(run, id, "its id is known, and it has no summary");
      if (**owner != id) damaged(run, id, fmt::format("its id leads to saga {}", (*owner)->str()));
    });
  }

  void index() {
    each(kIndex, [this](std::string_view key, std::string_view) {
      const std::size_t size = key.size() < keys::kRunBytes ? 0 : key.size() - keys::kRunBytes;
      const RunId run = keys::run_from(key.substr(size));
      const auto saga = log_.summary(run);
      if (!saga) return damaged(run, SagaId(), saga.error().message);
      const std::string row(key.substr(0, size));
      if (!*saga) {
        damaged(run, SagaId(), fmt::format("it has a row in the index {}, and no summary", index_name(row)));
      } else if (row.front() == 'e' ? !may_listen(**saga) : index_rows(**saga).count(row) == 0) {
        damaged(run, (*saga)->id, fmt::format("it has a row too many in the index {}", index_name(row)));
      }
    });
  }

  void counts() {
    const auto kept = log_.impl_->get(kMeta, kCounts);
    if (!kept) return damaged(RunId(), SagaId(), kept.error().message);
    if (!*kept) return;  // a store of before they were kept, in which nothing has been committed since
    const auto counts = decode_status_counts(**kept);
    if (!counts) return damaged(RunId(), SagaId(), counts.error().message);
    std::uint64_t all = 0;
    for (const auto& [status, sagas] : counted_) {
      all += sagas;
      if (counts->of(status) == sagas) continue;
      damaged(RunId(), SagaId(),
              fmt::format("{} sagas are counted as {}, and {} are", counts->of(status), status, sagas));
    }
    if (counts->of("") != all) {
      damaged(RunId(), SagaId(), fmt::format("{} sagas are counted, and there are {}", counts->of(""), all));
    }
  }

  void rows_of_sagas() {
    orphans(kEvents, "events", [](std::string_view key) { return std::string(key.substr(0, keys::kRunBytes)); });
    orphans(kTimers, "a timer", [](std::string_view key) {
      const auto row = keys::timer_from(key);
      return row ? keys::run(row->run).value_or("") : "";
    });
    orphans(kPending, "a pending act", [](std::string_view key) {
      const auto row = keys::pending_from(key);
      return row ? keys::run(row->run).value_or("") : "";
    });
  }

 private:
  void damaged(const RunId& run, const SagaId& id, const std::string& what) { found_({run, id, what}); }

  template <typename Row>
  void each(Family family, Row&& row) {
    const Status read = log_.impl_->scan(family, "", "", [&](std::string_view key, std::string_view value) {
      row(key, value);
      return true;
    });
    if (!read) {
      damaged(RunId(), SagaId(),
              fmt::format("{} cannot be read to the end: {}", kFamilyNames[family], read.error().message));
    }
  }

  // Of a saga that there is, or was; none where there was none.
  Result<std::optional<SagaId>> id_of(const RunId& run) const {
    SKALD_ASSIGN(const auto saga, log_.summary(run));
    if (saga) return std::optional(saga->id);
    SKALD_ASSIGN(const auto removed, log_.removed(run));
    return removed ? std::optional(removed->id) : std::nullopt;
  }

  void owns_its_id(const RunId& run, const SagaId& id) {
    const auto owner = log_.find(id);
    if (!owner) return damaged(run, id, owner.error().message);
    if (!*owner) return damaged(run, id, "its id is not known");
    if (**owner != run) damaged(run, id, fmt::format("its id leads to run {}", (*owner)->str()));
  }

  // Rows that belong to no saga; those of one follow each other.
  template <typename RunOf>
  void orphans(Family family, const char* what, RunOf&& run_of) {
    std::string last = "none";
    each(family, [&](std::string_view key, std::string_view) {
      std::string run = run_of(key);
      if (run == last) return;
      last = std::move(run);
      const auto saga = log_.summary(keys::run_from(last));
      if (!saga) return;  // its summary was told of
      if (!*saga) damaged(keys::run_from(last), SagaId(), fmt::format("it has {}, and no summary", what));
    });
  }

  const RocksLog& log_;
  const std::function<void(const RowDamage&)>& found_;
  std::map<std::string, std::uint64_t> counted_;  // by status
};

void RocksLog::check_rows(const std::function<void(const RowDamage&)>& found) const {
  RowCheck check(*this, found);
  check.summaries();
  check.ids();
  check.index();
  check.counts();
  check.rows_of_sagas();
}

}  // namespace skald::store
