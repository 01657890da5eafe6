#include "engine/base/msgpack.h"

#include <bit>
#include <cstring>
#include <msgpack.hpp>

namespace skald {
namespace {

// What msgpack::packer writes to.
struct StringBuffer {
  std::string& out;
  void write(const char* data, std::size_t size) { out.append(data, size); }
};

auto packer(StringBuffer& buffer) { return msgpack::packer<StringBuffer>(buffer); }

std::uint64_t number_at(const char* at, std::size_t bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes; ++i) number = number << 8 | static_cast<unsigned char>(at[i]);
  return number;
}

// Where a value ends, and null where none begins there or it nests deeper. Recursive, and on a pointer of its own: it
// goes over every byte that comes from outside.
const char* past_value(const char* at, const char* end, int left);

const char* past_bytes(const char* at, const char* end, std::uint64_t count) {
  return count <= static_cast<std::uint64_t>(end - at) ? at + count : nullptr;
}

// Past so many bytes, whose count is in so many bytes.
const char* past_counted(const char* at, const char* end, std::size_t width) {
  const char* const from = past_bytes(at, end, width);
  return from == nullptr ? nullptr : past_bytes(from, end, number_at(at, width));
}

const char* past_text(const char* at, const char* end) {
  if (at == end) return nullptr;
  const auto head = static_cast<unsigned char>(*at++);
  if ((head & 0xE0) == 0xA0) return past_bytes(at, end, head & 0x1F);
  return head >= 0xD9 && head <= 0xDB ? past_counted(at, end, 1U << (head - 0xD9)) : nullptr;
}

const char* past_items(const char* at, const char* end, std::uint64_t count, int left) {
  for (; count > 0 && at != nullptr; --count) at = past_value(at, end, left);
  return at;
}

const char* past_entries(const char* at, const char* end, std::uint64_t count, int left) {
  for (; count > 0 && at != nullptr; --count) {
    at = past_text(at, end);
    if (at != nullptr) at = past_value(at, end, left);
  }
  return at;
}

const char* past_value(const char* at, const char* end, int left) {
  if (left < 0 || at == end) return nullptr;
  const auto head = static_cast<unsigned char>(*at);
  if ((head & 0xE0) == 0xA0 || (head >= 0xD9 && head <= 0xDB)) return past_text(at, end);
  ++at;
  if (head <= 0x7F || head >= 0xE0 || head == 0xC0 || head == 0xC2 || head == 0xC3) return at;
  if ((head & 0xF0) == 0x80) return past_entries(at, end, head & 0x0F, left - 1);
  if ((head & 0xF0) == 0x90) return past_items(at, end, head & 0x0F, left - 1);
  if (head == 0xCA || head == 0xCB) return past_bytes(at, end, head == 0xCA ? 4 : 8);
  if (head >= 0xCC && head <= 0xD3) return past_bytes(at, end, 1U << (head & 3));
  if (head < 0xDC) return nullptr;  // bin, extension types and the unused byte: no JSON value
  const std::size_t width = (head & 1) == 0 ? 2 : 4;
  const char* const from = past_bytes(at, end, width);
  if (from == nullptr) return nullptr;
  const std::uint64_t count = number_at(at, width);
  return head < 0xDE ? past_items(from, end, count, left - 1) : past_entries(from, end, count, left - 1);
}

}  // namespace

void MsgWriter::map(std::uint32_t entries) {
  StringBuffer buffer{out_};
  packer(buffer).pack_map(entries);
}
void MsgWriter::array(std::uint32_t items) {
  StringBuffer buffer{out_};
  packer(buffer).pack_array(items);
}
void MsgWriter::str(std::string_view text) {
  StringBuffer buffer{out_};
  packer(buffer).pack_str(static_cast<std::uint32_t>(text.size()));
  out_.append(text);
}
void MsgWriter::bin(std::string_view bytes) {
  StringBuffer buffer{out_};
  packer(buffer).pack_bin(static_cast<std::uint32_t>(bytes.size()));
  out_.append(bytes);
}
void MsgWriter::uint(std::uint64_t number) {
  StringBuffer buffer{out_};
  packer(buffer).pack(number);
}
void MsgWriter::integer(std::int64_t number) {
  StringBuffer buffer{out_};
  packer(buffer).pack(number);
}
void MsgWriter::real(double number) {
  StringBuffer buffer{out_};
  packer(buffer).pack(number);
}
void MsgWriter::boolean(bool flag) { out_ += static_cast<char>(flag ? 0xC3 : 0xC2); }
void MsgWriter::nil() { out_ += static_cast<char>(0xC0); }
void MsgWriter::raw(const Payload& payload) {
  if (payload.empty()) {
    nil();
  } else {
    out_.append(payload.bytes());
  }
}

