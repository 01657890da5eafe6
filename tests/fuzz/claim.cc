// The message that says whose the broker's streams are.

#include "engine/runtime/claim.h"

#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  const runtime::Claim claim = runtime::decode_claim(fuzz::text_of(data, size));
  SKALD_CHECK(runtime::decode_claim(runtime::encode(claim)) == claim, "a claim survives being written");
  (void)runtime::claim_over(claim, {"store", 1, "engine", 1, false}, "the streams");
  return 0;
}
