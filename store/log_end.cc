#include "store/log_end.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

namespace skald::store {
namespace {

enum class Part : std::uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

constexpr std::size_t kSequenceBytes = 8;          // with which each write begins
constexpr std::uint64_t kMostWrites = 1ULL << 32;  // of one log: what is far higher is no sequence number
using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

// RocksDB does not store a checksum as it is.
std::uint32_t masked(std::uint32_t crc) { return (crc >> 15 | crc << 17) + 0xa282ead8U; }

// As the header at a place says; nothing is compared yet.
struct Fragment {
  std::uint32_t crc;
  Part part;
  std::string_view data;
  std::size_t end;  // where the next one begins, but for a block's end

  bool begins() const { return part == Part::kFull || part == Part::kFirst; }
  bool ends() const { return part == Part::kFull || part == Part::kLast; }
};

// None where no part of a record can stand there.
std::optional<Fragment> header_at(std::string_view bytes, std::size_t at) {
  if (at + kLogHeader > bytes.size()) return std::nullopt;
  const std::string_view header = bytes.substr(at, kLogHeader);
  const auto length = static_cast<std::size_t>(little_endian(header.substr(4, 2)));
  const auto part = static_cast<std::uint8_t>(header[6]);
  const std::size_t end = at + kLogHeader + length;
  if (part < static_cast<std::uint8_t>(Part::kFull) || part > static_cast<std::uint8_t>(Part::kLast) ||
      end > bytes.size() || at % kLogBlock + kLogHeader + length > kLogBlock) {
    return std::nullopt;
  }
  return Fragment{static_cast<std::uint32_t>(little_endian(header.substr(0, 4))), static_cast<Part>(part),
                  bytes.substr(at + kLogHeader, length), end};
}

bool whole(std::string_view bytes, std::size_t at, const Fragment& fragment) {
  Crc32c crc;
  crc.process_bytes(bytes.data() + at + kLogHeader - 1, fragment.data.size() + 1);  // with what part it is
  return masked(crc.checksum()) == fragment.crc;
}

// Whether, at any place behind this one, a write of these numbers begins.
bool later_begins(std::string_view bytes, std::size_t at, std::uint64_t least) {
  for (; at + kLogHeader + kSequenceBytes <= bytes.size(); ++at) {
    const auto part = static_cast<Part>(bytes[at + kLogHeader - 1]);
    if (part != Part::kFull && part != Part::kFirst) continue;
    const std::uint64_t sequence = little_endian(bytes.substr(at + kLogHeader, kSequenceBytes));
    if (sequence < least || sequence - least > kMostWrites) continue;
    const auto fragment = header_at(bytes, at);
    if (fragment && whole(bytes, at, *fragment)) return true;
  }
  return false;
}

}  // namespace

LogEnd end_of_records(std::string_view bytes, std::size_t from, std::uint64_t least) {
  std::size_t end = from;
  std::size_t at = from;
  bool inside = false;
  std::string begin;  // of the record that `at` is in, as much as says its number
  std::optional<Fragment> fragment;
  while (true) {
    if (kLogBlock - at % kLogBlock < kLogHeader) at += kLogBlock - at % kLogBlock;
    fragment = header_at(bytes, at);
    if (!fragment || fragment->begins() == inside || !whole(bytes, at, *fragment)) break;
    if (!inside) begin.clear();
    const bool numbered = begin.size() == kSequenceBytes;
    begin += fragment->data.substr(0, kSequenceBytes - begin.size());
    if (!numbered && begin.size() == kSequenceBytes) {
      const std::uint64_t sequence = little_endian(begin);
      if (sequence < least) break;
      least = sequence;
    }
    at = fragment->end;
    inside = !fragment->ends();
    if (!inside) end = at;
  }
  // A torn write is not there to its end.
  const bool changed = fragment && fragment->ends() && fragment->end == bytes.size() && !whole(bytes, at, *fragment);
  return {end, changed || later_begins(bytes, std::min(at, bytes.size()), least)};
}

Result<LogEnd> find_log_end(const std::string& path, std::uint64_t from, std::uint64_t least) {
  const std::uint64_t skipped = from - from % kLogBlock;
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::uint64_t>(std::max<std::streamoff>(in.tellg(), 0));
  std::string bytes(size - std::min(size, skipped), '\0');
  in.seekg(static_cast<std::streamoff>(skipped));
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!in.is_open() || in.bad()) {
    return fail(ErrorKind::kDamaged, "unreadable-log",
                fmt::format("the saga log's file {} cannot be read: {}; look at the disk, or restore a backup", path,
                            std::strerror(errno)));
  }
  bytes.resize(static_cast<std::size_t>(in.gcount()));  // an engine may have cut it meanwhile
  LogEnd end = end_of_records(bytes, from - skipped, least);
  end.bytes += skipped;
  return end;
}

}  // namespace skald::store
