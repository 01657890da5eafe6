#include "engine/bus/jetstream.h"

#include <fmt/format.h>

#include <charconv>
#include <future>
#include <iterator>

#include "engine/bus/answer.h"

namespace skald::bus {
namespace {

Error no_jetstream(Error error) {
  if (error.code != "no-responders") return error;
  return make_error(ErrorKind::kUnavailable, "no-jetstream",
                    "the broker does not answer for JetStream; start nats-server with -js, or wait until it is up");
}

Result<PubAck> published(const Result<Message>& answer) {
  if (!answer) return fail(no_jetstream(answer.error()));
  return pub_ack(answer->data);
}

}  // namespace

Result<std::optional<Answer>> JetStream::call(const std::string& api, const Value& body) {
  Message message;
  message.subject = "$JS.API." + api;
  message.data = body.is_null() ? "" : to_json(body);
  const auto answer = connection_.request(std::move(message), kApiTimeout);
  if (!answer) return fail(no_jetstream(answer.error()));
  return Answer::read(api, answer->data);
}

Status JetStream::ensure_stream(const Value& config) {
  const std::string name = config.value("name", "");
  SKALD_ASSIGN(const auto existing, stream(name));
  if (existing) return {};
  SKALD_TRY(call("STREAM.CREATE." + name, config));
  return {};
}

Result<std::optional<StreamInfo>> JetStream::stream(const std::string& name) {
  SKALD_ASSIGN(auto answer, call("STREAM.INFO." + name, nullptr));
  if (!answer) return std::optional<StreamInfo>();
  return stream_info(std::move(*answer));
}

Status JetStream::ensure_consumer(const std::string& stream, const Value& config) {
  const std::string name = config.value("durable_name", "");
  SKALD_ASSIGN(const auto made, call(fmt::format("CONSUMER.DURABLE.CREATE.{}.{}", stream, name),
                                     Value{{"stream_name", stream}, {"config", config}}));
  if (!made) return fail(ErrorKind::kNotFound, "unknown-stream", "the broker has no stream " + stream + " yet");
  return {};
}

Result<std::optional<ConsumerInfo>> JetStream::consumer(const std::string& stream, const std::string& name) {
  SKALD_ASSIGN(auto answer, call(fmt::format("CONSUMER.INFO.{}.{}", stream, name), nullptr));
  if (!answer) return std::optional<ConsumerInfo>();
  return consumer_info(std::move(*answer));
}

Result<std::vector<std::string>> JetStream::consumers(const std::string& stream) {
  std::vector<std::string> names;
  while (true) {
    SKALD_ASSIGN(auto answer, call("CONSUMER.NAMES." + stream, Value{{"offset", names.size()}}));
    if (!answer) return names;
    std::vector<std::string> page = answer->texts("consumers");
    const std::uint64_t total = answer->number("total");
    SKALD_TRY(answer->checked());
    std::move(page.begin(), page.end(), std::back_inserter(names));
    if (page.empty() || names.size() >= total) return names;
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

void JetStream::ask_to_purge_before(const std::string& stream, std::uint64_t seq) {
  (void)connection_.publish({"$JS.API.STREAM.PURGE." + stream, "", to_json(Value{{"seq", seq}}), {}});
}

Result<bool> JetStream::delete_message(const std::string& stream, std::uint64_t seq) {
  SKALD_ASSIGN(const auto answer, call("STREAM.MSG.DELETE." + stream, Value{{"seq", seq}, {"no_erase", true}}));
  return answer.has_value();
}

Result<std::optional<std::string>> JetStream::header_at(const std::string& stream, std::uint64_t seq,
                                                        std::string_view name) {
  SKALD_ASSIGN(auto answer, call("STREAM.MSG.GET." + stream, Value{{"seq", seq}}));
  if (!answer) return std::optional<std::string>();
  return header_of(std::move(*answer), name);
}

Result<std::vector<StoredHeader>> JetStream::next_of_each(const std::string& stream, const std::string& subject,
                                                          const std::vector<std::uint64_t>& from,
                                                          std::string_view header) {
  const std::string api = "STREAM.MSG.GET." + stream;
  std::vector<std::future<Result<Message>>> answers;
  for (const std::uint64_t seq : from) {
    const Value body{{"seq", seq}, {"next_by_subj", subject}};
    answers.push_back(connection_.ask({"$JS.API." + api, "", to_json(body), {}}, kApiTimeout));
  }
  std::vector<StoredHeader> found;
  for (auto& coming : answers) {
    const auto message = coming.get();
    if (!message) return fail(no_jetstream(message.error()));
    SKALD_ASSIGN(auto answer, Answer::read(api, message->data));
    if (!answer) break;
    const std::uint64_t seq = answer->number("message.seq");
    SKALD_ASSIGN(auto value, header_of(std::move(*answer), header));
    found.push_back({seq, std::move(value)});
  }
  return found;
}

Result<std::optional<JetStream::Last>> JetStream::last(const std::string& stream, const std::string& subject) {
  SKALD_ASSIGN(auto answer, call("STREAM.MSG.GET." + stream, Value{{"last_by_subj", subject}}));
  if (!answer) return std::optional<Last>();
  return last_message(std::move(*answer));
}

void JetStream::publish(Message message, Millis timeout, std::function<void(Result<PubAck>)> done, Pace pace) {
  connection_.request(
      std::move(message), timeout, [done = std::move(done)](const Result<Message>& answer) { done(published(answer)); },
      pace);
}

Result<std::uint64_t> JetStream::publish(Message message, Millis timeout) {
  SKALD_ASSIGN(const PubAck ack, published(connection_.request(std::move(message), timeout)));
  return ack.seq;
}

Status acknowledge(Connection& connection, const std::string& reply, Pace pace) {
  return connection.publish({reply, "", "+ACK", {}}, pace);
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
