#include "store/records.h"

#include <algorithm>

#include "engine/base/msgpack.h"

namespace skald::store {

std::string encode_event(const EventRecord& event) {
  std::string value(bytes_of(event.hash));
  value.append(event.bytes);
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
