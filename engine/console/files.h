#pragma once

// The console in the browser, as Vite built it: compiled in, so that the engine is one file. Thread-safe.

#include <span>
#include <string_view>

namespace skald::console {

struct File {
  std::string_view path;  // "/index.html", "/assets/index-1a2b3c4d.js"
  std::string_view content_type;
  std::string_view etag;  // with its quotes
  std::string_view bytes;
  std::string_view gzip;  // the same, compressed
};

std::span<const File> files();

}  // namespace skald::console
