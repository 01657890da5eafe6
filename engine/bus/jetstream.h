#pragma once

// JetStream through its JSON API: what libnats leaves out or gets wrong does not matter then. Every function waits for
// the broker's answer, within kApiTimeout.
//
// Errors of all: "disconnected", "request-timeout", "no-jetstream", "broker-refused" with the broker's own words, and
// "broker-garbled" where the answer is none of JetStream's.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/bus/connection.h"

namespace skald::bus {

class Answer;

inline constexpr Millis kApiTimeout{3'000};

struct StreamInfo {
  std::string created;
  std::uint64_t messages = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
};

struct ConsumerInfo {
  std::uint64_t delivered_seq = 0;  // of the stream, the highest that was handed out
  std::uint64_t ack_floor_seq = 0;  // of the stream
  std::uint64_t unacknowledged = 0;
  std::uint64_t waiting = 0;  // not handed out yet
};

// One header of a message that lies in a stream; empty where it has none such.
struct StoredHeader {
  std::uint64_t seq = 0;
  std::string value;
};

// What the broker says of a message that it has taken.
struct PubAck {
  std::uint64_t seq = 0;   // of the stream
  bool duplicate = false;  // it had one with this id already: `seq` is that one's
};

class JetStream {
 public:
  explicit JetStream(Connection& connection) : connection_(connection) {}

  // Makes the stream from `config` (JetStream's, with "name"); one that exists stays as its operators made it.
  Status ensure_stream(const Value& config);
  // None where there is no such stream.
  Result<std::optional<StreamInfo>> stream(const std::string& name);

  // Makes a durable pull consumer from `config` (JetStream's, with "durable_name"); one that exists with the same
  // configuration is left alone.
  Status ensure_consumer(const std::string& stream, const Value& config);
  Result<std::optional<ConsumerInfo>> consumer(const std::string& stream, const std::string& name);
  Result<std::vector<std::string>> consumers(const std::string& stream);
  // Whether it was there.
  Result<bool> delete_consumer(const std::string& stream, const std::string& name);

  // Removes all messages.
  Status purge(const std::string& stream);
  // Removes all messages below `seq`.
  Status purge_before(const std::string& stream, std::uint64_t seq);
  // Likewise, without waiting for an answer; on any thread. It need not happen.
  void ask_to_purge_before(const std::string& stream, std::uint64_t seq);
  // Whether it was there.
  Result<bool> delete_message(const std::string& stream, std::uint64_t seq);
  // A header of the message at `seq`, empty where it has none such; none where there is no message.
  Result<std::optional<std::string>> header_at(const std::string& stream, std::uint64_t seq, std::string_view name);
  // For each of `from`, sequences in their order, the first message of the subject at or behind it, with this header.
  // Fewer where there is none any more. They are asked for together: not more than some dozens.
  Result<std::vector<StoredHeader>> next_of_each(const std::string& stream, const std::string& subject,
                                                 const std::vector<std::uint64_t>& from, std::string_view header);

  struct Last {
    std::uint64_t seq = 0;
    std::string data;
  };
  // The last message of a subject; none where there is none.
  Result<std::optional<Last>> last(const std::string& stream, const std::string& subject);

  // Publishes into whatever stream takes the subject. Besides the errors of all: after
  // "disconnected" and "request-timeout" it may have arrived, or arrive later.
  void publish(Message message, Millis timeout, std::function<void(Result<PubAck>)> done, Pace pace = Pace::kNow);
  // The sequence that it got.
  Result<std::uint64_t> publish(Message message, Millis timeout);

 private:
  // None where the broker answers that there is no such thing.
  Result<std::optional<Answer>> call(const std::string& api, const Value& body);

  Connection& connection_;
};

// Acknowledgements go to the message's reply subject: libnats would ask its own kind of subscription.
Status acknowledge(Connection& connection, const std::string& reply, Pace pace = Pace::kNow);
// Hands it back, to be delivered again after `delay`.
Status hand_back(Connection& connection, const std::string& reply, Millis delay);
// Keeps it for another ack wait.
Status in_progress(Connection& connection, const std::string& reply);

// What the reply subject of a delivered message says: "$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer
// seq>.<time>.<pending>", or with domain and account in front.
struct DeliveryInfo {
  std::uint32_t deliveries = 1;
  std::uint64_t stream_seq = 0;
};
std::optional<DeliveryInfo> delivery_info(const std::string& reply);

}  // namespace skald::bus
