#include "tests/simulation/generator.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/value.h"
#include "tests/simulation/world.h"

namespace skald::simulation {
namespace {

constexpr std::size_t kMaxDepth = 4;
constexpr int kTasks = 16;  // roughly: what is begun is finished

Value seconds(std::size_t count) { return {{"seconds", count}}; }
Value millis(std::size_t count) { return {{"milliseconds", count}}; }

// What a list of tasks stands in.
struct Around {
  std::size_t depth = 1;
  bool at_top = false;
  bool in_fork = false;       // nothing may end the workflow
  bool behind_pivot = false;  // only forward: no errors that nothing catches, no retries that end
  bool in_loop = false;       // $item and $index are there
  Around inner() const {
    Around one = *this;
    ++one.depth;
    one.at_top = false;
    return one;
  }
};

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed * 2'654'435'761ULL + 17) {}

  Value document() {
    Value whole;
    whole["document"] = {{"dsl", "1.0.3"}, {"namespace", "sim"}, {"name", "generated"}, {"version", "1.0.0"}};
    whole["use"] = {{"retries", {{"twice", {{"delay", "PT0.1S"}, {"limit", {{"attempt", {{"count", 2}}}}}}}}},
                    {"timeouts", {{"short", {{"after", "PT2S"}}}}},
                    {"errors", {{"wrong", {{"type", "urn:sim:wrong"}, {"status", 409}}}}},
                    {"functions", {{"book", {{"call", "svc.book"}, {"with", {{"n", "${ .n }"}}}}}}}};
    if (chance(0.15)) whole["timeout"] = {{"after", seconds(10 + below(40))}};
    if (chance(0.1)) whole["input"] = {{"from", "${ { n: .n, flag: .flag } }"}};
    if (chance(0.1)) whole["output"] = {{"as", "${ { result: . } }"}};
    Around top;
    top.at_top = true;
    whole["do"] = list(top);
    if (chance(0.3)) add_pivot(whole["do"]);
    return whole;
  }

 private:
  bool chance(double probability) { return random_.chance(probability); }
  std::size_t below(std::size_t bound) { return random_.below(bound); }
  template <typename T>
  T any_of(std::initializer_list<T> all) {
    return *(all.begin() + below(all.size()));
  }
  // Some of them are the words that a decision is logged with.
  std::string name() {
    ++names_;
    if (chance(0.03)) return any_of({"run", "skip", "do", "retry"}) + std::string(names_ % 2 == 0 ? "" : "s");
    return fmt::format("t{}", names_);
  }

  // --- lists

  Value list(const Around& around) {
    Value tasks = Value::array();
    const std::size_t count = 1 + below(around.at_top ? 4 : 3);
    for (std::size_t i = 0; i < count && (i == 0 || left_ > 0); ++i) append(tasks, task(around));
    add_jumps(tasks, around);
    return tasks;
  }

  void append(Value& tasks, Value task) {
    std::string as = name();
    const auto same = [&](const Value& one) { return one.contains(as); };
    while (std::any_of(tasks.begin(), tasks.end(), same)) as += "x";
    tasks.push_back({{as, std::move(task)}});
  }

  static std::string name_at(const Value& tasks, std::size_t index) { return tasks[index].begin().key(); }
  static Value& task_at(Value& tasks, std::size_t index) { return tasks[index].begin().value(); }

  // Where a task may send the flow: forward, or out.
  std::string way_on(const Value& tasks, std::size_t from, const Around& around) {
    if (from + 1 < tasks.size() && chance(0.5)) return name_at(tasks, from + 1 + below(tasks.size() - from - 1));
    if (!around.in_fork && chance(0.3)) return "end";
    return any_of({"exit", "continue"});
  }

  void add_jumps(Value& tasks, const Around& around) {
    if (counters_ < kCounters && left_ > 0 && chance(0.2)) add_jump_back(tasks);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      Value& one = task_at(tasks, i);
      if (one.contains("switch")) {
        for (Value& item : one["switch"]) item.begin().value()["then"] = way_on(tasks, i, around);
        continue;
      }
      if (one.contains("then")) continue;
      if (one.contains("raise")) {
        one["if"] = condition(around);  // else no way would lead past it
      } else if (chance(0.1)) {
        // More may be put behind the last at the top.
        const bool last = i + 1 == tasks.size() && !around.at_top;
        if (!one.contains("if") && !last) one["if"] = condition(around);
        one["then"] = way_on(tasks, i, around);
      }
    }
  }

