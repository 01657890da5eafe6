#include "engine/check/choices.h"

#include <fmt/format.h>

#include "engine/definition/unknown.h"

namespace skald::check {

std::size_t Picks::pick(const std::string& symbol, std::size_t count) {
  const auto known = assumed_.find(symbol);
  if (known != assumed_.end()) return known->second;
  if (taken_.size() >= kMaxChoices) {
    too_many_ = true;
    return count - 1;
  }
  const std::size_t picked = taken_.size() < given_.size() ? given_[taken_.size()] : 0;
  taken_.push_back(picked);
  counts_.push_back(count);
  assumed_[symbol] = picked;
  return picked;
}

bool Picks::holds(const definition::Task& task, std::string_view what, const Value& unknown) {
  const std::size_t before = taken_.size();
  const bool yes = pick(definition::symbol_of(unknown), 2) == 0;
  if (taken_.size() > before) made_.push_back({task.reference, std::string(what), yes ? "holds" : "does not hold"});
  return yes;
}

Value Picks::items(const definition::Task& task, const Value& unknown) {
  const std::string& symbol = definition::symbol_of(unknown);
  const std::size_t before = taken_.size();
  const std::size_t rounds = kMaxRounds - pick(symbol, kMaxRounds + 1);
  if (taken_.size() > before) made_.push_back({task.reference, "rounds", std::to_string(rounds)});
  Value items = Value::array();
  for (std::size_t i = 0; i < rounds; ++i) items.push_back(definition::unknown(fmt::format("{}[{}]", symbol, i)));
  return items;
}

std::vector<std::vector<std::size_t>> Picks::others() const {
  std::vector<std::vector<std::size_t>> all;
  for (std::size_t i = given_.size(); i < taken_.size(); ++i) {
    for (std::size_t other = 1; other < counts_[i]; ++other) {
      all.emplace_back(taken_.begin(), taken_.begin() + static_cast<std::ptrdiff_t>(i));
      all.back().push_back(other);
    }
  }
  return all;
}

}  // namespace skald::check
