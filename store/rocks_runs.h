#pragma once

// Runs in order of their start, out of the index: what lists walk along. Of one thread.

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/rocks_impl.h"

namespace skald::store {

// The store as it was at one moment: what one list reads of it.
struct Moment {
  // A reader beside an engine stands still by itself, and knows no snapshots.
  Moment(rocksdb::DB& database, const std::vector<rocksdb::ColumnFamilyHandle*>& handles, bool stands_still);

  // None where there is no such key.
  Result<std::optional<std::string>> get(Family which, std::string_view key) const;

  rocksdb::DB& db;
  const std::vector<rocksdb::ColumnFamilyHandle*>& families;
  std::unique_ptr<rocksdb::ManagedSnapshot> snapshot;
  rocksdb::ReadOptions options;
};

// Which runs a walk is over, and which way.
struct Stretch {
  std::string least;     // 16 bytes, inclusive
  std::string greatest;  // 16 bytes, inclusive
  bool newest_first = true;

  const std::string& start() const { return newest_first ? greatest : least; }
  // Whether `a` comes before `b`.
  bool before(std::string_view a, std::string_view b) const { return newest_first ? a > b : a < b; }
  // The one behind it, whether or not there is such a run. False: there is none.
  bool step(std::string& run) const;
  // Leaves out the run and all before it.
  void go_behind(std::string_view run);
  bool empty() const { return least > greatest; }
};

// Some runs of a stretch, in the order of the walk.
class Runs {
 public:
  virtual ~Runs() = default;
  // Goes on to `run`, or the first behind it. Never goes back.
  virtual void seek(std::string_view run) = 0;
  // False at the end, and where a read has failed.
  virtual bool valid() const = 0;
  virtual std::string_view run() const = 0;
  virtual Status status() const { return {}; }
};
using RunsPtr = std::unique_ptr<Runs>;

// The rows of a column family whose keys are a prefix and a run.
class RowsByRun final : public Runs {
 public:
  RowsByRun(const Moment& moment, Family family, std::string prefix, Stretch stretch);

  void seek(std::string_view run) override;
  bool valid() const override { return at_->Valid(); }
  std::string_view run() const override { return view(at_->key()).substr(prefix_.size()); }
  Status status() const override;
  std::string_view value() const { return view(at_->value()); }

 private:
  void jump(std::string_view run);

  const Stretch stretch_;
  const std::string prefix_;
  const std::string lower_;
  const std::string upper_;
  rocksdb::Slice lower_slice_;
  rocksdb::Slice upper_slice_;
  std::unique_ptr<rocksdb::Iterator> at_;
  bool begun_ = false;
};

// Those that are in any of these, each once.
class AnyRuns final : public Runs {
 public:
  AnyRuns(std::vector<RunsPtr> any, Stretch stretch) : any_(std::move(any)), stretch_(std::move(stretch)) {}

  void seek(std::string_view run) override;
  bool valid() const override { return first_ != nullptr; }
  std::string_view run() const override { return first_->run(); }
  Status status() const override;

 private:
  const std::vector<RunsPtr> any_;
  const Stretch stretch_;
  const Runs* first_ = nullptr;  // of any_
};

// Those that are listed.
class ListedRuns final : public Runs {
 public:
  // In any order, each once.
  ListedRuns(std::vector<std::string> runs, Stretch stretch);

  void seek(std::string_view run) override;
  bool valid() const override { return at_ < runs_.size(); }
  std::string_view run() const override { return runs_[at_]; }

 private:
  std::vector<std::string> runs_;
  const Stretch stretch_;
  std::size_t at_ = 0;
};

}  // namespace skald::store
