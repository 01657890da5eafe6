#include <memory>

#include "engine/base/check.h"
#include "engine/core/apply.h"
#include "tests/pieces/checkout.h"
#include "tests/pieces/piece.h"

namespace skald::pieces {
namespace {

// The decision on one command of a checkout, and what it changes in the state.
Piece transition(std::string name, Course course, std::string_view step) {
  auto script = std::make_shared<Checkout>(checkout(course));
  const std::size_t at = step.empty() ? 0 : find_answer(*script, step);
  return {std::move(name), [script, at](std::size_t times) {
            auto states = std::make_shared<std::vector<core::State>>(times, state_before(*script, at));
            return [script, at, states, next = std::size_t{0}]() mutable {
              const auto events = core::decide((*states)[next++], script->commands[at], env_at(at));
              SKALD_CHECK(events && !events->empty(), "the command moves the saga");
            };
          }};
}

// All decisions of a checkout, from its start to its end.
Piece whole(std::string name, Course course) {
  auto script = std::make_shared<Checkout>(checkout(course));
  return {std::move(name), [script](std::size_t) {
            return [script] {
              const core::State state = state_before(*script, script->commands.size());
              SKALD_CHECK(state.final, "a checkout ends");
            };
          }};
}

// As a restart does it.
Piece fold() {
  auto events = std::make_shared<std::vector<core::Event>>(history(checkout(Course::kCompletes)));
  return {"core/fold a completed checkout", [events](std::size_t) {
            return [events] {
              core::State state = core::make_state(checkout_workflow());
              for (const core::Event& event : *events) core::apply(state, event);
              SKALD_CHECK(state.final, "a checkout ends");
            };
          }};
}

}  // namespace

std::vector<Piece> core_pieces() {
  return {transition("core/start", Course::kCompletes, ""),
          transition("core/a step completes", Course::kCompletes, "/create"),
          transition("core/the pivot is rejected, undoing begins", Course::kDeclined, "/charge"),
          transition("core/an undo completes", Course::kDeclined, ":undo:"),
          transition("core/an attempt fails", Course::kRetried, "/price"),
          transition("core/a retry is due", Course::kRetried, "retry"),
          transition("core/the last step completes", Course::kCompletes, "/clear"),
          whole("core/a checkout that completes", Course::kCompletes),
          whole("core/a checkout that is declined", Course::kDeclined),
          fold()};
}

}  // namespace skald::pieces
