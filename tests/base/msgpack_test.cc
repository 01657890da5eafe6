#include "engine/base/msgpack.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/base/hash.h"

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

TEST(Msgpack, SkipsAValueOfEveryForm) {
  const std::string text(300, 'x');
  const std::string large(70'000, 'y');
  Value items = Value::array();
  Value entries = Value::object();
  for (int i = 0; i < 20; ++i) {
    items.push_back(i);
    entries[fmt::format("key{}", i)] = i;
  }
  Value many = Value::array();
  for (int i = 0; i < 70'000; ++i) many.push_back(nullptr);
  for (const Value& value : {Value(nullptr),
                             Value(true),
                             Value(false),
                             Value(5),
                             Value(200),
                             Value(70'000U),
                             Value(UINT64_MAX),
                             Value(-3),
                             Value(-100),
                             Value(-70'000),
                             Value(INT64_MIN),
                             Value(0.5),
                             Value(""),
                             Value("short"),
                             Value(std::string(40, 'z')),
                             Value(text),
                             Value(large),
                             items,
                             entries,
                             many,
                             Value{{"items", items}, {"entries", entries}}}) {
    const std::string bytes(Payload(value).bytes());
    const std::string followed = bytes + '\x01';
    MsgReader reader(followed);
    EXPECT_EQ(reader.skip(), bytes) << value.dump().substr(0, 60);
    EXPECT_EQ(reader.uint(), 1U);
    EXPECT_TRUE(reader.ok() && reader.at_end());
    EXPECT_TRUE(check_msgpack(bytes));
    EXPECT_FALSE(check_msgpack(bytes.substr(0, bytes.size() - 1))) << value.dump().substr(0, 60);
    EXPECT_FALSE(check_msgpack(followed)) << "more than one value";
  }
  // Forms that our writer does not make.
  using namespace std::string_literals;
  for (const std::string& bytes :
       {"\xCA\x3F\x00\x00\x00"s, "\xCD\x00\x05"s, "\xD1\xFF\xFF"s, "\xDB\x00\x00\x00\x01x"s,
        "\xDF\x00\x00\x00\x01\xA1k\x01"s, "\xDD\x00\x00\x00\x01\xC0"s, "\xDE\x00\x01\xD9\x01k\xC3"s}) {
    EXPECT_TRUE(check_msgpack(bytes)) << to_hex(bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(check_msgpack(bytes.substr(0, size))) << size;
  }
}

TEST(Msgpack, SkipsWhatNestsAsDeepAsItMay) {
  const auto nested = [](int depth) { return std::string(static_cast<std::size_t>(depth), '\x91') + '\x01'; };
  EXPECT_TRUE(check_msgpack(nested(3), 3));
  EXPECT_FALSE(check_msgpack(nested(4), 3));
  EXPECT_TRUE(check_msgpack("\x81\xA1k" + nested(2), 3));
  EXPECT_FALSE(check_msgpack("\x81\xA1k" + nested(3), 3));
  const std::string deep = nested(4);
  MsgReader reader(deep);
  reader.skip(3);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.uint(), 0U) << "what has failed stays so";
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
