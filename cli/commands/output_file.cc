#include "cli/commands/output_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace skald::cli {

Output::~Output() {
  if (out_ != nullptr && out_ != stdout) (void)std::fclose(out_);
  if (part_) (void)std::remove(part_->path().c_str());
}

Status Output::open() {
  if (file_.empty()) {
    out_ = stdout;
    return {};
  }
  std::error_code none;
  const auto kind = std::filesystem::status(file_, none).type();
  const bool makes = kind == std::filesystem::file_type::not_found || kind == std::filesystem::file_type::regular;
  if (makes) {
    // What a link leads to is replaced, not the link.
    const auto target = std::filesystem::weakly_canonical(file_, none);
    whole_ = none ? file_ : target.string();
    part_.emplace(whole_ + ".part");
  }
  out_ = std::fopen(part_ ? part_->path().c_str() : file_.c_str(), "wb");
  if (out_ != nullptr) return {};
  const int error = errno;
  part_.reset();
  return failed(error);
}

Status Output::write(std::string_view bytes) {
  errno = 0;
  if (std::fwrite(bytes.data(), 1, bytes.size(), out_) == bytes.size()) return {};
  return failed(errno);
}

Status Output::finish() {
  errno = 0;
  if (std::fflush(out_) != 0) return failed(errno);
  if (out_ == stdout) return {};
  if (std::fclose(std::exchange(out_, nullptr)) != 0) return failed(errno);
  if (!part_) return {};
  if (std::rename(part_->path().c_str(), whole_.c_str()) != 0) return failed(errno);
  part_.reset();
  return {};
}

Status Output::failed(int error) const {
  return fail(ErrorKind::kIo, "write-failed",
              fmt::format("cannot write to {}: {}", file_.empty() ? "standard output" : file_, std::strerror(error)));
}

}  // namespace skald::cli
