#pragma once

// Publishes into a stream that nobody else publishes into. Of several messages that go together the broker acknowledges
// the last alone, which spares it and us a message for each of the others: the stream numbers what it takes, so that
// the last one's sequence shows whether all before it are there. Where it does not, each of those is published again
// under its id, with an acknowledgement of its own; the broker knows the id of one that it has.
//
// Threading: all methods from any thread. `done` runs as the answers to requests do (connection.h).

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/bus/connection.h"
#include "engine/bus/jetstream.h"

namespace skald::bus {

class StreamPublisher {
 public:
  using Done = std::function<void(Result<std::uint64_t> seq)>;

  StreamPublisher(Connection& connection, JetStream& jetstream, Millis timeout)
      : connection_(connection), jetstream_(jetstream), timeout_(timeout) {}

  // `message` has a Nats-Msg-Id. At Pace::kSoon it is written, and acknowledged, with the next that goes now, or
  // behind flush(). `done` is called once, with the errors of JetStream::publish().
  void publish(Message message, Pace pace, Done done);
  void flush();
  // The connection was lost: sequences until now say nothing of what comes.
  void reset();

 private:
  struct Sent {
    std::uint64_t number = 0;
    Message message;
    Done done;
    bool silent = false;  // without an acknowledgement of its own
  };
  // The number of a message of ours, and the sequence it got.
  struct Known {
    std::uint64_t number = 0;
    std::uint64_t seq = 0;
  };

  // These need the mutex, under which all is published: numbers are in the order in which the broker gets it.
  void send(Message message, bool silent, Pace pace, Done done);
  void send_again(std::vector<Sent> sent);
  std::vector<Sent> take_up_to(std::uint64_t number);
  // Whether a message's sequence shows that all before it were taken; notes it for the next.
  bool proves(std::uint64_t number, const PubAck& ack);

  void answered(std::uint64_t number, const Result<PubAck>& ack);

  Connection& connection_;
  JetStream& jetstream_;
  const Millis timeout_;
  std::mutex mutex_;
  std::uint64_t numbers_ = 0;
  std::deque<Sent> sent_;  // by number; not answered yet
  std::optional<Known> known_;
};

}  // namespace skald::bus
