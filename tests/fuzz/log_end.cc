// Where a write-ahead log ends, in whatever a file holds.

#include "store/log_end.h"

#include <cstdlib>

#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald::store;
  const std::string_view bytes = skald::fuzz::text_of(data, size);
  const LogEnd end = end_of_records(bytes, 0, 0);
  if (end.bytes > size) std::abort();
  // Cut there, it ends there.
  const LogEnd cut = end_of_records(bytes.substr(0, end.bytes), 0, 0);
  if (cut.bytes != end.bytes || cut.damaged) std::abort();
  const std::size_t from = size / 2;
  if (end_of_records(bytes, from, 7).bytes < from) std::abort();
  return 0;
}
