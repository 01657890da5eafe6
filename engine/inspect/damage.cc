#include "engine/inspect/damage.h"

#include <fmt/format.h>

namespace skald::inspect {

Value damage_json(const Damage& damage) {
  Value value{{"what", damage.what}};
  if (!damage.id.empty()) value["id"] = damage.id;
  if (!damage.run.empty()) value["run"] = damage.run;
  if (damage.seq > 0) value["seq"] = damage.seq;
  if (damage.line > 0) value["line"] = damage.line;
  return value;
}

std::string damage_text(const Damage& damage) {
  std::string where;
  const auto add = [&where](const std::string& part) { where += (where.empty() ? "" : ", ") + part; };
  if (!damage.id.empty()) {
    add("saga " + damage.id);
  } else if (!damage.run.empty()) {
    add("run " + damage.run);
  }
  if (damage.seq > 0) add(fmt::format("event {}", damage.seq));
  if (damage.line > 0) add(fmt::format("line {}", damage.line));
  return (where.empty() ? "" : where + ": ") + damage.what;
}

}  // namespace skald::inspect
