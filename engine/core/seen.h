#pragma once

// What Turn::scope gives, as bytes.

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/state.h"
#include "engine/definition/splice.h"

namespace skald::core {

// All but what is made for expressions alone: `$task`, `$runtime`, and fields of others that are no user's data.
class SeenBytes final : public definition::ByteScope {
 public:
  // Borrows all three.
  SeenBytes(const State& state, const Frame& frame, const Payload& dot);
  std::optional<Found> find(const definition::Path& path) override;

 private:
  // The variables of the loops and handlers around, the innermost last: it hides what has the same name.
  using Locals = std::vector<std::pair<std::string_view, Value>>;

  const Locals& locals();
  std::optional<Found> of_workflow(const definition::Path& path);
  std::optional<Found> of_undone(const definition::Path& path);
  Found whole(const Payload& payload, std::size_t fields = 0);
  Found made(const Value& value, std::size_t fields);

  const State& state_;
  const Frame& frame_;
  const Payload& dot_;
  const Step* undone_;  // null: not inside an undo
  std::optional<Locals> locals_;
  Payload made_;  // what stands at the last begin, where it was made for it
};

}  // namespace skald::core
