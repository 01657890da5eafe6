// Depth first over all points that can be reached. Points with the same future are walked once (state_key.h), so that
// what is counted are paths, and what costs time are states.

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "engine/check/findings.h"
#include "engine/check/moves.h"
#include "engine/check/state_key.h"
#include "engine/check/trail.h"
#include "engine/core/apply.h"
#include "engine/definition/kind.h"

namespace skald::check {
namespace {

constexpr std::uint32_t kMaxJumps = 2;
constexpr std::size_t kMaxCourses = 24;
constexpr std::size_t kMaxWays = 1'000;

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  std::uint64_t both = 0;
  return __builtin_add_overflow(a, b, &both) ? std::numeric_limits<std::uint64_t>::max() : both;
}

// Where a point leads to.
struct Future {
  std::array<std::uint64_t, kEnds> ends{};
  std::vector<Course> courses;  // on which nothing else goes wrong
  bool more = false;
};

bool same_course(const Course& a, const Course& b) {
  return a.end == b.end && a.undone == b.undone && a.caught == b.caught;
}

void add_course(std::vector<Course>& courses, bool& more, Course course) {
  const auto known =
      std::any_of(courses.begin(), courses.end(), [&](const Course& one) { return same_course(one, course); });
  if (known) return;
  if (courses.size() < kMaxCourses) {
    courses.push_back(std::move(course));
  } else {
    more = true;
  }
}

End end_of(const core::State& state) {
  switch (core::status_of(state)) {
    case core::SagaStatus::kCompleted:
      return End::kCompleted;
    case core::SagaStatus::kCompensated:
      return End::kCompensated;
    case core::SagaStatus::kFailed:
      return End::kFailed;
    case core::SagaStatus::kStuck:
      return End::kStuck;
    default:
      return End::kOpen;
  }
}

Future ended(End end) {
  Future future;
  future.ends[static_cast<std::size_t>(end)] = 1;
  if (end != End::kCut) future.courses.push_back({{}, {}, end, {}});
  return future;
}

// One way on from a point.
struct Next {
  Point point;
  Leg leg;
};

class Walker {
 public:
  Walker(std::shared_ptr<const definition::Workflow> workflow, definition::JqRunner& jq, const Options& options)
      : jq_(jq), options_(options), findings_(*workflow), undos_decide_(undos_decide(*workflow)) {
    report_.workflow = std::move(workflow);
  }

  Report run() {
    Point point;
    point.state = core::make_state(report_.workflow);
    const auto begin = [&](Point& at, Hand& hand) { return check::start(at, options_.input, hand), true; };
    Future all;
    for (Next& next : all_ways(point, begin)) take(all, next, true);
    if (late_) ++all.ends[static_cast<std::size_t>(End::kCut)];
    report_.paths = all.ends;
    report_.unfailing = std::move(all.courses);
    const auto by_place = [&](const Consequence& a, const Consequence& b) { return line_of(a) < line_of(b); };
    std::stable_sort(report_.consequences.begin(), report_.consequences.end(), by_place);
    report_.findings = findings_.finish(report_);
    return std::move(report_);
  }

 private:
  int line_of(const Consequence& consequence) const {
    const auto* task = report_.workflow->find(consequence.step);
    return task == nullptr ? 0 : task->line;
  }

  // Does the same with every choice that the core asks for.
  template <typename Act>
  std::vector<Next> all_ways(const Point& point, const Act& act) {
    std::vector<Next> ways;
    std::vector<std::vector<std::size_t>> todo{{}};
    while (!todo.empty() && may_go_on(ways.size())) {
      Picks picks(std::move(todo.back()), point.assumed);
      todo.pop_back();
      Next next{point, {}};
      Hand hand{picks, jq_, {}};
      const bool possible = act(next.point, hand);
      if (late()) break;  // what it evaluated may have been cut short
      for (auto& other : picks.others()) todo.push_back(std::move(other));
      if (!possible) continue;
      if (picks.too_many()) stop(fmt::format("{} conditions between two answers", kMaxChoices));
      next.leg = leg_between(point.state, next.point.state, hand.events);
      next.leg.choices = picks.made();
      next.point.assumed = picks.assumed();
      ways.push_back(std::move(next));
    }
    return ways;
  }

  // Walks on, and adds what comes of it.
  void take(Future& into, Next& next, bool good) {
    findings_.note(next.leg, story());
    choices_.insert(choices_.end(), next.leg.choices.begin(), next.leg.choices.end());
    const Future future = jumped_too_often(next) ? ended(End::kCut) : walk(next.point);
    choices_.resize(choices_.size() - next.leg.choices.size());
    for (std::size_t i = 0; i < kEnds; ++i) into.ends[i] = sum(into.ends[i], future.ends[i]);
    if (!good) return;
    into.more = into.more || future.more;
    for (const Course& course : future.courses) add_course(into.courses, into.more, follow(next.leg, course));
  }

