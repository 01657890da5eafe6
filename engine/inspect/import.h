#pragma once

// An export as a log to read, in memory.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "store/saga_log.h"

namespace skald::inspect {

inline constexpr std::uint64_t kLargestImport = 256u << 20;  // bytes of the file; memory takes several times as much

// Proves the export while it is read. "-" is standard input. Errors: kInvalid "no-file"; kTooLarge "export-too-large";
// kDamaged "damaged-export" with the first damage.
Result<std::unique_ptr<store::SagaLog>> open_export(const std::string& file);

// Calls `take` with the bytes of a file, piece by piece. Errors: kInvalid "no-file", and those of `take`.
Status each_piece(const std::string& file, const std::function<Status(std::string_view)>& take);

}  // namespace skald::inspect
