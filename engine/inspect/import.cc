#include "engine/inspect/import.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <optional>

#include "engine/inspect/export_check.h"
#include "store/memory_log.h"

namespace skald::inspect {
namespace {

constexpr std::size_t kPiece = 1u << 20;

// Fills a log with what an export has. A saga is in it as soon as its end was read.
class Filling final : public ExportSink {
 public:
  void header(const std::string& store_id) override { log_ = std::make_unique<store::MemoryLog>(16, store_id); }
  void definition(const store::DefinitionRow& row) override { batch_.definitions.push_back(row); }
  void event(const RunId& run, const store::StoredEvent& event) override {
    batch_.events.push_back({run, event.seq, event.bytes, event.hash});
  }
  void saga(const store::Summary& saga) override {
    batch_.summaries.push_back({saga, ""});
    batch_.ids.emplace_back(saga.id, saga.run);
    if (log_ != nullptr) (void)log_->commit(batch_);  // memory takes it
    batch_ = {};
  }
  void removed(const RunId&) override { batch_.events.clear(); }

  std::unique_ptr<store::SagaLog> take() { return std::move(log_); }

 private:
  std::unique_ptr<store::MemoryLog> log_;
  store::Batch batch_;
};

}  // namespace

Status each_piece(const std::string& file, const std::function<Status(std::string_view)>& take) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::istream& in = file == "-" ? std::cin : opened;
  std::string piece(kPiece, '\0');
  const auto unreadable = [&file] { return fail(ErrorKind::kInvalid, "no-file", "cannot read " + file); };
  if (!in) return unreadable();
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    SKALD_TRY(take(std::string_view(piece).substr(0, static_cast<std::size_t>(in.gcount()))));
  }
  if (in.bad()) return unreadable();
  return {};
}

Result<std::unique_ptr<store::SagaLog>> open_export(const std::string& file) {
  Filling filling;
  std::optional<Damage> first;
  ExportCheck check([&first](const Damage& damage) { first = first ? first : std::optional(damage); }, {}, &filling);
  std::uint64_t size = 0;
  const auto damaged = [&] {
    return fail(ErrorKind::kDamaged, "damaged-export",
                fmt::format("{} is no export that can be read: {}; `skald verify --file {}` tells all that is wrong",
                            file, damage_text(*first), file));
  };
  SKALD_TRY(each_piece(file, [&](std::string_view piece) -> Status {
    size += piece.size();
    if (size > kLargestImport) {
      return fail(ErrorKind::kTooLarge, "export-too-large",
                  fmt::format("{} is larger than {} MiB; export fewer sagas, or read the engine's folder with --data",
                              file, kLargestImport >> 20));
    }
    check.feed(piece);
    if (first) return damaged();
    return {};
  }));
  check.end();
  if (first) return damaged();
  return filling.take();
}

}  // namespace skald::inspect
