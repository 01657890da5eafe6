#pragma once

// The kinds of task that this version runs, one file each. A new one: add its file, declare it here, list it in
// kinds.cc.

#include "engine/core/kinds.h"

namespace skald::core {

const NodeKind& do_kind();
const NodeKind& call_kind();
const NodeKind& set_kind();
const NodeKind& emit_kind();
const NodeKind& fork_kind();
const NodeKind& for_kind();
const NodeKind& listen_kind();
const NodeKind& raise_kind();
const NodeKind& run_kind();
const NodeKind& switch_kind();
const NodeKind& try_kind();
const NodeKind& wait_kind();

}  // namespace skald::core
