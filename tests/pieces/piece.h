#pragma once

// Pieces of the engine's work, each small enough to be looked at alone: `./run bench core` takes their time,
// tests/counts their instructions. A piece does the same work on the same bytes whenever it runs: no clock, no random
// numbers, no IO.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "engine/definition/expression.h"

namespace skald::pieces {

struct Piece {
  std::string name;  // "core/start"
  // Makes what so many calls of its result use up. Only these calls are the piece's work.
  std::function<std::function<void()>(std::size_t times)> prepare;
};

// decide and apply: single steps, and whole sagas.
std::vector<Piece> core_pieces();
// The same with the rows that come of it, in a log in memory.
std::vector<Piece> log_pieces();
// Events, messages of the wire, summaries, keys, hashes: to bytes and back.
std::vector<Piece> codec_pieces();
// Expressions that are evaluated natively.
std::vector<Piece> expression_pieces();
// All of the above.
std::vector<Piece> all_pieces();

// An expression that is left to jq. With a JqProcess another process does the most of it.
std::vector<Piece> jq_pieces(definition::JqRunner& jq);

}  // namespace skald::pieces
