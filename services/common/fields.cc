#include "services/common/fields.h"

#include <fmt/format.h>

#include "services/common/products.h"

namespace skald::services {
namespace {

tl::unexpected<Error> bad_field(const std::string& name, std::string_view must) {
  return fail(ErrorKind::kInvalid, "bad-field", fmt::format("the field '{}' must be {}", name, must));
}

const Value* find(const Value& body, const std::string& name) {
  if (!body.is_object()) return nullptr;
  const auto field = body.find(name);
  return field == body.end() ? nullptr : &*field;
}

}  // namespace

Result<std::string> text_field(const Value& body, const std::string& name, std::size_t max) {
  const Value* field = find(body, name);
  const bool good = field != nullptr && field->is_string() && !field->get_ref<const std::string&>().empty() &&
                    field->get_ref<const std::string&>().size() <= max;
  if (!good) return bad_field(name, fmt::format("a text of 1 to {} bytes", max));
  return field->get<std::string>();
}

Result<std::int64_t> integer_field(const Value& body, const std::string& name, std::int64_t min, std::int64_t max) {
  const Value* field = find(body, name);
  std::int64_t number = 0;
  bool good = field != nullptr && field->is_number();
  if (good) {
    // 5.0 is 5: what came through a JSON tool that knows only doubles is taken.
    const double real = field->get<double>();
    good = real >= static_cast<double>(min) && real <= static_cast<double>(max);
    if (good) number = field->get<std::int64_t>();
    if (good && field->is_number_float()) good = static_cast<double>(number) == real;
  }
  if (!good) return bad_field(name, fmt::format("a whole number from {} to {}", min, max));
  return number;
}

Result<double> number_field(const Value& body, const std::string& name, double min, double max, double otherwise) {
  const Value* field = find(body, name);
  if (field == nullptr) return otherwise;
  if (!field->is_number() || field->get<double>() < min || field->get<double>() > max) {
    return bad_field(name, fmt::format("a number from {} to {}", min, max));
  }
  return field->get<double>();
}

Result<Items> items_field(const Value& body) {
  const Value* field = find(body, "items");
  if (field == nullptr || !field->is_array() || field->empty() || field->size() > kMaxItems) {
    return bad_field("items", fmt::format("an array of 1 to {} objects with 'sku' and 'quantity'", kMaxItems));
  }
  Items items;
  for (const Value& line : *field) {
    SKALD_ASSIGN(std::string sku, text_field(line, "sku"));
    SKALD_TRY(find_product(sku));
    SKALD_ASSIGN(std::int64_t quantity, integer_field(line, "quantity", 1, kMaxQuantity));
    items[sku] += quantity;
  }
  return items;
}

Value items_json(const Items& items) {
  Value list = Value::array();
  for (const auto& [sku, quantity] : items) list.push_back({{"sku", sku}, {"quantity", quantity}});
  return list;
}

}  // namespace skald::services
