#include "engine/base/hash.h"

#include <gtest/gtest.h>

#include "engine/base/check.h"

namespace skald {
namespace {

TEST(Base64, IsReadAsItWasWritten) {
  for (std::size_t size = 0; size < 70; ++size) {
    const std::string bytes = random_bytes(size);
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes) << size;
  }
  for (const char* none : {"a", "ab=", "abc", "a===", "====", "ab?=", "YWI\n"}) EXPECT_FALSE(from_base64(none)) << none;
}

TEST(Digest, IsReadAsItWasWritten) {
  const Digest digest = sha256("x");
  const std::string text = to_hex(bytes_of(digest));
  EXPECT_EQ(digest_from_hex(text), digest);
  EXPECT_FALSE(digest_from_hex(text.substr(1)));
  EXPECT_FALSE(digest_from_hex(text + "0"));
  EXPECT_FALSE(digest_from_hex("G" + text.substr(1)));
  EXPECT_FALSE(digest_from_hex("A" + text.substr(1))) << "there is one way to write it";
}

void break_one() { SKALD_CHECK(false, "one is broken"); }

TEST(Check, ABrokenInvariantIsThrownToReadersOfWhatIsMadeUp) {
  const ChecksThrow outer;
  { const ChecksThrow inner; }
  EXPECT_THROW(break_one(), BrokenInvariant) << "as long as one lives";
}

TEST(CheckDeathTest, ABrokenInvariantEndsTheProcess) {
  { const ChecksThrow before; }
  EXPECT_DEATH(break_one(), "one is broken");
}

}  // namespace
}  // namespace skald
