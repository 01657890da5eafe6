#include "engine/inspect/export.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace skald::inspect {
namespace {

constexpr std::uint64_t kPage = 100;        // events
constexpr std::size_t kSagas = 100;         // summaries
constexpr std::size_t kPiece = 256 * 1024;  // bytes, about

tl::unexpected<Error> of_saga(const store::Summary& saga, Error error) {
  error.message = fmt::format("saga {}: {}", saga.id.str(), error.message);
  return fail(std::move(error));
}

}  // namespace

Exporter::Exporter(const runtime::SagaReader& reader, const std::vector<RunId>& runs)
    : reader_(reader), longest_(kLongest) {
  std::set<RunId> known;
  for (const RunId& run : runs) {
    if (known.insert(run).second) runs_.push_back(run);
  }
}

Exporter::Exporter(const runtime::SagaReader& reader, store::ListQuery query, Millis longest)
    : reader_(reader), longest_(longest), query_(std::move(query)) {
  query_->limit = kSagas;
  query_->cursor.clear();
  query_->budget = longest_;
}

Result<std::optional<std::string>> Exporter::next() {
  if (done_) return std::optional<std::string>();
  const auto end = std::chrono::steady_clock::now() + longest_;
  std::string piece;
  do {
    SKALD_ASSIGN(const std::string lines, !started_ ? start() : next_ == 0 ? begin_saga() : go_on());
    piece += lines;
  } while (!done_ && piece.size() < kPiece && std::chrono::steady_clock::now() < end);
  return std::optional(std::move(piece));
}

Result<std::uint64_t> Exporter::expected() const {
  if (!query_) return runs_.size();
  return reader_.count(*query_);
}

Result<std::string> Exporter::start() {
  started_ = true;
  return header_line(reader_.store_id());
}

Status Exporter::find_sagas() {
  if (!runs_.empty()) {
    SKALD_ASSIGN(runtime::SagaView view, reader_.show(runs_.front()));
    runs_.pop_front();
    sagas_.push_back(std::move(view.summary));
    return {};
  }
  if (!query_) return {};
  SKALD_ASSIGN(store::ListPage page, reader_.list(*query_));
  std::move(page.items.begin(), page.items.end(), std::back_inserter(sagas_));
  query_->cursor = page.next_cursor;
  if (page.next_cursor.empty()) query_.reset();
  return {};
}

Result<std::string> Exporter::begin_saga() {
  if (sagas_.empty()) SKALD_TRY(find_sagas());
  if (sagas_.empty() && query_) return std::string();  // its page took too long; the next goes on behind it
  if (sagas_.empty()) {
    done_ = true;
    return total_.line();
  }
  const store::Summary& saga = sagas_.front();
  std::string lines;
  if (defined_.emplace(saga.workflow, saga.version).second) {
    const auto row = reader_.definition(saga.workflow, saga.version);
    if (!row) return of_saga(saga, row.error());
    lines += definition_line(*row);
  }
  next_ = 1;
  return lines + saga_line(saga);
}

Result<std::string> Exporter::go_on() {
  const store::Summary saga = sagas_.front();
  const std::uint64_t wanted = std::min(kPage, saga.events - next_ + 1);
  const auto events = reader_.events(saga.run, next_, wanted);
  if (!events) return of_saga(saga, events.error());
  std::string lines;
  for (const store::StoredEvent& stored : *events) {
    const auto event = core::decode_event(stored.bytes);
    if (!event)
      return of_saga(saga, make_error(event.error().kind, event.error().code,
                                      fmt::format("event {}: {}", stored.seq, event.error().message)));
    lines += event_line(*event, stored);
  }
  next_ += events->size();
  if (events->size() == wanted && next_ <= saga.events) return lines;
  const bool whole = next_ > saga.events;
  if (!whole) {
    const auto view = reader_.show(saga.run);
    if (!view && view.error().code != "expired") return of_saga(saga, view.error());
    if (view) {
      return of_saga(saga, make_error(ErrorKind::kDamaged, "damaged-history",
                                      fmt::format("event {} of {} is missing", next_, saga.events)));
    }
  } else {
    total_.add(saga.events, saga.head);
  }
  next_ = 0;
  sagas_.pop_front();
  return lines + (whole ? end_line(saga) : removed_line(saga));
}

}  // namespace skald::inspect
