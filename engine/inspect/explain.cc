#include "engine/inspect/explain.h"

#include "engine/inspect/explain_parts.h"
#include "engine/inspect/saga_json.h"

namespace skald::inspect {

Explanation explain(const core::State& state, const Past& past, const Surroundings& around) {
  return explain(state, past, around, undo_plan(state));
}

Explanation explain(const core::State& state, const Past& past, const Surroundings& around, core::UndoPlan plan) {
  const Case about{state, past, around, spots_of(state), std::move(plan)};
  Explanation all;
  all.id = state.id.str();
  all.run = state.run.str();
  all.workflow = state.workflow->full_name();
  all.version = state.workflow->version;
  all.status = name_of(status_of(state));
  all.at = around.now;
  all.live = about.live();
  const Summary summary = sum_up(about);
  all.cause = summary.cause;
  all.summary = summary.text;
  tell_end(about, all.sentences);
  tell_where(about, all.sentences);
  tell_waiting(about, all.sentences);
  tell_trouble(about, all.sentences);
  tell_serving(about, all.sentences);
  all.next = tell_next(about);
  all.plan = about.plan;
  all.commands = advise(about, all.cause);
  return all;
}

namespace {

Value to_value(const Sentence& sentence) {
  Value value{{"code", sentence.code}, {"text", sentence.text}};
  if (!sentence.step.empty()) value["step"] = sentence.step;
  if (sentence.since) value["since"] = format_time(*sentence.since);
  if (sentence.seq != 0) value["seq"] = sentence.seq;
  return value;
}

Value to_value(const Prospect& prospect) {
  Value value{{"code", prospect.code}, {"text", prospect.text}};
  if (prospect.at) value["at"] = format_time(*prospect.at);
  return value;
}

}  // namespace

Value to_value(const Explanation& all) {
  Value value{{"id", all.id},
              {"run", all.run},
              {"workflow", all.workflow},
              {"version", all.version},
              {"status", all.status},
              {"cause", all.cause},
              {"summary", all.summary},
              {"at", format_time(all.at)},
              {"live", all.live},
              {"sentences", Value::array()},
              {"next", Value::array()},
              {"commands", Value::array()}};
  for (const Sentence& sentence : all.sentences) value["sentences"].push_back(to_value(sentence));
  for (const Prospect& prospect : all.next) value["next"].push_back(to_value(prospect));
  for (const Advice& advice : all.commands) {
    value["commands"].push_back({{"command", advice.command}, {"why", advice.why}});
  }
  add_plan(value, all.plan);
  return value;
}

}  // namespace skald::inspect
