#pragma once

// What every fuzz target is: one function over bytes, for libFuzzer (`./run fuzz`) and for replay_main.cc, which the
// tests run. It must take any bytes; a broken property is a broken SKALD_CHECK.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace skald::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The input's parts, which zero bytes divide; always `count` of them. The last takes all the rest.
inline std::vector<std::string> parts_of(std::string_view bytes, std::size_t count) {
  std::vector<std::string> parts(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t end = i + 1 < count ? bytes.find('\0') : bytes.size();
    parts[i] = bytes.substr(0, end);
    bytes.remove_prefix(end < bytes.size() ? end + 1 : bytes.size());
  }
  return parts;
}

}  // namespace skald::fuzz
