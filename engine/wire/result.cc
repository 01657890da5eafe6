#include "engine/wire/result.h"

#include <fmt/format.h>

#include "engine/wire/codec.h"

namespace skald::wire {
namespace {

tl::unexpected<Error> bad_result(std::string_view why) {
  return fail(ErrorKind::kInvalid, "bad-result", fmt::format("the message is no result: {}", why));
}

void write_time(MsgWriter& out, std::string_view key, const std::optional<Time>& time) {
  if (!time) return;
  out.str(key);
  out.integer(time->ms);
}

void write(MsgWriter& out, const ResultMessage& result) {
  const auto text = [&out](std::string_view key, std::string_view value) {
    out.str(key);
    out.str(value);
  };
  const auto present = [](bool there) { return there ? 1U : 0U; };
  out.map(8 + present(!result.output.empty()) + present(!result.error.empty()) +
          present(result.retry_after.has_value()) + present(result.started_at.has_value()) +
          present(result.finished_at.has_value()));
  text("run", result.run.str());
  text("step", result.step);
  text("key", result.key);
  out.str("attempt");
  out.uint(result.attempt);
  text("token", result.token);
  out.str("deliveries");
  out.uint(result.deliveries);
  text("outcome", to_string(result.outcome));
  if (!result.output.empty()) {
    out.str("output");
    out.raw(result.output);
  }
  if (!result.error.empty()) {
    out.str("error");
    out.raw(result.error);
  }
  if (result.retry_after) {
    out.str("retry_after_ms");
    out.uint(static_cast<std::uint64_t>(std::max<std::int64_t>(0, result.retry_after->count())));
  }
  text("worker", result.worker);
  write_time(out, "started_at_ms", result.started_at);
  write_time(out, "finished_at_ms", result.finished_at);
}

std::optional<Outcome> outcome_of(std::string_view text) {
  for (const Outcome outcome : {Outcome::kCompleted, Outcome::kRejected, Outcome::kFailed, Outcome::kUnknown}) {
    if (text == to_string(outcome)) return outcome;
  }
  return std::nullopt;
}

std::optional<Time> read_time(MsgReader& in) {
  if (in.nil()) return std::nullopt;
  return Time{in.integer()};
}

struct Read {
  ResultMessage result;
  std::optional<Outcome> outcome;
  bool several = false;
  std::vector<std::string_view> results;  // the bytes of each
};

void read_field(MsgReader& in, std::string_view key, Read& read) {
  ResultMessage& result = read.result;
  if (key == "run") {
    result.run = RunId(std::string(in.str()));
  } else if (key == "step") {
    result.step = in.str();
  } else if (key == "key") {
    result.key = in.str();
  } else if (key == "attempt") {
    result.attempt = read_u32(in);
  } else if (key == "token") {
    result.token = in.str();
  } else if (key == "deliveries") {
    result.deliveries = read_u32(in);
  } else if (key == "outcome") {
    read.outcome = outcome_of(in.str());
  } else if (key == "output") {
    result.output = in.payload();
  } else if (key == "error") {
    result.error = in.payload();
  } else if (key == "retry_after_ms") {
    if (!in.nil()) result.retry_after = Millis(static_cast<std::int64_t>(read_u32(in)));
  } else if (key == "worker") {
    result.worker = in.str();
  } else if (key == "started_at_ms") {
    result.started_at = read_time(in);
  } else if (key == "finished_at_ms") {
    result.finished_at = read_time(in);
  } else if (key == "results") {
    read.several = true;
    const std::uint32_t count = in.array();
    if (count > kMaxResultsPerMessage) in.set_failed();
    for (std::uint32_t left = count; left > 0 && in.ok(); --left) read.results.push_back(in.skip());
  } else {
    in.skip();
  }
}

Result<Read> read_one(std::string_view bytes) {
  MsgReader in(bytes);
  Read read;
  read_map(in, [&](std::string_view key) { read_field(in, key, read); });
  if (!in.ok()) return bad_result("a field has the wrong type, or there are more than 256 results");
  return read;
}

Result<ResultMessage> checked(Read read) {
  if (!read.outcome) return bad_result("'outcome' must be completed, rejected, failed or unknown");
  if (read.result.run.empty() || read.result.key.empty() || read.result.attempt == 0) {
    return bad_result("'run', 'key' or 'attempt' is missing");
  }
  read.result.outcome = *read.outcome;
  return std::move(read.result);
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCompleted:
      return "completed";
    case Outcome::kRejected:
      return "rejected";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kUnknown:
      break;
  }
  return "unknown";
}

std::string encode(const std::vector<ResultMessage>& results) {
  MsgWriter out;
  if (results.size() != 1) {
    out.map(1);
    out.str("results");
    out.array(static_cast<std::uint32_t>(results.size()));
  }
  for (const ResultMessage& result : results) write(out, result);
  return out.take();
}

Result<std::vector<ResultMessage>> decode_results(std::string_view body, bool json) {
  SKALD_ASSIGN(const std::string bytes, as_msgpack(body, json, "bad-result"));
  SKALD_ASSIGN(Read read, read_one(bytes));
  std::vector<ResultMessage> results;
  if (!read.several) {
    SKALD_ASSIGN(ResultMessage one, checked(std::move(read)));
    results.push_back(std::move(one));
    return results;
  }
  for (const std::string_view each : read.results) {
    SKALD_ASSIGN(Read inner, read_one(each));
    SKALD_ASSIGN(ResultMessage one, checked(std::move(inner)));
    results.push_back(std::move(one));
  }
  return results;
}

}  // namespace skald::wire
