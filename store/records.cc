#include "store/records.h"

#include <algorithm>

#include "engine/base/msgpack.h"

namespace skald::store {
namespace {

constexpr std::string_view kRemovedAt = "removed_at";

}  // namespace

std::string encode_event(const EventRecord& event) {
  std::string value;
  value.reserve(event.hash.size() + event.bytes.size());
  value.append(bytes_of(event.hash)).append(event.bytes);
  return value;
}

Result<StoredEvent> decode_event(std::uint64_t seq, std::string_view value) {
  StoredEvent event;
  if (value.size() < event.hash.size()) {
    return fail(ErrorKind::kDamaged, "damaged-event", "a stored event is shorter than its hash");
  }
  event.seq = seq;
  std::copy_n(value.begin(), event.hash.size(), event.hash.begin());
  event.bytes = std::string(value.substr(event.hash.size()));
  return event;
}

std::string encode(const Removed& removed) {
  MsgWriter out;
  const auto text = [&out](std::string_view key, std::string_view value) {
    out.str(key);
    out.str(value);
  };
  const auto time = [&out](std::string_view key, Time value) {
    out.str(key);
    out.integer(value.ms);
  };
  out.map(10);
  time(kRemovedAt, removed.removed_at);
  text("run", removed.run.str());
  text("id", removed.id.str());
  text("workflow", removed.workflow);
  text("version", removed.version);
  text("status", removed.status);
  time("started_at", removed.started_at);
  time("ended_at", removed.ended_at);
  out.str("events");
  out.uint(removed.events);
  out.str("head");
  out.bin(bytes_of(removed.head));
  return out.take();
}

bool is_removed(std::string_view bytes) {
  MsgReader in(bytes);
  in.map();
  return in.str() == kRemovedAt;
}

Result<Removed> decode_removed(std::string_view bytes) {
  MsgReader in(bytes);
  Removed removed;
  for (std::uint32_t left = in.map(); left > 0 && in.ok(); --left) {
    const std::string_view key = in.str();
    if (key == kRemovedAt) {
      removed.removed_at = Time{in.integer()};
    } else if (key == "run") {
      removed.run = RunId(std::string(in.str()));
    } else if (key == "id") {
      removed.id = SagaId(std::string(in.str()));
    } else if (key == "workflow") {
      removed.workflow = in.str();
    } else if (key == "version") {
      removed.version = in.str();
    } else if (key == "status") {
      removed.status = in.str();
    } else if (key == "started_at") {
      removed.started_at = Time{in.integer()};
    } else if (key == "ended_at") {
      removed.ended_at = Time{in.integer()};
    } else if (key == "events") {
      removed.events = in.uint();
    } else if (key == "head") {
      const std::string_view head = in.bin();
      if (head.size() != removed.head.size()) {
        in.set_failed();
      } else {
        std::copy(head.begin(), head.end(), removed.head.begin());
      }
    } else {
      in.skip();
    }
  }
  if (!in.ok() || !in.at_end() || removed.run.empty()) {
    return fail(ErrorKind::kDamaged, "damaged-summary", "what is kept of a removed saga cannot be read");
  }
  return removed;
}

std::string encode(const DefinitionRow& row) {
  MsgWriter out;
  out.map(5);
  out.str("workflow");
  out.str(row.workflow);
  out.str("version");
  out.str(row.version);
  out.str("hash");
  out.str(row.hash);
  out.str("source");
  out.str(row.source);
  out.str("deployed_at");
  out.integer(row.deployed_at.ms);
  return out.take();
}

Result<DefinitionRow> decode_definition(std::string_view bytes) {
  MsgReader in(bytes);
  DefinitionRow row;
  for (std::uint32_t left = in.map(); left > 0 && in.ok(); --left) {
    const std::string_view key = in.str();
    if (key == "workflow") {
      row.workflow = in.str();
    } else if (key == "version") {
      row.version = in.str();
    } else if (key == "hash") {
      row.hash = in.str();
    } else if (key == "source") {
      row.source = in.str();
    } else if (key == "deployed_at") {
      row.deployed_at = Time{in.integer()};
    } else {
      in.skip();
    }
  }
  if (!in.ok() || !in.at_end() || row.workflow.empty() || row.version.empty()) {
    return fail(ErrorKind::kDamaged, "damaged-definition", "a stored workflow definition cannot be read");
  }
  return row;
}

}  // namespace skald::store
