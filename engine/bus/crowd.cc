#include "engine/bus/crowd.h"

namespace skald::bus {

Pace Crowd::add(std::size_t messages, Clock::time_point now) {
  if (now - begun_ >= kWindow) {
    before_ = now - begun_ < 2 * kWindow ? now_ : 0;
    now_ = 0;
    begun_ = now;
  }
  now_ += messages;
  const bool fast = before_ >= kFast || now_ >= kFast;
  return messages >= kMany || fast ? Pace::kSoon : Pace::kNow;
}

}  // namespace skald::bus
