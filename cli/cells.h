#pragma once

// A line of a screen: pieces with their looks, cut to a width before colour makes them longer.

#include <string>
#include <vector>

namespace skald::cli {

// Without control characters, which a terminal would obey.
std::string printable(const std::string& text);
// So many characters (of UTF-8), the last one an ellipsis where some were cut.
std::string cut(const std::string& text, std::size_t most);
std::size_t width_of(const std::string& text);

class Cells {
 public:
  // `look`: of SGR, as "1;33"; empty: as it is.
  Cells& add(const std::string& text, const std::string& look = "");
  // Filled up with spaces to this column.
  Cells& to(std::size_t column);
  std::size_t width() const { return width_; }
  // `grey`: all of it, instead of its looks.
  std::string text(std::size_t columns, bool colour, bool grey) const;

 private:
  struct Piece {
    std::string text, look;
  };
  std::vector<Piece> pieces_;
  std::size_t width_ = 0;
};

}  // namespace skald::cli
