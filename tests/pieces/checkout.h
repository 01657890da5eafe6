#pragma once

// Checkouts of the demo store, written down as the commands that drive them: each can be played again from any of them.

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/core/decide.h"
#include "engine/definition/workflow.h"

namespace skald::pieces {

// services/workflows/checkout.yaml.
std::shared_ptr<const definition::Workflow> checkout_workflow();

enum class Course {
  kCompletes,
  kDeclined,  // the charge is rejected, and two steps are undone
  kRetried,   // the first attempt at the price fails, and is made again when its timer is due; then as kCompletes
};

struct Checkout {
  SagaId id;
  RunId run;
  std::vector<core::Command> commands;  // to the end
};

// The checkout of this number; those of other numbers differ in their ids alone. `numbers` below 1,000,000 are as long
// as each other.
Checkout checkout(Course course, std::size_t number = 0);

// What the world was at the command of this index.
core::Env env_at(std::size_t command);

// The first command that answers the step's task (or its undo's), or, for "retry", the first timer.
std::size_t find_answer(const Checkout& checkout, std::string_view step);

// The state before the command of this index.
core::State state_before(const Checkout& checkout, std::size_t command);

// Its whole history.
std::vector<core::Event> history(const Checkout& checkout);

}  // namespace skald::pieces
