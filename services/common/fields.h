#pragma once

// Reading the fields of a request's body. Every error is "bad-field" (kInvalid) and names the field and what it must
// be.

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald::services {

inline constexpr std::size_t kMaxIdLength = 256;
inline constexpr std::size_t kMaxItems = 100;
inline constexpr std::int64_t kMaxQuantity = 1'000'000'000;
inline constexpr std::int64_t kMaxAmount = 1'000'000'000'000'000;  // cents; below 2^53, which every JSON reader holds

// Quantity by sku.
using Items = std::map<std::string, std::int64_t>;

// A text of 1 to `max` bytes.
Result<std::string> text_field(const Value& body, const std::string& name, std::size_t max = kMaxIdLength);
// A whole number from `min` to `max`.
Result<std::int64_t> integer_field(const Value& body, const std::string& name, std::int64_t min, std::int64_t max);
// A number from `min` to `max`, or `otherwise` where the field is absent.
Result<double> number_field(const Value& body, const std::string& name, double min, double max, double otherwise);

// The field "items": [{"sku", "quantity"}], of known products, 1 to kMaxItems of them. Lines of the same sku are added
// up. Error besides: "no-such-product" (kNotFound).
Result<Items> items_field(const Value& body);
Value items_json(const Items& items);

}  // namespace skald::services
