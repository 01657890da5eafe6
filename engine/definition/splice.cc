#include "engine/definition/splice.h"

#include "engine/base/msgpack.h"

namespace skald::definition {
namespace {

constexpr char kNil = '\xC0';

// What stands behind these fields; behind those that are not there, and behind null, is null.
std::optional<std::string_view> walk(std::string_view bytes, const Path& path, std::size_t from) {
  static constexpr std::string_view kNull(&kNil, 1);
  for (std::size_t i = from; i < path.fields.size(); ++i) {
    if (bytes == kNull) return kNull;
    MsgReader reader(bytes);
    std::string_view found = kNull;
    for (std::uint32_t left = reader.map(); reader.ok() && left > 0; --left) {
      const bool is_it = reader.str() == path.fields[i];
      const std::string_view value = reader.skip();
      if (is_it) found = value;  // of equal keys the last one counts, as in a Value
    }
    if (!reader.ok()) return std::nullopt;
    bytes = found;
  }
  return bytes;
}

}  // namespace

void Splice::add(Path path) {
  pieces_.push_back({std::move(end_), std::move(path)});
  end_.clear();
}

std::optional<std::string> Splice::join(ByteScope& scope, std::size_t max_bytes) const {
  std::string joined;
  for (const Piece& piece : pieces_) {
    const auto begin = scope.find(piece.path);
    if (!begin) return std::nullopt;
    const auto bytes = walk(begin->bytes, piece.path, begin->fields);
    if (!bytes || joined.size() + piece.before.size() + bytes->size() > max_bytes) return std::nullopt;
    joined.append(piece.before).append(*bytes);
  }
  if (joined.size() + end_.size() > max_bytes) return std::nullopt;
  return joined += end_;
}

}  // namespace skald::definition
