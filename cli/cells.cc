#include "cli/cells.h"

#include <fmt/format.h>

#include <algorithm>

namespace skald::cli {
namespace {

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::string beginning(const std::string& text, std::size_t characters) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begins_character(text[i]) && ++seen > characters) return text.substr(0, i);
  }
  return text;
}

}  // namespace

std::string printable(const std::string& text) {
  std::string out = text;
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  // C1 controls, which some terminals obey, are two bytes in UTF-8: C2 80 to C2 9F.
  for (std::size_t i = 0; i + 1 < out.size(); ++i) {
    if (static_cast<unsigned char>(out[i]) == 0xC2 && static_cast<unsigned char>(out[i + 1]) < 0xA0) {
      out.replace(i, 2, " ");
    }
  }
  return out;
}

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string cut(const std::string& text, std::size_t most) {
  if (width_of(text) <= most) return text;
  return most == 0 ? "" : beginning(text, most - 1) + "…";
}

Cells& Cells::add(const std::string& text, const std::string& look) {
  pieces_.push_back({printable(text), look});
  width_ += width_of(pieces_.back().text);
  return *this;
}

Cells& Cells::to(std::size_t column) { return width_ < column ? add(std::string(column - width_, ' ')) : *this; }

std::string Cells::text(std::size_t columns, bool colour, bool grey) const {
  const bool fits = width_ <= columns;
  std::size_t left = fits ? columns : columns - std::min<std::size_t>(columns, 1);
  std::string out;
  for (const Piece& piece : pieces_) {
    const std::string text = beginning(piece.text, left);
    left -= width_of(text);
    const bool plain = !colour || grey || piece.look.empty() || text.empty();
    out += plain ? text : fmt::format("\033[{}m{}\033[0m", piece.look, text);
    if (text.size() < piece.text.size()) break;
  }
  if (!fits && columns > 0) out += "…";
  return colour && grey ? "\033[2m" + out + "\033[0m" : out;
}

}  // namespace skald::cli
