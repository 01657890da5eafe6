// By hand and not by std::regex: that recurses with every character, and a document may be one scalar.

#include "engine/definition/plain_scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace skald::definition {
namespace {

constexpr std::size_t kMostShown = 40;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_octal(char c) { return c >= '0' && c <= '7'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

template <typename Is>
bool all(std::string_view text, Is is) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is);
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text;
}

// Takes the digits at the front; how many there were.
std::size_t take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(count);
  return count;
}

bool is_decimal(std::string_view text) { return all(without_sign(text), is_digit); }

// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?
bool is_real(std::string_view text) {
  text = without_sign(text);
  std::size_t digits = take_digits(text);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    digits += take_digits(text);
  }
  if (digits == 0 || text.empty()) return digits > 0;
  return (text.front() == 'e' || text.front() == 'E') && is_decimal(text.substr(1));
}

bool is_not_finite(std::string_view text) {
  const std::string_view name = without_sign(text);
  for (const char* each : {".inf", ".Inf", ".INF"}) {
    if (name == each) return true;
  }
  return text == ".nan" || text == ".NaN" || text == ".NAN";
}

tl::unexpected<Error> refused(std::string_view text, std::string_view why) {
  const std::string_view dots = text.size() > kMostShown ? "..." : "";
  return fail(ErrorKind::kInvalid, "bad-definition",
              fmt::format("the number {}{} {}", text.substr(0, kMostShown), dots, why));
}

template <typename Number>
bool read(std::string_view digits, Number& number, int base) {
  return std::from_chars(digits.data(), digits.data() + digits.size(), number, base).ec == std::errc();
}

Result<Value> real(std::string_view text) {
  const std::string_view number = text.front() == '+' ? text.substr(1) : text;
  double value = 0;
  if (std::from_chars(number.data(), number.data() + number.size(), value).ec != std::errc()) {
    return refused(text, "is out of range");
  }
  return Value(value);
}

Result<Value> decimal(std::string_view text) {
  if (text.front() == '-') {
    std::int64_t number = 0;
    if (read(text, number, 10)) return Value(number);
  } else {
    std::uint64_t number = 0;
    if (read(without_sign(text), number, 10)) return Value(number);
  }
  return real(text);
}

Result<Value> based(std::string_view text, int base) {
  std::uint64_t number = 0;
  if (!read(text.substr(2), number, base)) return refused(text, "does not fit into 64 bits");
  return Value(number);
}

}  // namespace

Result<Value> resolve_plain(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return Value(nullptr);
  if (text == "true" || text == "True" || text == "TRUE") return Value(true);
  if (text == "false" || text == "False" || text == "FALSE") return Value(false);
  if (is_decimal(text)) return decimal(text);
  if (text.substr(0, 2) == "0o" && all(text.substr(2), is_octal)) return based(text, 8);
  if (text.substr(0, 2) == "0x" && all(text.substr(2), is_hex)) return based(text, 16);
  if (is_not_finite(text)) return refused(text, "is none that JSON has");
  if (is_real(text)) return real(text);
  return Value(std::string(text));
}

}  // namespace skald::definition
