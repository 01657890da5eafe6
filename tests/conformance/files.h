#pragma once

// Where the tests of this folder find what they read.

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

namespace skald::conformance {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::filesystem::path source_folder() { return SKALD_SOURCE_DIR; }

// The repository of the DSL's specification at 1.0.3, unpacked: its files are read where they are, and none is copied
// here. None where SKALD_SPEC_DIR does not say.
inline std::optional<std::filesystem::path> specification() {
  const char* folder = std::getenv("SKALD_SPEC_DIR");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  return folder;
}

inline constexpr const char* kNoSpecification =
    "SKALD_SPEC_DIR is not set; it names a folder with the specification's `examples` and `ctk`, tests/conformance/"
    "README.md";

}  // namespace skald::conformance
