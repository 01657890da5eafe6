// `switch`: goes where the first case says whose condition holds; where none does and there is no default, as its own
// `then` says. Its output is its input.

#include "engine/core/nodes/all.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

struct Case {
  std::string name;
  std::optional<definition::Expression> when;  // none: the default
  definition::Then then;
};

struct SwitchBody final : definition::TaskBody {
  std::vector<Case> cases;
  std::vector<definition::Then*> thens() override {
    std::vector<definition::Then*> all;
    for (Case& one : cases) all.push_back(&one.then);
    return all;
  }
};

class Switch final : public NodeKind {
 public:
  std::string_view keyword() const override { return "switch"; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    const definition::DocNode& list = *reader.node().find("switch");
    if (!list.is_sequence() || list.items.empty()) {
      return reader.error(list, "expected a list of cases, each `- name: { when: ..., then: ... }`");
    }
    auto body = std::make_unique<SwitchBody>();
    bool has_default = false;
    for (const definition::DocNode& item : list.items) {
      const bool named = item.is_mapping() && item.entries.size() == 1 && item.entries.front().second.is_mapping();
      if (!named) return reader.error(item, "each case is `- name: { when: ..., then: ... }`");
      Case one = read_case(reader, item.entries.front().second);
      one.name = item.entries.front().first;
      if (!one.when && has_default) reader.report(item, "a second case without 'when'; one is the default already");
      has_default = has_default || !one.when;
      body->cases.push_back(std::move(one));
    }
    return body;
  }

  std::vector<Way> ways(const definition::Task& task) const override {
    std::vector<Way> all;
    for (const Case& one : static_cast<const SwitchBody&>(*task.body).cases) {
      all.push_back({one.name, one.when ? one.when->text() : "", one.then.text});
    }
    return all;
  }

  Status run(Turn& turn, const Frame& frame) const override {
    const auto& cases = static_cast<const SwitchBody&>(*frame.task->body).cases;
    const definition::Then* then = &frame.task->then;
    definition::Reads reads;
    for (const Case& one : cases) {
      if (!one.when) then = &one.then;
      if (one.when) reads.add(one.when->reads());
    }
    SKALD_ASSIGN(const auto scope, turn.scope(frame, frame.input, reads));
    for (const Case& one : cases) {
      if (!one.when) continue;
      SKALD_ASSIGN(const Value holds, one.when->evaluate(scope, turn.env().jq));
      if (!turn.holds(frame, one.when->text(), holds)) continue;
      then = &one.then;
      break;
    }
    Event event = about(turn.state(), frame, EventType::kBranchTaken);
    event.taken = then->text;
    turn.emit(std::move(event));
    return {};
  }

 private:
  static Case read_case(definition::TaskReader& reader, const definition::DocNode& node) {
    reader.only_keys(node, {"when", "then"}, "a case");
    Case one;
    if (const auto* when = node.find("when")) one.when = reader.expression(*when, {});
    const auto* then = node.find("then");
    if (then == nullptr || !then->is_string()) {
      reader.report(then != nullptr ? *then : node,
                    "a case needs 'then': continue, exit, end or the name of a task in the same list");
      return one;
    }
    one.then.text = then->scalar.get<std::string>();
    one.then.line = then->line;
    one.then.column = then->column;
    return one;
  }
};

}  // namespace

const NodeKind& switch_kind() {
  static const Switch kind;
  return kind;
}

}  // namespace skald::core
