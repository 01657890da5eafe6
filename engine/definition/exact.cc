#include "engine/definition/exact.h"

#include <algorithm>
#include <cmath>

namespace skald::definition {
namespace {

__extension__ using Wide = __int128;

template <typename T>
int three_way(T a, T b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

bool is_real(const Value& value) { return value.is_number_float(); }

Wide whole(const Value& value) {
  return value.is_number_unsigned() ? Wide{value.get<std::uint64_t>()} : Wide{value.get<std::int64_t>()};
}

int compare_whole_to_real(Wide a, double b) {
  constexpr double kBeyond = 0x1p64;  // above what any of our integers reaches
  if (std::isnan(b) || b < -kBeyond) return 1;
  if (b > kBeyond) return -1;
  const double floor = std::floor(b);
  const auto down = static_cast<Wide>(floor);
  if (a != down) return three_way(a, down);
  return b > floor ? -1 : 0;
}

// The kinds of documents in an order of their own; all numbers are one kind.
int kind(const Value& value) {
  if (value.is_number()) return static_cast<int>(Value::value_t::number_float);
  return static_cast<int>(value.type());
}

int compare(const Value& a, const Value& b);

int compare_arrays(const Value& a, const Value& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (const int order = compare(a[i], b[i]); order != 0) return order;
  }
  return three_way(a.size(), b.size());
}

int compare_objects(const Value& a, const Value& b) {
  if (a.size() != b.size()) return three_way(a.size(), b.size());
  for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) {
    if (const int order = x.key().compare(y.key()); order != 0) return order;
    if (const int order = compare(*x, *y); order != 0) return order;
  }
  return 0;
}

int compare(const Value& a, const Value& b) {
  if (kind(a) != kind(b)) return three_way(kind(a), kind(b));
  if (a.is_number()) return compare_numbers(a, b);
  if (a.is_string()) return a.get_ref<const std::string&>().compare(b.get_ref<const std::string&>());
  if (a.is_array()) return compare_arrays(a, b);
  if (a.is_object()) return compare_objects(a, b);
  return a.is_boolean() ? three_way(a.get<bool>(), b.get<bool>()) : 0;
}

}  // namespace

int compare_numbers(const Value& a, const Value& b) {
  if (is_real(a) && is_real(b)) {
    const auto x = a.get<double>();
    const auto y = b.get<double>();
    return std::isnan(x) ? -1 : std::isnan(y) ? 1 : three_way(x, y);
  }
  if (is_real(a)) return -compare_whole_to_real(whole(b), a.get<double>());
  if (is_real(b)) return compare_whole_to_real(whole(a), b.get<double>());
  return three_way(whole(a), whole(b));
}

bool same(const Value& a, const Value& b) { return compare(a, b) == 0; }

bool before(const Value& a, const Value& b) { return compare(a, b) < 0; }

bool is_whole(const Value& number) {
  if (!is_real(number)) return true;
  const auto real = number.get<double>();
  return std::isfinite(real) && real == std::floor(real);
}

}  // namespace skald::definition
