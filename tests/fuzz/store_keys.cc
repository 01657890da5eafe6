// Keys of the store: a damaged one is told, not trusted.

#include "store/keys.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  using namespace skald::store;
  const std::string_view key = fuzz::text_of(data, size);
  (void)keys::event_seq(key);
  // A key begins with the shard, which a row's run carries as well.
  if (const auto row = keys::timer_from(key)) {
    const auto run = keys::run(row->run);
    SKALD_CHECK(run, "a row's run is one");
    SKALD_CHECK(keys::timer(*row, *run).substr(2) == key.substr(2), "a timer's key says all of it");
  }
  if (const auto row = keys::pending_from(key)) {
    const auto run = keys::run(row->run);
    SKALD_CHECK(run, "a row's run is one");
    SKALD_CHECK(keys::pending(0, *run, row->act).substr(2) == key.substr(2), "an act's key says all of it");
  }
  return 0;
}
