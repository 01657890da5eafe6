#pragma once

// What a JqProcess and its children say to each other: frames of a 4-byte big-endian length and one msgpack map.
//   request  {op: "run", program, names: [variable], dot, values: [value]}
//            {op: "check", programs: [{program, names: [variable]}]}
//   answer   {value} or {code, message}
// Private to this folder.

#include <optional>
#include <string>

#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::definition {

inline constexpr std::size_t kMaxFrameBytes = 64u << 20;
inline constexpr int kChildSocket = 0;  // the child's end is its standard input

// Waits at most until the deadline where one is given. False: the other side has gone, or time is up.
bool send_frame(int socket, const Value& message);
// Whether a frame begins, or the other side has gone, within this time.
bool frame_comes(int socket, Millis within);
// `timed_out` tells the two reasons for nothing apart.
std::optional<Value> receive_frame(int socket, std::optional<Millis> within, bool* timed_out);

}  // namespace skald::definition
