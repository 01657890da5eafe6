#pragma once

// How explanations put times, errors and names.

#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::inspect {

// "2026-11-26T08:12:33Z": to the second.
std::string clock_text(Time time);
// "in 4s, at 2026-11-26T08:12:33Z", "3s ago, at 2026-...".
std::string when_text(Time time, Time now);
// "since 2026-11-26T08:12:33Z (3s)".
std::string since_text(Time since, Time now);
// What an RFC 7807 object says to people: "Payment declined: the card was declined; nothing was charged".
std::string error_text(const Payload& error);
// "a", "a and b", "a, b and c".
std::string list_text(const std::vector<std::string>& items);
// " by ada: because", " by ada", ": because", or nothing.
std::string by_text(const std::string& who, const std::string& reason);
// With a capital, as a sentence begins.
std::string capital(std::string text);
// "1 attempt", "2 attempts".
std::string count_text(std::uint64_t count, const std::string& what);
// As a word of a shell's command line.
std::string shell_word(const std::string& text);

}  // namespace skald::inspect
