#include "engine/bus/jetstream.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace skald::bus {
namespace {

constexpr int kNotFound = 404;
constexpr int kNoMessageFound = 10037;  // at this sequence, or of this subject
constexpr int kNoSuchSequence = 10043;
constexpr int kNotDeleted = 10057;  // "no message found", "stream store EOF"

Error refused(const std::string& api, const Value& error) {
  return make_error(ErrorKind::kUnavailable, "broker-refused",
                    fmt::format("the broker refused {}: {} ({})", api, error.value("description", "no reason given"),
                                error.value("err_code", 0)));
}

Result<Value> parse_answer(const std::string& api, const Message& answer) {
  Value value = Value::parse(answer.data, nullptr, false);
  if (!value.is_object()) {
    return fail(ErrorKind::kUnreachable, "broker-garbled", fmt::format("the broker's answer to {} is no JSON", api));
  }
  return value;
}

Error no_jetstream(Error error) {
  if (error.code != "no-responders") return error;
  return make_error(ErrorKind::kUnavailable, "no-jetstream",
                    "the broker does not answer for JetStream; start nats-server with -js, or wait until it is up");
}

std::uint64_t seq_at(const Value& value, const char* key) {
  if (!value.contains(key)) return 0;
  return value[key].value("stream_seq", std::uint64_t{0});
}

std::string from_base64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return {};
  // The decoder counts the padding as zero bytes.
  const auto padding = static_cast<std::size_t>(std::count(text.begin(), text.end(), '='));
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

Result<std::uint64_t> published(const Result<Message>& answer) {
  if (!answer) return fail(no_jetstream(answer.error()));
  SKALD_ASSIGN(const Value value, parse_answer("publish", *answer));
  if (value.contains("error")) return fail(refused("publish", value["error"]));
  return value.value("seq", std::uint64_t{0});
}

}  // namespace

Result<std::optional<Value>> JetStream::call(const std::string& api, const Value& body) {
  Message message;
  message.subject = "$JS.API." + api;
  message.data = body.is_null() ? "" : to_json(body);
  const auto answer = connection_.request(std::move(message), kApiTimeout);
  if (!answer) return fail(no_jetstream(answer.error()));
  SKALD_ASSIGN(Value value, parse_answer(api, *answer));
  if (!value.contains("error")) return std::optional(std::move(value));
  const Value& error = value["error"];
  const int code = error.value("err_code", 0);
  if (error.value("code", 0) == kNotFound || code == kNoMessageFound || code == kNoSuchSequence ||
      code == kNotDeleted) {
    return std::optional<Value>();
  }
  return fail(refused(api, error));
}

Status JetStream::ensure_stream(const Value& config) {
  const std::string name = config.value("name", "");
  SKALD_ASSIGN(const auto existing, stream(name));
  if (existing) return {};
  SKALD_TRY(call("STREAM.CREATE." + name, config));
  return {};
}

Result<std::optional<StreamInfo>> JetStream::stream(const std::string& name) {
  SKALD_ASSIGN(const auto answer, call("STREAM.INFO." + name, nullptr));
  if (!answer) return std::optional<StreamInfo>();
  const Value state = answer->value("state", Value::object());
  return std::optional(StreamInfo{answer->value("created", ""), state.value("messages", std::uint64_t{0}),
                                  state.value("first_seq", std::uint64_t{0}),
                                  state.value("last_seq", std::uint64_t{0})});
}

Status JetStream::ensure_consumer(const std::string& stream, const Value& config) {
  const std::string name = config.value("durable_name", "");
  SKALD_ASSIGN(const auto made, call(fmt::format("CONSUMER.DURABLE.CREATE.{}.{}", stream, name),
                                     Value{{"stream_name", stream}, {"config", config}}));
  if (!made) return fail(ErrorKind::kNotFound, "unknown-stream", "the broker has no stream " + stream + " yet");
  return {};
}

Result<std::optional<ConsumerInfo>> JetStream::consumer(const std::string& stream, const std::string& name) {
  SKALD_ASSIGN(const auto answer, call(fmt::format("CONSUMER.INFO.{}.{}", stream, name), nullptr));
  if (!answer) return std::optional<ConsumerInfo>();
  return std::optional(ConsumerInfo{seq_at(*answer, "delivered"), seq_at(*answer, "ack_floor"),
                                    answer->value("num_ack_pending", std::uint64_t{0}),
                                    answer->value("num_pending", std::uint64_t{0})});
}

