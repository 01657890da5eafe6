// The formats that are checked. The others are what the standard calls annotations.

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "engine/definition/schema_node.h"

namespace skald::definition {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Takes `digits` digits from the front; -1 where they are not there.
int take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits ||
      !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(digits), is_digit)) {
    return -1;
  }
  int number = 0;
  for (std::size_t i = 0; i < digits; ++i) number = number * 10 + (text[i] - '0');
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool within(int number, int low, int high) { return number >= low && number <= high; }

int days_of(int year, int month) {
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (month == 2) return leap ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// RFC 3339, section 5.6: full-date, full-time
bool take_date(std::string_view& text) {
  const int year = take_number(text, 4);
  if (year < 0 || !take(text, '-')) return false;
  const int month = take_number(text, 2);
  if (!within(month, 1, 12) || !take(text, '-')) return false;
  return within(take_number(text, 2), 1, days_of(year, month));
}

bool take_clock(std::string_view& text) {
  return within(take_number(text, 2), 0, 23) && take(text, ':') && within(take_number(text, 2), 0, 59);
}

bool is_time(std::string_view text) {
  // The 60th second is a leap second.
  if (!take_clock(text) || !take(text, ':') || !within(take_number(text, 2), 0, 60)) return false;
  if (take(text, '.')) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    if (end == text.begin()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  }
  if (text == "Z" || text == "z") return true;
  return (take(text, '+') || take(text, '-')) && take_clock(text) && text.empty();
}

bool is_date(std::string_view text) { return take_date(text) && text.empty(); }

bool is_date_time(std::string_view text) {
  return take_date(text) && (take(text, 'T') || take(text, 't')) && is_time(text);
}

// 8-4-4-4-12
bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_address(int family, std::string_view text) {
  std::array<unsigned char, 16> address{};
  return text.size() < 64 && text.find('\0') == std::string_view::npos &&
         ::inet_pton(family, std::string(text).c_str(), address.data()) == 1;
}

bool is_ipv4(std::string_view text) { return is_address(AF_INET, text); }
bool is_ipv6(std::string_view text) { return is_address(AF_INET6, text); }

// One `@` that has something on both sides; what may stand there is for the mail server to say.
bool is_email(std::string_view text) {
  const auto at = text.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.find_first_of(" \t\r\n") == text.npos;
}

struct Format {
  std::string_view name;
  bool (*is)(std::string_view text);
};
constexpr std::array<Format, 7> kFormats{{{"date", is_date},
                                          {"time", is_time},
                                          {"date-time", is_date_time},
                                          {"uuid", is_uuid},
                                          {"ipv4", is_ipv4},
                                          {"ipv6", is_ipv6},
                                          {"email", is_email}}};

const Format* find(std::string_view name) {
  const auto* at =
      std::find_if(kFormats.begin(), kFormats.end(), [&](const Format& each) { return each.name == name; });
  return at == kFormats.end() ? nullptr : at;
}

}  // namespace

bool known_format(std::string_view format) { return find(format) != nullptr; }

bool is_of_format(std::string_view format, std::string_view text) {
  const Format* known = find(format);
  return known == nullptr || known->is(text);
}

}  // namespace skald::definition
