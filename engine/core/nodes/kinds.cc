#include "engine/core/kinds.h"

#include <array>

#include "engine/base/check.h"
#include "engine/core/nodes/all.h"

namespace skald::core {

void NodeKind::open(State&, Frame&) const { SKALD_CHECK(false, "only structural kinds are opened by the fold"); }

void NodeKind::child_left(State&, Frame&, const Frame&, std::size_t, const Payload&) const {
  SKALD_CHECK(false, "only composite kinds have children");
}

Status NodeKind::run(Turn&, const Frame&) const {
  SKALD_CHECK(false, "structural kinds are entered without a decision");
  return {};
}

definition::Kinds all_kinds() {
  static const std::array<const definition::Kind*, 5> kinds{&call_kind(), &do_kind(), &emit_kind(), &fork_kind(),
                                                            &set_kind()};
  return kinds;
}

}  // namespace skald::core
