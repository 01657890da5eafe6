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

unsigned char MsgReader::take() {
  if (!ok_ || at_ >= bytes_.size()) {
    ok_ = false;
    return 0xC1;  // never used in msgpack
  }
  return static_cast<unsigned char>(bytes_[at_++]);
}

unsigned char MsgReader::peek() const {
  return ok_ && at_ < bytes_.size() ? static_cast<unsigned char>(bytes_[at_]) : 0xC1;
}

std::uint64_t MsgReader::big_endian(int bytes) {
  std::uint64_t number = 0;
  for (int i = 0; i < bytes; ++i) number = number << 8 | take();
  return ok_ ? number : 0;
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
  if (head >= 0xCC && head <= 0xCF) return big_endian(1 << (head - 0xCC));
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
  const int width = 1 << (head - 0xD0);
  const std::uint64_t raw = big_endian(width);
  const int shift = 64 - width * 8;
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

void MsgReader::skip_value(int left) {
  if (left < 0) ok_ = false;
  if (!ok_) return;
  const unsigned char head = peek();
  const bool is_map = (head & 0xF0) == 0x80 || head == 0xDE || head == 0xDF;
  const bool is_array = (head & 0xF0) == 0x90 || head == 0xDC || head == 0xDD;
  if (is_map) {
    for (std::uint32_t entries = map(); ok_ && entries > 0; --entries) {
      str();
      skip_value(left - 1);
    }
  } else if (is_array) {
    for (std::uint32_t items = array(); ok_ && items > 0; --items) skip_value(left - 1);
  } else if ((head & 0xE0) == 0xA0 || (head >= 0xD9 && head <= 0xDB)) {
    str();
  } else if (head == 0xCA || head == 0xCB) {
    real();
  } else if (head == 0xC2 || head == 0xC3 || head == 0xC0) {
    take();
  } else if (head <= 0x7F || (head >= 0xCC && head <= 0xCF)) {
    uint();
  } else if (head >= 0xD0 && (head <= 0xD3 || head >= 0xE0)) {
    integer();
  } else {
    ok_ = false;  // bin, extension types and the unused byte: no JSON value
  }
}

std::string_view MsgReader::skip(int deepest) {
  const std::size_t begin = at_;
  skip_value(deepest);
  return ok_ ? bytes_.substr(begin, at_ - begin) : std::string_view();
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
