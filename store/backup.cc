#include "store/backup.h"

#include <algorithm>
#include <cstdlib>

namespace skald::store {

Result<BackedUp> SagaLog::backup(const std::string&, std::size_t, const std::stop_token&) {
  return fail(ErrorKind::kInvalid, "no-backups", "this saga log is kept in memory and has no backups");
}

Result<std::uint64_t> begin_incarnation(SagaLog& log, Time now) {
  SKALD_ASSIGN(const auto last, log.meta("incarnation"));
  const std::uint64_t before = last ? std::strtoull(last->c_str(), nullptr, 10) : 0;
  const std::uint64_t next = std::max(before + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(now.ms, 0)));
  Batch batch;
  batch.meta = {{"incarnation", std::to_string(next)}};
  SKALD_TRY(log.commit(batch));
  return next;
}

}  // namespace skald::store
