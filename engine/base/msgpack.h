#pragma once

// Reading and writing msgpack without building objects: a writer that embeds payload bytes as they are, and a
// cursor that can hand back the bytes of a nested value. Every read is bounds-checked; a failed cursor stays failed.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald {

// How deep what the engine itself has written may nest: it puts data of users into more, as a fork its branches'
// outputs.
inline constexpr int kMaxHeldDepth = 2 * kMaxValueDepth;

class MsgWriter {
 public:
  // Makes room for so many bytes in all.
  void reserve(std::size_t bytes) { out_.reserve(bytes); }
  void map(std::uint32_t entries);
  void array(std::uint32_t items);
  void str(std::string_view text);
  void bin(std::string_view bytes);
  void uint(std::uint64_t number);
  void integer(std::int64_t number);
  void boolean(bool flag);
  void nil();
  void real(double number);
  // A whole msgpack value, as it is. An empty payload is written as nil.
  void raw(const Payload& payload);

  std::string take() { return std::move(out_); }
  const std::string& bytes() const { return out_; }

 private:
  std::string out_;
};

class MsgReader {
 public:
  explicit MsgReader(std::string_view bytes) : bytes_(bytes) {}

  // False once anything did not fit; reads then return zero values.
  bool ok() const { return ok_; }
  bool at_end() const { return at_ == bytes_.size(); }
  void set_failed() { ok_ = false; }

  std::uint32_t map();
  std::uint32_t array();
  std::string_view str();
  std::string_view bin();
  std::uint64_t uint();
  std::int64_t integer();
  double real();
  bool boolean();
  // Consumes a nil if one is next.
  bool nil();
  // Skips one whole value and returns its bytes. Fails where it nests deeper.
  std::string_view skip(int deepest = kMaxHeldDepth);
  // One whole value as a payload; a nil is an empty payload.
  Payload payload();

 private:
  static constexpr unsigned char kNothing = 0xC1;  // never used in msgpack

  unsigned char take() {
    ok_ = ok_ && at_ < bytes_.size();
    return ok_ ? static_cast<unsigned char>(bytes_[at_++]) : kNothing;
  }
  unsigned char peek() const { return ok_ && at_ < bytes_.size() ? static_cast<unsigned char>(bytes_[at_]) : kNothing; }
  std::uint64_t big_endian(std::size_t bytes);
  std::string_view span(std::uint64_t size);

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

// Whether the bytes are exactly one msgpack value that a Value can hold (string keys, no extension types),
// not nested deeper. Error: "bad-msgpack".
Status check_msgpack(std::string_view bytes, int deepest = kMaxValueDepth);

}  // namespace skald
