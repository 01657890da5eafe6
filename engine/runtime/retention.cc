#include "engine/runtime/retention.h"

#include <fmt/format.h>

#include <iterator>

#include "engine/base/log.h"

namespace skald::runtime {
namespace {

constexpr const char* kFinal[] = {"completed", "compensated", "failed", "cancelled", "terminated"};

}  // namespace

Status check_retention(Millis keep) {
  if (keep == Millis(0) || keep >= kLeastRetention) return {};
  return fail(ErrorKind::kInvalid, "retention-too-short",
              fmt::format("a retention of {} is too short: results lie in the broker for up to {}, and a late one may "
                          "have to undo a step; at least {}",
                          format_duration(keep), format_duration(kResultsKept), format_duration(kLeastRetention)));
}

Retention::Retention(const store::SagaLog& log, const Clock& clock, Metrics& metrics, Options options, Remove remove)
    : log_(log), clock_(clock), metrics_(metrics), options_(options), remove_(std::move(remove)) {}

void Retention::start() {
  if (options_.keep > Millis(0)) thread_ = std::thread([this] { run(); });
}

void Retention::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Retention::run() {
  Millis wait{0};
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, wait, [this] { return stopping_; });
      if (stopping_) return;
    }
    wait = turn();
  }
}

Millis Retention::turn() {
  {
    const std::lock_guard lock(mutex_);
    if (open_ > 0) return options_.pause;  // the disk is behind
    const bool idle = round_over_ && !removed_in_round_;
    if (round_over_) round_over_ = removed_in_round_ = false;
    if (idle) return options_.look_every;
  }
  const bool over = look(clock_.now() - options_.keep);
  const std::lock_guard lock(mutex_);
  round_over_ = over;
  return options_.pause;
}

bool Retention::look(Time ended_before) {
  store::ListQuery query;
  query.status = kFinal[status_];
  query.until = ended_before;  // what began behind it cannot have ended before it
  query.limit = options_.runs;
  query.cursor = cursor_;
  const auto page = log_.list(query);
  if (!page) {
    logger("retention")
        ->error("sagas not looked through status={} error=\"{}\"", kFinal[status_], page.error().message);
    cursor_.clear();
    return true;
  }
  remove_from(page->items, ended_before);
  cursor_ = page->next_cursor;
  if (!cursor_.empty()) return false;
  status_ = (status_ + 1) % std::size(kFinal);
  return status_ == 0;
}

void Retention::remove_from(const std::vector<store::Summary>& sagas, Time ended_before) {
  std::size_t asked = 0;
  std::uint64_t events = 0;
  for (const store::Summary& saga : sagas) {
    const bool over = saga.final && saga.ended_at && *saga.ended_at < ended_before && saga.pending.empty();
    if (!over) continue;
    if (asked > 0 && events + saga.events > options_.events) break;  // the next round finds the rest
    {
      const std::lock_guard lock(mutex_);
      ++open_;
    }
    if (!remove_(saga.run, options_.keep, [this](bool removed) { settled(removed); })) {
      settled(false);
      break;
    }
    events += saga.events;
    ++asked;
  }
  if (asked == 0) return;
  logger("retention")->info("removing sagas={} events={} ended_before={}", asked, events, format_time(ended_before));
}

void Retention::settled(bool removed) {
  const std::lock_guard lock(mutex_);
  --open_;
  removed_in_round_ = removed_in_round_ || removed;
  if (removed) metrics_.set_gauge("sagas_removed", static_cast<double>(++removed_));
}

}  // namespace skald::runtime
