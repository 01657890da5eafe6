// Which commands help, the best first. Each is one that the engine accepts as the saga stands.

#include <fmt/format.h>

#include "engine/core/arrivals.h"
#include "engine/core/kinds.h"
#include "engine/inspect/explain_parts.h"

namespace skald::inspect {
namespace {

constexpr const char* kHttpTask = "skald.http";

std::string order(const Case& about, const char* verb, const std::string& step, const char* more = "") {
  const std::string where = step.empty() ? "" : " --step " + shell_word(step);
  return fmt::format("skald {} {}{}{} --reason ...", verb, about.state.id.str(), where, more);
}

// An error that comes again however often it is tried: of an expression or a schema.
bool is_fault(const Spot& spot) {
  return spot.step == nullptr || spot.frame == nullptr || spot.frame->phase != core::FramePhase::kRunning;
}

void for_stuck(const Case& about, const Spot& spot, std::vector<Advice>& into) {
  const std::string step = reference_of(spot);
  const std::string name = name_of(spot);
  const bool runs_saga = core::kind_of(*spot.task).child(*spot.task) != nullptr;
  if (!about.state.suspended && !is_fault(spot)) {
    const std::string how = runs_saga && spot.undone == nullptr ? "runs it again, as another saga"
                                                                : "tries it again, under the same idempotency key";
    into.push_back({order(about, "retry", step), fmt::format("{}: once what went wrong is mended", how)});
  }
  if (spot.undone != nullptr) {
    into.push_back(
        {order(about, "resolve", step), "if you have undone it by hand: the saga goes on with the next undo"});
    into.push_back(
        {order(about, "skip", step), "gives the undo up: the saga ends as failed, and names what is left behind"});
  } else {
    into.push_back({order(about, "resolve", step, " --output JSON"),
                    fmt::format("if you have done it by hand: JSON is what {} would have given", name)});
    into.push_back({order(about, "skip", step), "gives it up and goes on behind it"});
  }
  if (!about.state.suspended && is_fault(spot)) {
    const bool listens = spot.frame != nullptr && spot.frame->phase == core::FramePhase::kListening;
    into.push_back({order(about, "retry", step),
                    listens ? "listens on: the event over which it failed is gone"
                            : "evaluates the same on the same data: it helps only where the evaluator was at fault"});
  }
}

void for_waiting(const Case& about, const Spot& spot, std::vector<Advice>& into) {
  if (about.state.suspended) return;
  const std::string step = reference_of(spot);
  if (spot.kind == Spot::Kind::kRound) {
    into.push_back({order(about, "retry", step), "repeats it now instead of waiting: once what went wrong is mended"});
    return;
  }
  into.push_back(
      {order(about, "retry", step),
       fmt::format("makes attempt {} now instead of waiting: once what went wrong is mended", spot.step->attempt + 1)});
}

// A step behind the pivot that does not work out can also be settled by hand.
void for_failing_past_pivot(const Case& about, const Spot& spot, std::vector<Advice>& into) {
  const std::string step = reference_of(spot);
  into.push_back({order(about, "resolve", step, " --output JSON"),
                  "if you have done it by hand: JSON is what it would have given"});
  into.push_back({order(about, "skip", step), "gives it up and goes on behind it"});
}

void for_service(const Spot& spot, const std::string& cause, std::vector<Advice>& into) {
  const std::string type = task_type_of(spot);
  if (cause == "breaker-open") {
    into.push_back({"skald workers", "shows the breakers: mend the service, and the worker tries it again by itself"});
    return;
  }
  if (type == kHttpTask) {
    into.push_back(
        {"skald worker --http-calls --nats URL", "starts a worker for calls to any host; URL is the broker's"});
  } else {
    into.push_back({"skald worker --config FILE --nats URL",
                    fmt::format("starts the sidecar of the service; FILE has to serve {}, URL is the broker's", type)});
  }
  into.push_back({"skald workers", "shows who serves what, and what waits"});
}

void for_child(const Spot& spot, std::vector<Advice>& into) {
  into.push_back({"skald explain " + shell_word(child_of(spot)), "the saga that it waits for"});
}

// A signal is about the saga that it is sent to: what is awaited about something else has to be published. What the
// data has to be only the document knows.
void for_listening(const Case& about, const Spot& spot, std::vector<Advice>& into) {
  const auto awaited = awaited_events(spot);
  const std::string id = about.state.id.str();
  for (std::size_t i = 0; i < std::min(awaited.size(), kMostTold); ++i) {
    const std::string type = shell_word(awaited[i].value("type", ""));
    const std::string subject = awaited[i].value("subject", id);
    if (awaited[i].contains("more")) continue;  // only who publishes it knows what else it has to be
    if (subject == id && about.state.mail.size() < core::kMostMail) {
      into.push_back({fmt::format("skald signal {} {} --data JSON", id, type),
                      "sends it by hand, to this saga alone: JSON is the data of the event"});
    } else if (subject != id) {
      into.push_back({fmt::format("skald emit {} --subject {} --data JSON", type, shell_word(subject)),
                      "publishes it by hand, for every saga that listens for it: JSON is the data of the event"});
    }
  }
}

void for_source(const Case& about, std::vector<Advice>& into) {
  if (about.around.from == Surroundings::From::kFolder && !about.around.in_use) {
    into.push_back({about.around.start_command, "starts the engine: it takes up every saga where it stood"});
  } else {
    into.push_back({"skald explain " + about.state.id.str(), "asks the engine that runs it (--server URL)"});
  }
}

bool may_cancel(const Case& about) {
  return !about.plan.refused && about.state.cause == core::Cause::kNone && about.state.wanted == core::Cause::kNone;
}

std::string why_cancel(const Case& about) {
  const core::UndoPlan& plan = about.plan;
  const std::string first =
      plan.waits_for.empty() ? "" : fmt::format("unless the pivot {} completes, ", plan.waits_for);
  if (plan.undos.empty()) return first + "ends it early; there is nothing to undo";
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < std::min(plan.undos.size(), kMostTold); ++i) steps.push_back(plan.undos[i].step);
  if (plan.undos.size() > kMostTold) steps.push_back(fmt::format("{} more", plan.undos.size() - kMostTold));
  return first + "ends it early and undoes " + list_text(steps);
}

const Spot* spot_for(const Case& about, const std::string& type_cause) {
  for (const Spot& spot : about.spots) {
    const Served how = served(about, task_type_of(spot));
    const bool on_workers = spot.kind == Spot::Kind::kTask || spot.kind == Spot::Kind::kRetry;
    if (!on_workers) continue;
    if (type_cause == "no-worker" && how == Served::kByNobody) return &spot;
    if (type_cause == "breaker-open" && how == Served::kHeldBack) return &spot;
  }
  return nullptr;
}

void for_spots(const Case& about, const std::string& cause, std::vector<Advice>& into) {
  if (const Spot* spot = spot_for(about, cause)) for_service(*spot, cause, into);
  std::size_t told = 0;
  for (const Spot& spot : about.spots) {
    if (told++ >= kMostTold) break;
    const bool waits = spot.kind == Spot::Kind::kRetry || spot.kind == Spot::Kind::kRound;
    if (spot.kind == Spot::Kind::kStuck) for_stuck(about, spot, into);
    if (waits) for_waiting(about, spot, into);
    const bool by_hand = spot.kind == Spot::Kind::kRetry && about.state.pivot_done && spot.undone == nullptr;
    if (by_hand) for_failing_past_pivot(about, spot, into);
    if (spot.kind == Spot::Kind::kChild) for_child(spot, into);
    if (spot.kind == Spot::Kind::kEvent) for_listening(about, spot, into);
  }
}

}  // namespace

std::vector<Advice> advise(const Case& about, const std::string& cause) {
  std::vector<Advice> into;
  const core::State& state = about.state;
  const bool over = state.final && about.spots.empty();
  const std::string history = "skald history " + state.id.str();
  if (over) {
    into.push_back({history, "everything that happened"});
  } else if (!about.live()) {
    for_source(about, into);
  } else {
    if (cause == "broker-away") {
      into.push_back(
          {"nats-server --jetstream --store_dir DIR --addr HOST --port PORT",
           "starts the broker again, where the engine's --nats looks for it; DIR may be new: no saga is lost"});
    }
    if (state.suspended)
      into.push_back({order(about, "resume", ""), "goes on where it stood; what came due meanwhile acts at once"});
    for_spots(about, cause, into);
    if (into.empty() || cause == "undoing")
      into.push_back({history + " --follow", "shows what happens, as it happens"});
    if (may_cancel(about)) into.push_back({order(about, "cancel", ""), why_cancel(about)});
  }
  if (!state.parent_run.empty()) into.push_back({"skald explain " + state.parent_run, "the saga that runs this one"});
  return into;
}

}  // namespace skald::inspect
