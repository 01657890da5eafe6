// Exports: raw, and with every hash made good, so that what only somebody who knows how they are made could write gets
// as far as the fold.

#include "engine/inspect/export_check.h"
#include "engine/inspect/export_lines.h"
#include "store/chain.h"
#include "tests/fuzz/target.h"

namespace skald::fuzz {
namespace {

// The text of a member; empty where it is none.
std::string member(const Value& line, const char* name) {
  const auto at = line.find(name);
  return at != line.end() && at->is_string() ? at->get<std::string>() : "";
}

std::string forged_event(const Value& line, Digest& head) {
  const auto bytes = from_base64(member(line, "bytes"));
  const auto event = core::decode_event(bytes.value_or(""));
  if (!event) return to_json(line) + "\n";
  head = store::chain_next(head, *bytes);
  return inspect::event_line(*event, {event->seq, *bytes, head});
}

std::string forged(std::string_view text) {
  std::string all, store;
  Digest head{};
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    auto line = parse_json(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line || !line->is_object()) continue;
    const std::string kind = member(*line, "kind");
    if (kind.empty()) {
      all += forged_event(*line, head);
      continue;
    }
    if (kind == "export") store = member(*line, "store");
    if (kind == "saga") {
      head = store::chain_start(store, RunId(member(*line, "run")), member(*line, "definition_hash"));
    }
    if (kind == "end") (*line)["head"] = to_hex(bytes_of(head));
    line->erase("sha256");
    all += inspect::sealed_line(std::move(*line));
  }
  return all;
}

class Counting final : public inspect::ExportSink {
 public:
  void saga(const store::Summary& saga) override { (void)store::encode(saga); }
};

inspect::Proved check(std::string_view text) {
  Counting sink;
  inspect::ExportCheck check(
      [](const inspect::Damage& damage) {
        SKALD_CHECK(!damage.what.empty() && damage.line > 0, "damage says what and where");
        (void)to_json(damage_json(damage));
      },
      {}, &sink);
  check.feed(text.substr(0, text.size() / 2));
  check.feed(text.substr(text.size() / 2));
  check.end();
  return check.proved();
}

}  // namespace
}  // namespace skald::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  const std::string_view text = fuzz::text_of(data, size);
  (void)fuzz::check(text);
  try {
    (void)fuzz::check(fuzz::forged(text));
  } catch (const BrokenInvariant&) {
    SKALD_CHECK(false, "a reader survives what is made up");
  }
  return 0;
}
