#include "cli/commands/wait.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <thread>

#include "engine/base/ids.h"
#include "engine/inspect/saga_json.h"

namespace skald::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr Millis kStep{20'000};  // of one request
constexpr Millis kPause{200};    // between two tries while the server is away

class Wait {
 public:
  Wait(const Globals& globals, std::string id, bool bounded)
      : client_(globals.client()),
        id_(std::move(id)),
        time_(static_cast<std::int64_t>(globals.timeout_s * 1'000)),
        bounded_(bounded) {}

  Result<Value> run(const Value& submission) {
    Millis step = next_step();
    auto saga = client_.post(fmt::format("/v1/sagas?wait={}ms", step.count()), submission, step);
    if (!saga && saga.error().code != "connection-lost") return saga;
    // Where it has not ended, the time is up, or the server is an older one that does not wait for it there.
    while (!saga || !inspect::is_settled(saga->value("status", ""))) {
      if (saga) {
        known_ = true;
        away_since_.reset();
      } else if (const Status borne = bear(saga.error()); !borne) {
        return fail(borne.error());
      }
      step = next_step();
      if (step <= Millis(0)) return fail(known_ ? not_ended() : in_doubt(saga.error()));
      saga = client_.get(fmt::format("/v1/sagas/{}?wait={}ms", escaped(id_), step.count()), step);
    }
    return saga;
  }

 private:
  Millis next_step() const {
    if (!bounded_) return kStep;
    return std::min(kStep, std::chrono::duration_cast<Millis>(start_ + time_ - Clock::now()));
  }

  // A pause where the server may be back soon. Errors: that it is away for too long, and all others as they are.
  Status bear(const Error& error) {
    if (!known_ && error.code == "unknown-saga") {
      return fail(ErrorKind::kUnreachable, "connection-lost",
                  fmt::format("the connection was lost before saga {} was started; submit it again", id_));
    }
    if (error.kind != ErrorKind::kUnreachable) return fail(error);
    const auto now = Clock::now();
    if (!away_since_) away_since_ = now;
    if (now - *away_since_ >= time_) return fail(in_doubt(error));
    std::this_thread::sleep_for(kPause);
    return {};
  }

  Error not_ended() const {
    return make_error(ErrorKind::kTimeout, "wait-timeout", fmt::format("saga {} has not ended yet", id_));
  }
  Error in_doubt(Error error) const {
    error.message += fmt::format("; `skald show {}` tells what has become of the saga once it is back", id_);
    return error;
  }

  const Client client_;
  const std::string id_;
  const Millis time_;  // of --timeout
  const bool bounded_;
  const Clock::time_point start_ = Clock::now();
  bool known_ = false;  // that it was started
  std::optional<Clock::time_point> away_since_;
};

}  // namespace

Result<Value> submit_and_wait(const Globals& globals, Value submission, bool bounded) {
  if (!submission.contains("id")) submission["id"] = made_up_id(submission.value("workflow", ""));
  return Wait(globals, submission["id"], bounded).run(submission);
}

}  // namespace skald::cli