  // Goes back a bounded number of times, by a counter of its own in the context.
  void add_jump_back(Value& tasks) {
    const std::size_t counter = counters_++;
    const std::string target = name_at(tasks, below(tasks.size()));
    Value context = Value::object();
    for (std::size_t i = 0; i < kCounters; ++i) {
      context[fmt::format("c{}", i)] = fmt::format("${{ $context.c{}{} }}", i, i == counter ? " + 1" : "");
    }
    append(tasks,
           {{"if", fmt::format("${{ $context.c{} == null or $context.c{} < {} }}", counter, counter, 1 + below(2))},
            {"set", {{"again", true}}},
            {"export", {{"as", context}}},
            {"then", target}});
  }

  void add_pivot(Value& tasks) {
    const bool undone = chance(0.4);
    Value pivot = {{"call", "svc.pivot"}, {"pivot", true}, {"timeout", {{"after", "PT4S"}}}};
    if (undone) pivot["compensate"] = call_of_undo();
    if (chance(0.2)) {
      pivot = {{"run", {{"workflow", {{"namespace", "sim"}, {"name", "bound"}, {"version", "1.0.0"}}}}},
               {"pivot", true}};
    }
    append(tasks, std::move(pivot));
    const std::string of_pivot = name_at(tasks, tasks.size() - 1);
    Around behind;
    behind.at_top = behind.behind_pivot = true;
    left_ = std::max(left_, 5);
    const Value rest = list(behind);
    for (const Value& one : rest) {
      Value task = one.begin().value();
      // Jumps in this list may go to names that have changed, or over the pivot.
      task.erase("then");
      if (task.contains("switch")) {
        for (Value& item : task["switch"]) item.begin().value()["then"] = "continue";
      }
      append(tasks, std::move(task));
    }
  }

  // --- tasks

  Value task(const Around& around) {
    --left_;
    const bool deeper = around.depth < kMaxDepth && left_ > 0;
    const std::size_t die = below(100);
    Value one;
    if (!deeper || die < 45) {
      one = leaf(around);
    } else if (die < 57) {
      one = {{"do", list(around.inner())}};
    } else if (die < 68) {
      one = loop(around);
    } else if (die < 82) {
      one = fork(around);
    } else {
      one = attempt(around);
    }
    common(one, around);
    return one;
  }

  Value leaf(const Around& around) {
    const std::size_t die = below(100);
    if (die < 54) return call(around);
    if (die < 58) return http(around);
    if (die < 62) return run(around);
    if (die < 70) return {{"set", {{"n", number(around)}, {"was", around.behind_pivot ? "${ 1 }" : "${ . }"}}}};
    if (die < 76) return {{"wait", millis(50 * (1 + below(40)))}};
    if (die < 79) return listen();
    if (die < 83) return {{"emit", {{"event", {{"with", {{"source", "urn:sim"}, {"type", "sim.happened"}}}}}}}};
    if (die < 92 || around.behind_pivot) return choice(around);
    if (chance(0.5)) return {{"raise", {{"error", "wrong"}}}};
    return {{"raise", {{"error", {{"type", "urn:sim:bad"}, {"status", "${ 500 + 3 }"}, {"title", "raised"}}}}}};
  }

  // For what people send now and then (people.cc).
  Value listen() {
    const Value go = {{"with", {{"type", "sim.go"}}}};
    const Value stop = {{"with", {{"type", "sim.stop"}, {"subject", "${ $workflow.id }"}}}};
    Value to = {{"one", go}};
    if (chance(0.3)) to = {{"any", {go, stop}}};
    if (chance(0.2)) to = {{"all", {go, stop}}};
    if (chance(0.2)) to = {{"any", {go}}, {"until", {{"one", stop}}}};
    Value one = {{"listen", {{"to", std::move(to)}}}};
    if (chance(0.3)) one["timeout"] = {{"after", seconds(1 + below(5))}};
    return one;
  }

