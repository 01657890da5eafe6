#include "engine/bus/answer.h"

#include <fmt/format.h>

#include "engine/base/hash.h"

namespace skald::bus {
namespace {

constexpr std::uint64_t kNotFound = 404;
constexpr std::uint64_t kNoMessageFound = 10037;  // at this sequence, or of this subject
constexpr std::uint64_t kNoSuchSequence = 10043;
constexpr std::uint64_t kNotDeleted = 10057;  // "no message found", "stream store EOF"

Error garbled(std::string_view api) {
  return make_error(ErrorKind::kUnreachable, "broker-garbled",
                    fmt::format("the broker's answer to {} is not what JetStream answers", api));
}

}  // namespace

Result<std::optional<Answer>> Answer::read(std::string_view api, std::string_view json) {
  Value value = Value::parse(json, nullptr, false);
  if (!value.is_object()) return fail(garbled(api));
  Answer answer(api, std::move(value));
  if (answer.at("error") == nullptr) return std::optional(std::move(answer));
  const std::uint64_t code = answer.number("error.err_code");
  const bool missing = answer.number("error.code") == kNotFound || code == kNoMessageFound || code == kNoSuchSequence ||
                       code == kNotDeleted;
  const std::string reason = answer.text("error.description");
  SKALD_TRY(answer.checked());
  if (missing) return std::optional<Answer>();
  return fail(ErrorKind::kUnavailable, "broker-refused",
              fmt::format("the broker refused {}: {} ({})", api, reason.empty() ? "no reason given" : reason, code));
}

const Value* Answer::at(std::string_view path) {
  const Value* found = &value_;
  while (!garbled_) {
    const std::size_t dot = path.find('.');
    const auto member = found->find(path.substr(0, dot));
    if (member == found->end()) return nullptr;
    found = &*member;
    if (dot == std::string_view::npos) return found;
    path.remove_prefix(dot + 1);
    garbled_ = !found->is_object();
  }
  return nullptr;
}

std::uint64_t Answer::number(std::string_view path) {
  const Value* found = at(path);
  if (found == nullptr) return 0;
  if (found->is_number_unsigned()) return found->get<std::uint64_t>();
  garbled_ = true;
  return 0;
}

bool Answer::flag(std::string_view path) {
  const Value* found = at(path);
  if (found == nullptr) return false;
  if (found->is_boolean()) return found->get<bool>();
  garbled_ = true;
  return false;
}

std::string Answer::text(std::string_view path) {
  const Value* found = at(path);
  if (found == nullptr) return "";
  if (found->is_string()) return found->get<std::string>();
  garbled_ = true;
  return "";
}

std::vector<std::string> Answer::texts(std::string_view path) {
  std::vector<std::string> all;
  const Value* found = at(path);
  if (found == nullptr || found->is_null()) return all;  // Go's empty list
  garbled_ = !found->is_array();
  for (const Value& item : *found) {
    garbled_ = garbled_ || !item.is_string();
    if (garbled_) return {};
    all.push_back(item.get<std::string>());
  }
  return all;
}

std::string Answer::bytes(std::string_view path) {
  auto decoded = from_base64(text(path));
  garbled_ = garbled_ || !decoded;
  return garbled_ ? "" : std::move(*decoded);
}

Status Answer::checked() const {
  if (garbled_) return fail(garbled(api_));
  return {};
}

Result<StreamInfo> stream_info(Answer answer) {
  StreamInfo info{answer.text("created"), answer.number("state.messages"), answer.number("state.first_seq"),
                  answer.number("state.last_seq")};
  SKALD_TRY(answer.checked());
  return info;
}

Result<ConsumerInfo> consumer_info(Answer answer) {
  const ConsumerInfo info{answer.number("delivered.stream_seq"), answer.number("ack_floor.stream_seq"),
                          answer.number("num_ack_pending"), answer.number("num_pending")};
  SKALD_TRY(answer.checked());
  return info;
}

Result<JetStream::Last> last_message(Answer answer) {
  JetStream::Last last{answer.number("message.seq"), answer.bytes("message.data")};
  SKALD_TRY(answer.checked());
  return last;
}

Result<std::string> header_of(Answer answer, std::string_view name) {
  // "NATS/1.0\r\nName: value\r\n...\r\n"
  const std::string headers = answer.bytes("message.hdrs");
  SKALD_TRY(answer.checked());
  const std::string wanted = "\r\n" + std::string(name) + ":";
  const auto at = headers.find(wanted);
  if (at == std::string::npos) return "";
  const auto begin = headers.find_first_not_of(' ', at + wanted.size());
  const auto end = headers.find("\r\n", at + wanted.size());
  if (begin == std::string::npos || begin >= end) return "";
  return headers.substr(begin, end - begin);
}

Result<PubAck> pub_ack(std::string_view json) {
  SKALD_ASSIGN(auto answer, Answer::read("publish", json));
  if (!answer) return fail(ErrorKind::kUnavailable, "broker-refused", "the broker refused publish: not found");
  const PubAck ack{answer->number("seq"), answer->flag("duplicate")};
  SKALD_TRY(answer->checked());
  return ack;
}

}  // namespace skald::bus
