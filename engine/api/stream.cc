// /v1/stream: sagas as they change, and the overview, as server-sent events. What lists show needs no polling.

#include "engine/api/stream.h"

#include <atomic>
#include <set>

#include "engine/api/problems.h"
#include "engine/inspect/list_query.h"
#include "engine/inspect/saga_json.h"
#include "store/list_filter.h"

namespace skald::api {
namespace {

constexpr Millis kPause{200};               // between two events `sagas`
constexpr int kOverviewEvery = 5;           // of these
constexpr std::size_t kMaxItems = 200;      // of one event
constexpr std::size_t kMaxChanged = 1'000;  // remembered between two; beyond, the client lists again
constexpr std::size_t kMaxStreams = 200;    // open; each is told of every commit by the thread that made it

// How many streams are open. Thread-safe.
class Seats {
 public:
  // False: there are as many as may be. Else leave() follows.
  bool take() {
    if (taken_.fetch_add(1) < kMaxStreams) return true;
    leave();
    return false;
  }
  void leave() { --taken_; }

 private:
  std::atomic<std::size_t> taken_{0};
};

// One client's. It holds the runs that have changed since it was last told, not what they were.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  // `seat` was taken.
  Stream(ExchangePtr exchange, runtime::Engine& engine, store::ListQuery query, std::shared_ptr<Overviews> overviews,
         std::shared_ptr<Seats> seat)
      : exchange_(std::move(exchange)),
        engine_(engine),
        query_(std::move(query)),
        overviews_(std::move(overviews)),
        seat_(std::move(seat)) {}

  void start() {
    auto self = shared_from_this();
    watcher_ = engine_.watch_all([self](const RunId& run) { self->changed(run); });
    exchange_->on_done([self] {
      self->engine_.unwatch(self->watcher_);
      self->seat_->leave();
    });
    exchange_->begin_stream("text/event-stream");
    turn();
  }

 private:
  void changed(const RunId& run) {
    const std::lock_guard lock(mutex_);
    if (changed_.size() < kMaxChanged) {
      changed_.insert(run);
    } else {
      more_ = more_ || changed_.count(run) == 0;
    }
  }

  // On the exchange's thread. A client that does not take what it was sent holds one event.
  void turn() {
    std::string chunk = sagas();
    if (turns_++ % kOverviewEvery == 0) {
      const auto overview = overviews_->text(engine_);
      if (!overview) return end_with(problem(overview.error()));
      chunk += "event: overview\ndata: " + *overview + "\n\n";
    }
    auto self = shared_from_this();
    const auto again = [self] { self->exchange_->after(kPause, [self] { self->turn(); }); };
    if (chunk.empty()) return again();
    exchange_->write(std::move(chunk), again);
  }

  // What has changed since; empty: nothing that the client asked for.
  std::string sagas() {
    std::set<RunId> runs;
    bool more = false;
    {
      const std::lock_guard lock(mutex_);
      runs.swap(changed_);
      std::swap(more, more_);
    }
    Value items = Value::array();
    Value gone = Value::array();
    // The newest first, as in lists.
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
      if (items.size() + gone.size() == kMaxItems) {
        more = true;
        break;
      }
      const auto saga = engine_.summary(*run);
      if (!saga) continue;  // it cannot be read, which says nothing of the others; whoever asks for it is told
      if (*saga && store::matches(query_, **saga)) {
        items.push_back(inspect::saga_json(**saga));
      } else {
        gone.push_back(run->str());
      }
    }
    if (items.empty() && gone.empty() && !more) return "";
    return "event: sagas\ndata: " + to_json({{"items", std::move(items)}, {"gone", std::move(gone)}, {"more", more}}) +
           "\n\n";
  }

  void end_with(const Response& problem) {
    exchange_->write("event: problem\ndata: " + problem.body + "\n\n",
                     [exchange = exchange_] { exchange->end_stream(); });
  }

  const ExchangePtr exchange_;
  runtime::Engine& engine_;
  const store::ListQuery query_;
  const std::shared_ptr<Overviews> overviews_;  // shared with all streams
  const std::shared_ptr<Seats> seat_;           // likewise
  std::uint64_t watcher_ = 0;
  int turns_ = 0;
  std::mutex mutex_;
  std::set<RunId> changed_;
  bool more_ = false;
};

}  // namespace

void add_stream(Router& router, std::shared_ptr<Overviews> overviews) {
  router.add("GET", "/v1/stream",
             [overviews = std::move(overviews), seats = std::make_shared<Seats>()](
                 const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
               auto query = inspect::list_query(exchange->request().query);
               if (!query) return exchange->respond(problem(query.error()));
               if (!seats->take()) {
                 return exchange->respond(problem(503, "too-many-streams",
                                                  "as many streams are open as may be; close others, or ask lists"));
               }
               std::make_shared<Stream>(exchange, engine, *std::move(query), overviews, seats)->start();
             });
}

}  // namespace skald::api