  Value call(const Around& around) {
    Value one = {{"call", fmt::format("svc.{}", any_of({"a", "b", "c", "d", "e"}))},
                 {"with", {{"n", number(around)}}},
                 {"timeout", {{"after", "PT2S"}}}};
    if (chance(0.1)) one["call"] = "book";
    if (chance(0.15)) one["timeout"] = "short";
    if (around.behind_pivot) {
      if (chance(0.3)) one["retry"] = {{"delay", "PT0.2S"}};
      return one;
    }
    if (chance(0.5)) one["retry"] = retry();
    if (chance(0.12)) {
      one["effect"] = "none";
    } else if (chance(0.85)) {
      one["compensate"] = undo();
    }
    return one;
  }

  Value http(const Around& around) {
    Value one = {{"call", "http"},
                 {"with",
                  {{"method", any_of({"post", "put"})},
                   {"endpoint", "http://shop.example/orders"},
                   {"body", {{"n", number(around)}}}}},
                 {"timeout", {{"after", "PT2S"}}}};
    if (!around.behind_pivot && chance(0.8)) one["compensate"] = undo();
    return one;
  }

  // One of children(); only a pivot may run those that have one.
  Value run(const Around& around) {
    Value child = {{"namespace", "sim"}, {"name", any_of({"part", "loose", "deep"})}, {"version", "1.0.0"}};
    if (chance(0.5)) child["input"] = {{"n", number(around)}};
    Value one = {{"run", {{"workflow", std::move(child)}}}};
    if (chance(0.3)) one["run"]["await"] = false;
    if (!around.behind_pivot && chance(0.2)) one["timeout"] = {{"after", millis(30 + below(5'000))}};
    if (!around.behind_pivot && chance(0.1)) one["effect"] = "none";
    return one;
  }

  Value retry() {
    if (chance(0.2)) return "twice";
    Value policy = {{"delay", "PT0.1S"}, {"limit", {{"attempt", {{"count", 1 + below(3)}}}}}};
    if (chance(0.2)) policy["backoff"] = {{any_of({"exponential", "linear", "constant"}), Value::object()}};
    if (chance(0.15)) policy["limit"]["duration"] = seconds(3 + below(8));
    if (chance(0.15)) policy["jitter"] = {{"from", "PT0S"}, {"to", "PT0.3S"}};
    if (chance(0.1)) policy["when"] = "${ $error.status == 503 or $error.status == 504 }";
    return policy;
  }

  Value choice(const Around& around) {
    Value cases = Value::array();
    const std::size_t count = 1 + below(2);
    for (std::size_t i = 0; i < count; ++i) {
      cases.push_back({{fmt::format("case{}", i), {{"when", condition(around)}, {"then", "continue"}}}});
    }
    if (chance(0.5)) cases.push_back({{"otherwise", {{"then", "continue"}}}});
    return {{"switch", cases}};
  }

  Value loop(const Around& around) {
    Around inside = around.inner();
    inside.in_loop = true;
    Value one = {{"for", {{"each", "item"}, {"in", any_of({"${ [1, 2] }", "${ [1, 2, 3] }", "${ [] }"})}}},
                 {"do", list(inside)}};
    if (chance(0.3)) one["while"] = "${ $index < 2 }";
    return one;
  }

  Value fork(const Around& around) {
    Value branches = Value::array();
    Around inside = around.inner();
    inside.in_fork = true;
    const std::size_t count = 2 + below(2);
    for (std::size_t i = 0; i < count; ++i) {
      --left_;
      Value branch = around.depth + 1 < kMaxDepth && chance(0.5) ? Value{{"do", list(inside.inner())}} : call(inside);
      if (chance(0.15) && around.depth + 1 < kMaxDepth) branch = attempt(inside);
      if (!around.behind_pivot && !branch.contains("call") && chance(0.15)) branch["compensate"] = undo();
      if (chance(0.1)) branch["if"] = condition(inside);
      append(branches, std::move(branch));
    }
    Value one = {{"fork", {{"branches", branches}}}};
    if (chance(0.35)) one["fork"]["compete"] = true;
    if (chance(0.35)) one["compensate"] = "parallel";
    return one;
  }

  Value attempt(const Around& around) {
    Value one = {{"try", list(around.inner())}};
    Value clause = Value::object();
    if (chance(0.3)) clause["errors"] = {{"with", {{"status", any_of({409, 422, 503, 504, 408})}}}};
    if (chance(0.1)) clause["exceptWhen"] = "${ $error.status == 400 }";
    if (chance(0.5)) clause["compensate"] = true;
    if (chance(0.35)) {
      clause["retry"] = {{"delay", millis(100 * (1 + below(10)))}, {"limit", {{"attempt", {{"count", 2 + below(2)}}}}}};
      if (chance(0.2)) clause["retry"]["exceptWhen"] = "${ $error.status == 422 }";
    }
    if (chance(0.5)) clause["do"] = list(around.inner());
    if (clause.contains("compensate") && chance(0.2)) {
      clause.erase("compensate");
      one["metadata"] = {{"catch", {{"compensate", true}}}};
    }
    one["catch"] = std::move(clause);
    return one;
  }

  // What every kind may have.
  void common(Value& one, const Around& around) {
    const bool composite = one.contains("do") || one.contains("try") || one.contains("fork");
    if (chance(0.15)) one["if"] = condition(around);
    if (composite && chance(0.2)) one["timeout"] = {{"after", seconds(1 + below(12))}};
    if (composite && !around.behind_pivot && !one.contains("compensate") && chance(0.15)) one["compensate"] = undo();
    if (chance(0.08)) one["input"] = {{"from", "${ { n: $workflow.input.n } }"}};
    if (chance(0.08)) one["output"] = {{"as", "${ { n: 7, out: $output } }"}};
    schemas(one, around);
    if (one.contains("compensate") && !one.contains("metadata") && chance(0.1)) {
      one["metadata"] = {{"compensate", one["compensate"]}};
      one.erase("compensate");
    }
  }

  // Some of them do not fit; behind the pivot nobody could mend that.
  void schemas(Value& one, const Around& around) {
    const auto schema = [&] {
      Value document = {{"type", {"object", "array", "string", "null", "number", "boolean"}}};
      if (!around.behind_pivot && chance(0.4)) document["type"] = {"object", "array", "string"};
      if (!around.behind_pivot && chance(0.3)) document["required"] = {any_of({"n", "of"})};
      return Value{{"document", std::move(document)}};
    };
    if (chance(0.05)) one["input"]["schema"] = schema();
    if (chance(0.05)) one["output"]["schema"] = schema();
    if (chance(0.05) && !one.contains("export")) one["export"] = {{"as", "${ $context }"}, {"schema", schema()}};
  }

  // --- undos

  Value call_of_undo() {
    return {{"call", fmt::format("undo.{}", any_of({"a", "b", "c"}))},
            {"with", {{"key", "${ $forward.key }"}, {"last", true}}}};
  }

  Value undo() {
    const std::size_t die = below(10);
    Value one = call_of_undo();
    if (die < 3) {
      Value tasks = Value::array();
      append(tasks, {{"call", "undo.tell"}, {"with", {{"key", "${ $forward.key }"}, {"last", false}}}});
      if (chance(0.4)) append(tasks, {{"set", {{"of", "${ $forward.outcome }"}}}});
      append(tasks, call_of_undo());
      if (chance(0.4)) return tasks;
      one = {{"do", std::move(tasks)}};
    }
    if (chance(0.25)) one["on"] = "completed";
    if (chance(0.15)) one["timeout"] = {{"after", "PT3S"}};
    if (chance(0.1)) one["retry"] = {{"delay", "PT0.2S"}, {"limit", {{"attempt", {{"count", 3}}}}}};
    return one;
  }

  // --- expressions

  std::string number(const Around& around) {
    if (around.in_loop && chance(0.5)) return "${ $item }";
    return any_of({"${ $workflow.input.n }", "${ 3 }", "${ $context.c0 }"});
  }

  std::string condition(const Around& around) {
    if (around.in_loop && chance(0.4)) return any_of({"${ $item == 2 }", "${ $index > 0 }"});
    // One that fails now and then is an error as good as any; behind the pivot nobody could mend it.
    if (!around.behind_pivot && chance(0.1)) return "${ .n > 3 }";
    return any_of({"${ $workflow.input.flag }", "${ $workflow.input.n > 9 }", "${ $context.c0 != null }",
                   "${ $workflow.input.flag == false }"});
  }

  static constexpr std::size_t kCounters = 3;

  Random random_;
  int left_ = kTasks;
  std::size_t names_ = 0;
  std::size_t counters_ = 0;
};

}  // namespace

Document generated(std::uint64_t seed) { return {"sim/generated", to_json(Maker(seed).document(), 1)}; }

}  // namespace skald::simulation
