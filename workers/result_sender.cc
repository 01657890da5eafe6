#include "workers/result_sender.h"

#include <utility>

namespace skald::workers {

void ResultSender::send(const std::string& subject, wire::ResultMessage result) {
  Batch batch;
  {
    const std::lock_guard lock(mutex_);
    Lane& lane = lanes_[subject];
    lane.queue.push_back(std::move(result));
    if (lane.publishing > 0 || lane.put_off) return;
    lane.put_off = later_([this, subject] { publish_put_off(subject); });
    if (!lane.put_off) batch = next(lane);
  }
  publish(subject, batch);
}

void ResultSender::publish_put_off(const std::string& subject) {
  Batch batch;
  {
    const std::lock_guard lock(mutex_);
    Lane& lane = lanes_[subject];
    lane.put_off = false;
    if (lane.publishing == 0) batch = next(lane);
  }
  publish(subject, batch);
}

ResultSender::Batch ResultSender::next(Lane& lane) {
  Batch batch;
  std::size_t bytes = 0;
  for (const wire::ResultMessage& result : lane.queue) {
    bytes += result.output.size() + result.error.size() + 512;
    if (!batch.empty() && (batch.size() == kMaxBatch || bytes > kMaxBatchBytes)) break;
    batch.push_back(result);
  }
  lane.publishing = batch.size();
  return batch;
}

void ResultSender::publish(const std::string& subject, const Batch& batch) {
  if (batch.empty()) return;
  jetstream_.publish({subject, "", wire::encode(batch), {}}, kTimeout,
                     [this, subject](const Result<bus::PubAck>& ack) { answered(subject, ack.has_value()); });
}

void ResultSender::answered(const std::string& subject, bool arrived) {
  Batch done;
  Batch batch;
  {
    const std::lock_guard lock(mutex_);
    Lane& lane = lanes_[subject];
    for (std::size_t i = 0; arrived && i < lane.publishing; ++i) {
      done.push_back(std::move(lane.queue.front()));
      lane.queue.pop_front();
    }
    lane.publishing = 0;  // what did not arrive is published again by retry()
    if (arrived) batch = next(lane);
  }
  for (const wire::ResultMessage& result : done) sent_(result);  // what it acknowledges goes with the next
  publish(subject, batch);
}

void ResultSender::retry() {
  std::vector<std::pair<std::string, Batch>> batches;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [subject, lane] : lanes_) {
      if (lane.publishing == 0) batches.emplace_back(subject, next(lane));
    }
  }
  for (const auto& [subject, batch] : batches) publish(subject, batch);
}

std::size_t ResultSender::waiting() const {
  const std::lock_guard lock(mutex_);
  std::size_t all = 0;
  for (const auto& [subject, lane] : lanes_) all += lane.queue.size();
  return all;
}

}  // namespace skald::workers
