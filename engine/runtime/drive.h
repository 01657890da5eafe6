#pragma once

// Who runs the engine's loops.

namespace skald::runtime {

enum class Drive {
  kThreads,  // a thread of its own each
  kTurns,    // whoever made the engine, which then has no thread: it calls turn() on each, as the simulation does
};

}  // namespace skald::runtime
