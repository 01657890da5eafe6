#include "engine/core/kinds.h"

#include <array>

#include "engine/base/check.h"
#include "engine/core/nodes/all.h"

namespace skald::core {

void NodeKind::open(State&, Frame&) const { SKALD_CHECK(false, "only structural kinds are opened by the fold"); }

void NodeKind::child_left(State&, Frame&, const Frame&, std::size_t, const Payload&) const {
  SKALD_CHECK(false, "only composite kinds have children");
}

void NodeKind::fold(State&, Frame&, const Event&) const {
  SKALD_CHECK(false, "only some kinds have events of their own");
}

void NodeKind::due(State&, Frame&) const { SKALD_CHECK(false, "only kinds that wait have a time"); }

void NodeKind::unwound(State&, Frame&) const { SKALD_CHECK(false, "only kinds that go on past errors unwind"); }

Status NodeKind::go_on(Turn&, const Frame&) const {
  SKALD_CHECK(false, "only kinds with a phase of deciding go on");
  return {};
}

Result<bool> NodeKind::catches(Turn&, const Frame&, const Payload&) const { return false; }

Result<std::optional<Event>> NodeKind::takes(Turn&, const Frame&, const Value&) const { return std::nullopt; }

void NodeKind::variables(const Frame&, std::vector<std::pair<std::string_view, Value>>&) const {}

Status NodeKind::run(Turn&, const Frame&) const {
  SKALD_CHECK(false, "structural kinds are entered without a decision");
  return {};
}

definition::Kinds all_kinds() {
  static const std::array<const definition::Kind*, 12> kinds{&call_kind(), &do_kind(),     &emit_kind(),  &for_kind(),
                                                             &fork_kind(), &listen_kind(), &raise_kind(), &run_kind(),
                                                             &set_kind(),  &switch_kind(), &try_kind(),   &wait_kind()};
  return kinds;
}

}  // namespace skald::core
