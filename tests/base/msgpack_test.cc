#include "engine/base/msgpack.h"

#include <gtest/gtest.h>

namespace skald {
namespace {

TEST(Msgpack, WriterAndReaderAgree) {
  const Payload inner(Value{{"k", {1, 2.5, "x", nullptr, true}}});
  MsgWriter writer;
  writer.map(7);
  writer.str("s");
  writer.str(std::string(300, 'x'));
  writer.str("u");
  writer.uint(UINT64_MAX);
  writer.str("i");
  writer.integer(INT64_MIN);
  writer.str("b");
  writer.bin("bytes");
  writer.str("p");
  writer.raw(inner);
  writer.str("n");
  writer.raw(Payload());
  writer.str("r");
  writer.real(0.1);
  const std::string bytes = writer.take();

  MsgReader reader(bytes);
  ASSERT_EQ(reader.map(), 7U);
  reader.str();
  EXPECT_EQ(reader.str().size(), 300U);
  reader.str();
  EXPECT_EQ(reader.uint(), UINT64_MAX);
  reader.str();
  EXPECT_EQ(reader.integer(), INT64_MIN);
  reader.str();
  EXPECT_EQ(reader.bin(), "bytes");
  reader.str();
  EXPECT_EQ(reader.payload(), inner);
  reader.str();
  EXPECT_TRUE(reader.payload().empty());
  reader.str();
  EXPECT_EQ(reader.real(), 0.1);
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.at_end());
}

TEST(Msgpack, EveryTruncationFailsWithoutReadingPastTheEnd) {
  const Payload payload(Value{{"key", {1, -1, 70000, "text", {{"deep", 1.5}}}}, {"other", std::string(40, 'x')}});
  for (std::size_t size = 0; size < payload.size(); ++size) {
    EXPECT_FALSE(check_msgpack(payload.bytes().substr(0, size))) << size;
  }
  EXPECT_TRUE(check_msgpack(payload.bytes()));
}

TEST(Msgpack, RefusesWhatJsonCannotHold) {
  EXPECT_FALSE(check_msgpack("\xC4\x01x")) << "bin";
  EXPECT_FALSE(check_msgpack("\xD4\x01x")) << "extension";
  EXPECT_FALSE(check_msgpack("\x81\x01\x01")) << "a key that is no string";
  EXPECT_FALSE(check_msgpack("\xC1"));
  EXPECT_FALSE(check_msgpack(std::string(1000, '\x91') + '\x01')) << "too deep";
  EXPECT_FALSE(check_msgpack(std::string("\xDD\xFF\xFF\xFF\xFF", 5))) << "a length beyond the bytes";
}

TEST(Msgpack, AgreesWithTheJsonLibraryOnNumbers) {
  for (const std::int64_t number :
       {INT64_MIN, -70000L, -129L, -33L, -32L, -1L, 0L, 127L, 128L, 255L, 70000L, INT64_MAX}) {
    const Payload payload{Value(number)};
    MsgReader reader(payload.bytes());
    EXPECT_EQ(reader.integer(), number);
    EXPECT_TRUE(reader.ok() && reader.at_end());
  }
}

}  // namespace
}  // namespace skald