Result<std::vector<std::string>> JetStream::consumers(const std::string& stream) {
  std::vector<std::string> names;
  while (true) {
    SKALD_ASSIGN(const auto answer, call("CONSUMER.NAMES." + stream, Value{{"offset", names.size()}}));
    if (!answer) return names;
    const Value page = answer->value("consumers", Value::array());
    if (page.is_array()) {
      for (const Value& name : page) names.push_back(name.get<std::string>());
    }
    if (!page.is_array() || page.empty() || names.size() >= answer->value("total", std::size_t{0})) return names;
  }
}

Result<bool> JetStream::delete_consumer(const std::string& stream, const std::string& name) {
  SKALD_ASSIGN(const auto answer, call(fmt::format("CONSUMER.DELETE.{}.{}", stream, name), nullptr));
  return answer.has_value();
}

Status JetStream::purge(const std::string& stream) {
  SKALD_TRY(call("STREAM.PURGE." + stream, Value::object()));
  return {};
}

Status JetStream::purge_before(const std::string& stream, std::uint64_t seq) {
  SKALD_TRY(call("STREAM.PURGE." + stream, Value{{"seq", seq}}));
  return {};
}

Result<bool> JetStream::delete_message(const std::string& stream, std::uint64_t seq) {
  SKALD_ASSIGN(const auto answer, call("STREAM.MSG.DELETE." + stream, Value{{"seq", seq}, {"no_erase", true}}));
  return answer.has_value();
}

Result<std::optional<std::string>> JetStream::header_at(const std::string& stream, std::uint64_t seq,
                                                        std::string_view name) {
  SKALD_ASSIGN(const auto answer, call("STREAM.MSG.GET." + stream, Value{{"seq", seq}}));
  if (!answer) return std::optional<std::string>();
  const Value message = answer->value("message", Value::object());
  // "NATS/1.0\r\nName: value\r\n...\r\n"
  const std::string headers = from_base64(message.value("hdrs", ""));
  const std::string wanted = "\r\n" + std::string(name) + ":";
  const auto at = headers.find(wanted);
  if (at == std::string::npos) return std::optional<std::string>("");
  const auto begin = headers.find_first_not_of(' ', at + wanted.size());
  const auto end = headers.find("\r\n", at + wanted.size());
  if (begin == std::string::npos || begin >= end) return std::optional<std::string>("");
  return std::optional<std::string>(headers.substr(begin, end - begin));
}

Result<std::optional<JetStream::Last>> JetStream::last(const std::string& stream, const std::string& subject) {
  SKALD_ASSIGN(const auto answer, call("STREAM.MSG.GET." + stream, Value{{"last_by_subj", subject}}));
  if (!answer) return std::optional<Last>();
  const Value message = answer->value("message", Value::object());
  return std::optional(Last{message.value("seq", std::uint64_t{0}), from_base64(message.value("data", ""))});
}

void JetStream::publish(Message message, Millis timeout, std::function<void(Result<std::uint64_t>)> done) {
  connection_.request(std::move(message), timeout,
                      [done = std::move(done)](const Result<Message>& answer) { done(published(answer)); });
}

Result<std::uint64_t> JetStream::publish(Message message, Millis timeout) {
  return published(connection_.request(std::move(message), timeout));
}

Status acknowledge(Connection& connection, const std::string& reply) {
  return connection.publish({reply, "", "+ACK", {}});
}

Status hand_back(Connection& connection, const std::string& reply, Millis delay) {
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(delay).count();
  return connection.publish({reply, "", fmt::format("-NAK {{\"delay\": {}}}", nanoseconds), {}});
}

Status in_progress(Connection& connection, const std::string& reply) {
  return connection.publish({reply, "", "+WPI", {}});
}

std::optional<DeliveryInfo> delivery_info(const std::string& reply) {
  std::vector<std::string_view> parts;
  std::string_view rest = reply;
  while (true) {
    const std::size_t dot = rest.find('.');
    parts.push_back(rest.substr(0, dot));
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  constexpr std::size_t kShort = 9;
  if (parts.size() < kShort || parts[0] != "$JS" || parts[1] != "ACK") return std::nullopt;
  // Newer servers put domain and account hash behind "$JS.ACK".
  const std::size_t shift = parts.size() >= kShort + 2 ? 2 : 0;
  DeliveryInfo info;
  const auto number = [](std::string_view text, auto& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size();
  };
  if (!number(parts[4 + shift], info.deliveries) || !number(parts[5 + shift], info.stream_seq)) return std::nullopt;
  return info;
}

}  // namespace skald::bus
