#include "tests/simulation/world.h"

namespace skald::simulation {

std::uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

bool World::Later::operator()(const Entry& a, const Entry& b) const {
  if (a.due != b.due) return a.due > b.due;
  if (a.draw != b.draw) return a.draw > b.draw;
  return a.number > b.number;
}

void World::after(Millis delay, std::function<void()> happening) {
  queue_.push({now_ + delay, random.next(), ++numbers_, std::move(happening)});
}

bool World::step() {
  if (queue_.empty()) return false;
  // The queue gives only a const reference to what it is about to drop.
  Entry next = std::move(const_cast<Entry&>(queue_.top()));
  queue_.pop();
  now_ = std::max(now_, next.due);
  ++steps_;
  next.happening();
  return true;
}

}  // namespace skald::simulation