std::uint64_t MsgReader::big_endian(std::size_t bytes) {
  if (!ok_ || bytes > bytes_.size() - at_) {
    ok_ = false;
    return 0;
  }
  const std::uint64_t number = number_at(bytes_.data() + at_, bytes);
  at_ += bytes;
  return number;
}

std::string_view MsgReader::span(std::uint64_t size) {
  if (!ok_ || size > bytes_.size() - at_) {
    ok_ = false;
    return {};
  }
  const auto found = bytes_.substr(at_, size);
  at_ += size;
  return found;
}

std::uint32_t MsgReader::map() {
  const unsigned char head = take();
  if ((head & 0xF0) == 0x80) return head & 0x0F;
  if (head == 0xDE) return static_cast<std::uint32_t>(big_endian(2));
  if (head == 0xDF) return static_cast<std::uint32_t>(big_endian(4));
  ok_ = false;
  return 0;
}

std::uint32_t MsgReader::array() {
  const unsigned char head = take();
  if ((head & 0xF0) == 0x90) return head & 0x0F;
  if (head == 0xDC) return static_cast<std::uint32_t>(big_endian(2));
  if (head == 0xDD) return static_cast<std::uint32_t>(big_endian(4));
  ok_ = false;
  return 0;
}

std::string_view MsgReader::str() {
  const unsigned char head = take();
  if ((head & 0xE0) == 0xA0) return span(head & 0x1F);
  if (head == 0xD9) return span(big_endian(1));
  if (head == 0xDA) return span(big_endian(2));
  if (head == 0xDB) return span(big_endian(4));
  ok_ = false;
  return {};
}

std::string_view MsgReader::bin() {
  const unsigned char head = take();
  if (head == 0xC4) return span(big_endian(1));
  if (head == 0xC5) return span(big_endian(2));
  if (head == 0xC6) return span(big_endian(4));
  ok_ = false;
  return {};
}

std::uint64_t MsgReader::uint() {
  const unsigned char head = take();
  if (head <= 0x7F) return head;
  if (head >= 0xCC && head <= 0xCF) return big_endian(1U << (head - 0xCC));
  ok_ = false;
  return 0;
}

std::int64_t MsgReader::integer() {
  const unsigned char head = peek();
  if (head >= 0xE0) return static_cast<std::int8_t>(take());
  if (head < 0xD0 || head > 0xD3) {
    const std::uint64_t number = uint();
    if (number > static_cast<std::uint64_t>(INT64_MAX)) ok_ = false;
    return ok_ ? static_cast<std::int64_t>(number) : 0;
  }
  take();
  const unsigned width = 1U << (head - 0xD0);
  const std::uint64_t raw = big_endian(width);
  const unsigned shift = 64 - width * 8;
  return static_cast<std::int64_t>(raw << shift) >> shift;
}

double MsgReader::real() {
  const unsigned char head = peek();
  if (head != 0xCA && head != 0xCB) return static_cast<double>(integer());
  take();
  if (head == 0xCA) return std::bit_cast<float>(static_cast<std::uint32_t>(big_endian(4)));
  return std::bit_cast<double>(big_endian(8));
}

bool MsgReader::boolean() {
  const unsigned char head = take();
  if (head != 0xC2 && head != 0xC3) ok_ = false;
  return head == 0xC3;
}

bool MsgReader::nil() {
  if (peek() != 0xC0) return false;
  take();
  return true;
}

std::string_view MsgReader::skip(int deepest) {
  const std::size_t begin = at_;
  const char* const end = bytes_.data() + bytes_.size();
  const char* const past = ok_ ? past_value(bytes_.data() + at_, end, deepest) : nullptr;
  if (past == nullptr) {
    ok_ = false;
    return {};
  }
  at_ = static_cast<std::size_t>(past - bytes_.data());
  return bytes_.substr(begin, at_ - begin);
}

Payload MsgReader::payload() {
  if (nil()) return {};
  const auto bytes = skip();
  return ok_ ? Payload::from_msgpack(std::string(bytes)) : Payload();
}

Status check_msgpack(std::string_view bytes, int deepest) {
  MsgReader reader(bytes);
  reader.skip(deepest);
  if (!reader.ok() || !reader.at_end()) {
    return fail(ErrorKind::kInvalid, "bad-msgpack", "the bytes are not one msgpack value of JSON's types");
  }
  return {};
}

}  // namespace skald
