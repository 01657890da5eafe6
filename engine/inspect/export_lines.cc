#include "engine/inspect/export_lines.h"

namespace skald::inspect {
namespace {

std::string hex(const Digest& digest) { return to_hex(bytes_of(digest)); }

std::string hash_of(const Value& line) { return hex(sha256(to_json(line))); }

}  // namespace

std::string sealed_line(Value line) {
  line["sha256"] = hash_of(line);
  return to_json(line) + "\n";
}

bool is_sealed(const Value& line) {
  Value bare = line;
  bare.erase("sha256");
  const auto seal = line.find("sha256");
  return seal != line.end() && *seal == hash_of(bare);
}

std::string header_line(const std::string& store_id) {
  return sealed_line({{"kind", "export"}, {"format", kExportFormat}, {"store", store_id}});
}

std::string definition_line(const store::DefinitionRow& row) {
  return sealed_line({{"kind", "definition"},
                      {"workflow", row.workflow},
                      {"version", row.version},
                      {"hash", row.hash},
                      {"source", row.source},
                      {"deployed_at", format_time(row.deployed_at)}});
}

std::string saga_line(const store::Summary& saga) {
  return sealed_line({{"kind", "saga"},
                      {"id", saga.id.str()},
                      {"run", saga.run.str()},
                      {"workflow", saga.workflow},
                      {"version", saga.version},
                      {"definition_hash", saga.definition_hash}});
}

std::string event_line(const core::Event& event, const store::StoredEvent& stored) {
  Value line = core::to_value(event);
  line["hash"] = hex(stored.hash);
  line["bytes"] = to_base64(stored.bytes);
  return to_json(line) + "\n";
}

std::string end_line(const store::Summary& saga) {
  return sealed_line({{"kind", "end"},
                      {"run", saga.run.str()},
                      {"status", saga.status},
                      {"events", saga.events},
                      {"head", hex(saga.head)}});
}

std::string removed_line(const store::Summary& saga) {
  return sealed_line({{"kind", "removed"}, {"run", saga.run.str()}});
}

void ExportTotal::add(std::uint64_t events, const Digest& head) {
  ++sagas_;
  events_ += events;
  heads_ += bytes_of(head);
}

std::string ExportTotal::line() const {
  return sealed_line({{"kind", "total"}, {"sagas", sagas_}, {"events", events_}, {"head", hex(head())}});
}

}  // namespace skald::inspect