  static bool jumped_too_often(Next& next) {
    bool too_often = false;
    for (const std::string& task : next.leg.jumped) too_often = ++next.point.jumps[task] > kMaxJumps || too_often;
    return too_often;
  }

  // Takes its point, so that a path does not keep all its states.
  Future walk(Point& reached) {
    Point point = std::move(reached);
    forget_order(point);
    forget_assumptions(point);
    const std::vector<Move> moves = moves_at(point);
    if (moves.empty()) {
      const End end = end_of(point.state);
      findings_.note_end(point.state, end, story());
      return ended(end);
    }
    const std::string key = key_of(point, undos_decide_);
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    if (!may_look()) return ended(End::kCut);
    known_.emplace(key, ended(End::kCut));  // met again on the way: round and round
    ++depth_;
    Future future;
    for (const Move& move : moves) {
      if (!late()) try_move(future, point, move);
    }
    if (late()) ++future.ends[static_cast<std::size_t>(End::kCut)];
    --depth_;
    known_[key] = future;
    return future;
  }

  void try_move(Future& future, const Point& point, const Move& move) {
    std::vector<Next> ways = all_ways(point, [&](Point& at, Hand& hand) { return make(at, move, hand); });
    if (late()) return;
    Future after;
    if (move.fault) faults_.push_back(move);
    for (Next& next : ways) {
      next.leg.choices.insert(next.leg.choices.begin(), move.choices.begin(), move.choices.end());
      take(after, next, true);
    }
    if (move.fault) faults_.pop_back();
    for (std::size_t i = 0; i < kEnds; ++i) future.ends[i] = sum(future.ends[i], after.ends[i]);
    if (move.fault) {
      if (!point.faulty) add_consequence(move, after, ways.empty());
      return;
    }
    future.more = future.more || after.more;
    for (Course& course : after.courses) add_course(future.courses, future.more, std::move(course));
  }

  void add_consequence(const Move& move, const Future& after, bool endless) {
    auto& all = report_.consequences;
    auto at = std::find_if(all.begin(), all.end(), [&](const Consequence& one) {
      return one.step == move.step && one.outcome == move.outcome() && one.limit == move.limit;
    });
    if (at == all.end()) at = all.insert(all.end(), {move.step, move.outcome(), move.limit, {}, false, endless});
    at->more = at->more || after.more;
    at->endless = at->endless && endless;
    for (Course course : after.courses) {
      course.when.insert(course.when.begin(), choices_.begin(), choices_.end());
      add_course(at->courses, at->more, std::move(course));
    }
  }

  // Whether another state may be looked into.
  bool may_look() {
    if (report_.states == options_.limits.states) {
      stop(fmt::format("{} states", options_.limits.states));
    } else if (depth_ >= options_.limits.depth) {
      stop(fmt::format("{} answers and timers in a row", options_.limits.depth));
    } else if (report_.stopped.empty()) {
      ++report_.states;
      return true;
    }
    return false;
  }

  // Whether another way may be gone from a point from which so many were.
  bool may_go_on(std::size_t ways) {
    if (ways == kMaxWays) stop(fmt::format("{} ways on from one answer", kMaxWays));
    return ways < kMaxWays && (report_.stopped.empty() || ways == 0);
  }

  // Whether the time is up, from when on nothing more is tried. One way may evaluate jq, which takes far longer than to
  // ask.
  bool late() {
    if (!late_ && options_.limits.out_of_time()) {
      late_ = true;
      stop("the time limit");
    }
    return late_;
  }

  void stop(const std::string& why) {
    if (report_.stopped.empty()) report_.stopped = why;
  }

  // What went wrong on the way, for a person.
  std::string story() const {
    std::string text;
    for (const Move& move : faults_) text += (text.empty() ? "" : ", then ") + told(*report_.workflow, move);
    return text;
  }

  static std::string told(const definition::Workflow& workflow, const Move& move) {
    const std::string name = name_of(workflow, move.step);
    switch (move.kind) {
      case Move::Kind::kFail:
        return name + " fails for good";
      case Move::Kind::kTimeLimit:
        return fmt::format("the time limit of {} passes during {}", name_of(workflow, move.limit), name);
      case Move::Kind::kDeadline:
        return "the deadline passes during " + name;
      default:
        return fmt::format("{} is {}", name, move.outcome());
    }
  }

  definition::JqRunner& jq_;
  const Options& options_;
  Report report_;
  Findings findings_;
  const bool undos_decide_;
  std::unordered_map<std::string, Future> known_;
  std::vector<Choice> choices_;  // on the way to where the walk is
  std::vector<Move> faults_;     // likewise
  std::uint32_t depth_ = 0;
  bool late_ = false;
};

}  // namespace

Report check(std::shared_ptr<const definition::Workflow> workflow, definition::JqRunner& jq, const Options& options) {
  UnknowingRunner runner(jq, options.limits);
  return Walker(std::move(workflow), runner, options).run();
}

}  // namespace skald::check
