#pragma once

// What `skald top` shows: from two overviews to the lines of a screen. Pure; the terminal is cli/screen.h's.

#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::cli {

// A second's worth of what the engine did, between two looks at its totals.
struct Rates {
  double started = 0, ended = 0, steps = 0, commits = 0, events = 0;
};

// None where they are of the same moment, or of different starts of the engine: its totals begin anew.
std::optional<Rates> rates_between(const Value& earlier, const Value& later);

struct TopFrame {
  std::string server;
  Value overview;              // as GET /v1/overview; null: none has come yet
  std::optional<Rates> rates;  // none: not known yet
  bool paused = false;
  std::string away;  // why nobody answers; empty: somebody does
  Time now;
};

struct TopSize {
  std::size_t columns = 80;
  std::size_t rows = 0;  // 0: as many as there is something to show
  bool colour = false;
};

// Never more lines than rows, never one longer than the columns; rows that do not fit are counted in the last one of
// theirs. Where the server is away, all is grey but the word on that. Control characters of what services said do not
// get through.
std::vector<std::string> top_lines(const TopFrame& frame, const TopSize& size);

}  // namespace skald::cli
