// Who serves what a saga waits for: workers, their breakers, the broker between, the engine itself.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/inspect/explain_parts.h"
#include "engine/runtime/presence.h"

namespace skald::inspect {
namespace {

// Whoever was not heard for so long is not there.
constexpr Millis kHeardWithin = runtime::Presence::kGoneAfter;

using Worker = runtime::TaskTypeStatus::Worker;

const runtime::TaskTypeStatus* status_of(const Case& about, const std::string& type) {
  const auto at = about.around.types.find(type);
  return at == about.around.types.end() ? nullptr : &at->second;
}

std::vector<Worker> workers_of(const Case& about, const std::string& type) {
  const auto* status = status_of(about, type);
  return status == nullptr ? std::vector<Worker>() : status->workers;
}

// service -> state, of breakers that are not closed.
std::vector<std::pair<std::string, std::string>> breakers_of(const Worker& worker) {
  std::vector<std::pair<std::string, std::string>> open;
  if (!worker.breakers.is_object()) return open;
  for (const auto& [service, state] : worker.breakers.items()) {
    if (state.is_string() && state != "closed") open.emplace_back(service, state.get<std::string>());
  }
  return open;
}

// Whether all that the worker does of this type goes past the breaker that it tells of: it has one service. Calls to
// any host have a breaker for each.
bool is_certain(const std::string& type, const Worker& worker) {
  return type != "skald.http" && worker.breakers.is_object() && worker.breakers.size() == 1;
}

bool holds_back(const std::string& type, const Worker& worker) {
  return is_certain(type, worker) && !breakers_of(worker).empty();
}

bool heard_long_enough(const Case& about) {
  return about.around.broker_since && about.now() - *about.around.broker_since >= kHeardWithin;
}

// What is dispatched to workers, or will be.
std::set<std::string> types_of(const Case& about) {
  std::set<std::string> types;
  for (const Spot& spot : about.spots) {
    if (spot.kind == Spot::Kind::kTask || spot.kind == Spot::Kind::kRetry || spot.kind == Spot::Kind::kStuck) {
      types.insert(task_type_of(spot));
    }
    if (types.size() >= kMostTold) break;
  }
  types.erase("");
  return types;
}

void tell_breakers(const std::string& type, const Worker& worker, Sentences& into) {
  const bool one_service = is_certain(type, worker);
  for (const auto& [service, state] : breakers_of(worker)) {
    const std::string which = one_service ? "" : fmt::format(", if that is where {} goes", type);
    const std::string what = state == "half-open"
                                 ? "is tried with one call at a time"
                                 : "is left alone for a while: its tasks are held back, and none uses up an attempt";
    into.push_back({state == "half-open" ? "breaker-trying" : "breaker-open",
                    fmt::format("The breaker of {} for the service {} is {}: the service {}{}.", worker.name, service,
                                state, what, which),
                    "", worker.seen});
  }
}

void tell_workers(const Case& about, const std::string& type, const std::vector<Worker>& workers, Sentences& into) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(workers.size(), kMostTold); ++i) {
    names.push_back(fmt::format("{} ({} of {} in hand, heard {} ago)", workers[i].name, workers[i].in_flight,
                                workers[i].concurrency,
                                format_duration(std::max(Millis(0), about.now() - workers[i].seen))));
  }
  if (workers.size() > kMostTold) names.push_back(fmt::format("{} more", workers.size() - kMostTold));
  into.push_back({"served", fmt::format("{} is served by {}.", type, list_text(names)), ""});
  for (std::size_t i = 0; i < std::min(workers.size(), kMostTold); ++i) tell_breakers(type, workers[i], into);
}

void tell_type(const Case& about, const std::string& type, Sentences& into) {
  switch (served(about, type)) {
    case Served::kUnknown:
      into.push_back(
          {"workers-unheard",
           fmt::format(
               "Who serves {} is not known yet: the engine has listened for {}, and whoever is not heard within "
               "{} counts as gone.",
               type, format_duration(about.now() - about.around.broker_since.value_or(about.now())),
               format_duration(kHeardWithin)),
           "", about.around.broker_since});
      break;
    case Served::kByNobody: {
      const Time since = unserved_since(about, type);
      into.push_back(
          {"no-worker", fmt::format("No worker has served {} {}.", type, since_text(since, about.now())), "", since});
      break;
    }
    case Served::kHeldBack:
    case Served::kByWorkers:
      tell_workers(about, type, workers_of(about, type), into);
      break;
  }
  const auto* status = status_of(about, type);
  if (status == nullptr || status->waiting < 2 || !status->oldest) return;
  into.push_back({"backlog",
                  fmt::format("{} of {} are out or wait, the oldest {}.", count_text(status->waiting, "attempt"), type,
                              since_text(*status->oldest, about.now())),
                  "", status->oldest});
}

void tell_source(const Case& about, Sentences& into) {
  if (about.around.from == Surroundings::From::kExport) {
    into.push_back(
        {"from-export",
         fmt::format("This is from an exported file, as of event {}: what happened since, and who serves it, does not "
                     "stand there.",
                     about.state.seq),
         "", about.state.last_event_at, about.state.seq});
  } else if (about.unattended()) {
    into.push_back({"engine-stopped", "No engine has this folder open: nobody acts on the saga.", ""});
  } else {
    into.push_back(
        {"engine-elsewhere",
         "This was read from the folder of an engine that runs: who serves the tasks, and whether the broker is there, "
         "only the engine can tell.",
         ""});
  }
}

}  // namespace

std::string how_long_away(const Case& about) {
  const auto& since = about.around.broker_since;
  return since ? "has been away " + since_text(*since, about.now()) : "is away";
}

Served served(const Case& about, const std::string& type) {
  if (!about.live() || !about.around.broker_ok) return Served::kUnknown;
  const auto workers = workers_of(about, type);
  if (workers.empty()) return heard_long_enough(about) ? Served::kByNobody : Served::kUnknown;
  const bool held =
      std::all_of(workers.begin(), workers.end(), [&](const Worker& worker) { return holds_back(type, worker); });
  return held ? Served::kHeldBack : Served::kByWorkers;
}

Time unserved_since(const Case& about, const std::string& type) {
  const Time listening = about.around.broker_since.value_or(about.now());
  const auto* status = status_of(about, type);
  // Who was there while nobody could be heard is not known.
  return status != nullptr && status->last_heard ? std::max(*status->last_heard, listening) : listening;
}

void tell_serving(const Case& about, Sentences& into) {
  if (!about.live()) return tell_source(about, into);
  if (about.around.broker_ok) {
    for (const std::string& type : types_of(about)) tell_type(about, type, into);
    return;
  }
  const bool ended = about.state.final && about.spots.empty();
  if (ended) return;
  into.push_back(
      {"broker-away",
       fmt::format("The broker {}: no task gets to a worker, and no answer comes back.", how_long_away(about)), "",
       about.around.broker_since});
}

}  // namespace skald::inspect
