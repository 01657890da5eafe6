#pragma once

// Where a long output goes.

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "cli/commands/part_file.h"
#include "engine/base/result.h"

namespace skald::cli {

// Standard output, or a file. A file has its name when all is in it; until then it is beside it, as NAME.part, which a
// signal that ends the process removes. What is no file, as a pipe or a device, is written to as it is.
class Output {
 public:
  // Empty: standard output.
  explicit Output(std::string file) : file_(std::move(file)) {}
  // Takes away what was not finished.
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Error of all three: kIo "write-failed".
  Status open();
  Status write(std::string_view bytes);
  Status finish();

 private:
  Status failed(int error) const;

  const std::string file_;
  std::string whole_;             // the file's name
  std::optional<PartFile> part_;  // none: it is written to as it is
  std::FILE* out_ = nullptr;
};

}  // namespace skald::cli
