#pragma once

// "Did you mean": names that are a slip away from a word.

#include <string>
#include <vector>

namespace skald::cli {

// How many letters are to be changed, put in, left out or swapped with their neighbour (optimal string alignment;
// Damerau 1964).
std::size_t distance(const std::string& one, const std::string& other);

// Those of `names` that `word` may stand for, the likeliest first, at most three.
std::vector<std::string> nearest(const std::string& word, const std::vector<std::string>& names);

// "; did you mean 'list'?", or nothing.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& names);

}  // namespace skald::cli
