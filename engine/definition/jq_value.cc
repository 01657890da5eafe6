#include "engine/definition/jq_value.h"

#include <cmath>
#include <string>

namespace skald::definition {
namespace {

constexpr double kExactInteger = 9007199254740992.0;  // 2^53

std::string text_of(jv string) {
  return {jv_string_value(string), static_cast<std::size_t>(jv_string_length_bytes(jv_copy(string)))};
}

Value number_value(double number) {
  if (std::isfinite(number) && number == std::floor(number) && std::fabs(number) <= kExactInteger) {
    return static_cast<std::int64_t>(number);
  }
  return number;
}

}  // namespace

jv to_jv(const Value& value) {
  switch (value.type()) {
    case Value::value_t::boolean:
      return jv_bool(value.get<bool>() ? 1 : 0);
    case Value::value_t::number_integer:
    case Value::value_t::number_unsigned:
    case Value::value_t::number_float:
      return jv_number(value.get<double>());
    case Value::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      return jv_string_sized(text.data(), static_cast<int>(text.size()));
    }
    case Value::value_t::array: {
      jv array = jv_array();
      for (const auto& item : value) array = jv_array_append(array, to_jv(item));
      return array;
    }
    case Value::value_t::object: {
      jv object = jv_object();
      for (const auto& [key, item] : value.items()) {
        object = jv_object_set(object, jv_string_sized(key.data(), static_cast<int>(key.size())), to_jv(item));
      }
      return object;
    }
    default:
      return jv_null();
  }
}

Value from_jv(jv value) {
  Value made;
  switch (jv_get_kind(value)) {
    case JV_KIND_TRUE:
      made = true;
      break;
    case JV_KIND_FALSE:
      made = false;
      break;
    case JV_KIND_NUMBER:
      made = number_value(jv_number_value(value));
      break;
    case JV_KIND_STRING:
      made = text_of(value);
      break;
    case JV_KIND_ARRAY:
      made = Value::array();
      for (int i = 0; i < jv_array_length(jv_copy(value)); ++i)
        made.push_back(from_jv(jv_array_get(jv_copy(value), i)));
      break;
    case JV_KIND_OBJECT:
      made = Value::object();
      for (int at = jv_object_iter(value); jv_object_iter_valid(value, at); at = jv_object_iter_next(value, at)) {
        const jv key = jv_object_iter_key(value, at);
        made[text_of(key)] = from_jv(jv_object_iter_value(value, at));
        jv_free(key);
      }
      break;
    default:
      made = nullptr;
      break;
  }
  jv_free(value);
  return made;
}

}  // namespace skald::definition
