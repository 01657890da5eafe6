#include "store/rocks_runs.h"

#include <algorithm>

namespace skald::store {
namespace {

constexpr int kStepsBeforeJump = 8;  // a step to the next row is a tenth of a jump

// False where there is none beyond.
bool increment(std::string& number) {
  for (std::size_t i = number.size(); i-- > 0;) {
    if (++reinterpret_cast<unsigned char&>(number[i]) != 0) return true;
  }
  return false;
}

bool decrement(std::string& number) {
  for (std::size_t i = number.size(); i-- > 0;) {
    if (reinterpret_cast<unsigned char&>(number[i])-- != 0) return true;
  }
  return false;
}

}  // namespace

Moment::Moment(rocksdb::DB& database, const std::vector<rocksdb::ColumnFamilyHandle*>& handles, bool stands_still)
    : db(database), families(handles) {
  if (!stands_still) snapshot = std::make_unique<rocksdb::ManagedSnapshot>(&db);
  if (snapshot) options.snapshot = snapshot->snapshot();
}

Result<std::optional<std::string>> Moment::get(Family which, std::string_view key) const {
  std::string value;
  const rocksdb::Status found = db.Get(options, families[which], slice(key), &value);
  if (found.IsNotFound()) return std::optional<std::string>();
  if (!found.ok()) return fail(read_error(found));
  return std::optional(std::move(value));
}

bool Stretch::step(std::string& run) const { return newest_first ? decrement(run) : increment(run); }

void Stretch::go_behind(std::string_view run) {
  std::string next(run);
  if (!step(next)) next = newest_first ? "" : greatest + '\0';  // behind all there are
  if (newest_first) {
    greatest = std::min(greatest, next);
  } else {
    least = std::max(least, next);
  }
}

RowsByRun::RowsByRun(const Moment& moment, Family family, std::string prefix, Stretch stretch)
    : stretch_(std::move(stretch)),
      prefix_(std::move(prefix)),
      lower_(prefix_ + stretch_.least),
      upper_(prefix_ + stretch_.greatest + '\0'),
      lower_slice_(lower_),
      upper_slice_(upper_) {
  rocksdb::ReadOptions options = moment.options;
  options.iterate_lower_bound = &lower_slice_;
  options.iterate_upper_bound = &upper_slice_;
  at_.reset(moment.db.NewIterator(options, moment.families[family]));
}

void RowsByRun::jump(std::string_view run) {
  const std::string key = prefix_ + std::string(run);
  if (stretch_.newest_first) {
    at_->SeekForPrev(key);
  } else {
    at_->Seek(key);
  }
}

void RowsByRun::seek(std::string_view wanted) {
  if (!begun_) {
    begun_ = true;
    return jump(wanted);
  }
  for (int step = 0; at_->Valid() && stretch_.before(run(), wanted); ++step) {
    if (step == kStepsBeforeJump) return jump(wanted);
    if (stretch_.newest_first) {
      at_->Prev();
    } else {
      at_->Next();
    }
  }
}

Status RowsByRun::status() const {
  if (at_->status().ok()) return {};
  return fail(read_error(at_->status()));
}

void AnyRuns::seek(std::string_view wanted) {
  first_ = nullptr;
  for (const RunsPtr& one : any_) {
    one->seek(wanted);
    if (one->valid() && (first_ == nullptr || stretch_.before(one->run(), first_->run()))) first_ = one.get();
  }
}

Status AnyRuns::status() const {
  for (const RunsPtr& one : any_) SKALD_TRY(one->status());
  return {};
}

ListedRuns::ListedRuns(std::vector<std::string> runs, Stretch stretch)
    : runs_(std::move(runs)), stretch_(std::move(stretch)) {
  std::sort(runs_.begin(), runs_.end(),
            [this](const std::string& a, const std::string& b) { return stretch_.before(a, b); });
}

void ListedRuns::seek(std::string_view wanted) {
  while (at_ < runs_.size() && stretch_.before(runs_[at_], wanted)) ++at_;
}

}  // namespace skald::store
