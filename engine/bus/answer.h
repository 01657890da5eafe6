#pragma once

// What JetStream's API answers, in JSON. The broker is another program, or something else that answers on its subjects:
// a member that is missing counts as zero or empty, since the broker leaves such out; one of another type than it must
// have is refused, as "broker-garbled".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/bus/jetstream.h"

namespace skald::bus {

// The members of an answer, named by their path: "state.messages". Once one was of another type, reads return zero
// values, and checked() says so.
class Answer {
 public:
  // None where the broker answers that there is no such thing. Errors: "broker-garbled" where it is no JSON object,
  // "broker-refused" with the broker's own words. `api` is what was asked, for messages.
  static Result<std::optional<Answer>> read(std::string_view api, std::string_view json);

  std::uint64_t number(std::string_view path);
  bool flag(std::string_view path);
  std::string text(std::string_view path);
  std::vector<std::string> texts(std::string_view path);
  // Bytes, which are sent in base64.
  std::string bytes(std::string_view path);

  // Error: "broker-garbled".
  Status checked() const;

 private:
  Answer(std::string_view api, Value value) : api_(api), value_(std::move(value)) {}
  const Value* at(std::string_view path);

  std::string api_;
  Value value_;
  bool garbled_ = false;
};

Result<StreamInfo> stream_info(Answer answer);
Result<ConsumerInfo> consumer_info(Answer answer);
Result<JetStream::Last> last_message(Answer answer);
// A header of the message that the answer holds; empty where it has none such.
Result<std::string> header_of(Answer answer, std::string_view name);
// Errors: "broker-refused", "broker-garbled".
Result<PubAck> pub_ack(std::string_view json);

}  // namespace skald::bus
