#include "engine/bus/message_bin.h"

#include <nats/nats.h>

namespace skald::bus {

void MessageBin::add(natsMsg* message, std::size_t bytes) {
  if (message == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    messages_.push_back(message);
    bytes_ += bytes;
    if (messages_.size() < kMost && bytes_ < kMostBytes) return;
  }
  empty();
}

void MessageBin::empty() {
  std::vector<natsMsg*> full;
  {
    const std::lock_guard lock(mutex_);
    full.swap(messages_);
    bytes_ = 0;
  }
  for (natsMsg* message : full) natsMsg_Destroy(message);
}

}  // namespace skald::bus
