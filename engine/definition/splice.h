#pragma once

// A document whose expressions are all paths, such as `$context.items`, is put together from the bytes of what it sees,
// and nothing of that is parsed.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skald::definition {

// `.a.b` or `$variable.a.b`.
struct Path {
  std::string variable;  // without the dollar sign; empty: `.`
  std::vector<std::string> fields;
};

// What an expression sees (Scope), as msgpack.
class ByteScope {
 public:
  virtual ~ByteScope() = default;

  struct Found {
    std::string_view bytes;  // one value; until the next call
    std::size_t fields = 0;  // how many of the path's fields lead to it
  };
  // Where the path begins. None: its bytes are not at hand.
  virtual std::optional<Found> find(const Path& path) = 0;
};

// Immutable; safe to share between threads.
class Splice {
 public:
  // Both: behind what was added before.
  void add(std::string_view bytes) { end_ += bytes; }
  void add(Path path);

  // The document's msgpack. None where it would be longer than `max_bytes`, and where a path leads into what has no
  // fields, which is an error of the expression, or its bytes are not at hand.
  std::optional<std::string> join(ByteScope& scope, std::size_t max_bytes) const;

 private:
  struct Piece {
    std::string before;
    Path path;
  };
  std::vector<Piece> pieces_;
  std::string end_;
};

}  // namespace skald::definition
