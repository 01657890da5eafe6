#pragma once

// What a `listen` is in its document.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/definition/kind.h"

namespace skald::core {

// Bytes of a type or a subject by which events are found.
inline constexpr std::size_t kMaxIndexed = 1'000;

struct Correlation {
  std::string name;
  definition::Expression from;                 // over the event
  std::optional<definition::Template> expect;  // none: what the first event gives
};

struct Filter {
  std::string type;
  std::vector<std::pair<std::string, definition::Template>> with;  // all other attributes
  std::vector<Correlation> correlations;
  bool stops = false;  // of `until`: ends the listening, and is no part of the output
};

struct ListenBody final : definition::TaskBody {
  std::vector<Filter> filters;
  bool all = false;
  bool envelope = false;
  bool goes_on = false;  // there is an `until`
  std::optional<definition::Expression> until;
};

// Error "bad-definition".
Result<std::unique_ptr<ListenBody>> read_listen(definition::TaskReader& reader);

}  // namespace skald::core
