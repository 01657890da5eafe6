// Holds a value against a compiled schema. What it does is counted in steps, so that no pair of schema and value takes
// long.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "engine/definition/exact.h"
#include "engine/definition/schema_node.h"
#include "engine/definition/schema_refs.h"

namespace skald::definition {
namespace {

using Index = SchemaNode::Index;

constexpr std::size_t kMaxShownBytes = 80;
constexpr std::size_t kMaxShownValues = 8;

std::uint8_t type_of(const Value& value) {
  if (value.is_null()) return kNullType;
  if (value.is_boolean()) return kBooleanType;
  if (value.is_number()) return is_whole(value) ? kIntegerType : kNumberType;
  if (value.is_string()) return kStringType;
  return value.is_array() ? kArrayType : kObjectType;
}

// "a string or null"
std::string names_of(std::uint8_t types) {
  constexpr std::array<std::pair<std::uint8_t, std::string_view>, 7> kNames{{{kObjectType, "an object"},
                                                                             {kArrayType, "an array"},
                                                                             {kStringType, "a string"},
                                                                             {kNumberType, "a number"},
                                                                             {kIntegerType, "an integer"},
                                                                             {kBooleanType, "true or false"},
                                                                             {kNullType, "null"}}};
  std::vector<std::string_view> names;
  for (const auto& [bit, name] : kNames) {
    const bool covered = bit == kIntegerType && (types & kNumberType) != 0;
    if ((types & bit) != 0 && !covered) names.push_back(name);
  }
  return fmt::format("{}", fmt::join(names, " or "));
}

// At most so much of a text of the schema's.
std::string brief(const std::string& text) {
  if (text.size() <= kMaxShownBytes) return text;
  std::size_t end = kMaxShownBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::string brief(const Value& value) { return brief(to_json(value)); }

std::uint64_t code_points(std::string_view text) {
  return static_cast<std::uint64_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_multiple(const Value& value, const Value& of) {
  const bool whole = !value.is_number_float() && !of.is_number_float();
  if (whole) {
    // Magnitudes: uint64 holds those of all our integers.
    const auto magnitude = [](const Value& number) {
      if (number.is_number_unsigned()) return number.get<std::uint64_t>();
      const auto signed_number = number.get<std::int64_t>();
      return signed_number < 0 ? 0 - static_cast<std::uint64_t>(signed_number)
                               : static_cast<std::uint64_t>(signed_number);
    };
    return magnitude(value) % magnitude(of) == 0;
  }
  // Decimal fractions are not quite what they say in binary: 0.0075 is a multiple of 0.0001.
  const auto number = value.get<double>();
  const auto divisor = of.get<double>();
  const double left = std::fabs(std::remainder(number, divisor));
  const double error = std::min(4 * std::fabs(number) * std::numeric_limits<double>::epsilon(), 1e-9 * divisor);
  return left <= error;
}

class Check {
 public:
  explicit Check(const Schema::Tree& tree) : tree_(tree) {}

  Status run(const Value& value) {
    const bool good = node(0, value);
    if (!limit_.empty()) return fail(ErrorKind::kTooLarge, "schema-limit", limit_);
    if (good) return {};
    const bool more = mismatches_.size() >= kMaxMismatches;
    return fail(ErrorKind::kInvalid, "schema-mismatch",
                fmt::format("{}{}", fmt::join(mismatches_, "; "), more ? "; ..." : ""));
  }

 private:
  // One step of the way into the value: a key, or an index.
  struct Step {
    const std::string* key = nullptr;
    std::size_t index = 0;
  };

  // False once the limit is reached; everything is given up then.
  bool step(std::size_t count = 1) {
    steps_ += count;
    if (steps_ > kMaxSchemaSteps) limit("the schema takes too long on this value; make one of them smaller");
    return limit_.empty();
  }
  void limit(const char* what) {
    if (limit_.empty()) limit_ = what;
  }
  // Whether to look for no more mismatches.
  bool enough() const { return muted_ > 0 || mismatches_.size() >= kMaxMismatches || !limit_.empty(); }

  bool mismatch(std::string_view what) {
    if (enough()) return false;
    std::string place;
    for (const Step& each : path_) {
      place += "/" + (each.key != nullptr ? pointer_token(*each.key) : std::to_string(each.index));
    }
    mismatches_.push_back(place.empty() ? std::string(what) : fmt::format("{}: {}", place, what));
    return false;
  }

  bool inside(Index index, const Value& value, Step where) {
    path_.push_back(where);
    const bool good = node(index, value);
    path_.pop_back();
    return good;
  }

  // Whether it fits, without a word.
  bool fits(Index index, const Value& value) {
    ++muted_;
    const bool good = node(index, value);
    --muted_;
    return good;
  }

  bool node(Index index, const Value& value) {
    if (!step()) return false;
    if (++depth_ > kMaxSchemaNesting) limit("schema and value are nested too deeply in one another");
    const bool good = limit_.empty() && all_of(tree_.nodes[index], value);
    --depth_;
    return good;
  }

  bool all_of(const SchemaNode& schema, const Value& value) {
    if (schema.nothing) return mismatch("nothing may stand here");
    const std::uint8_t type = type_of(value);
    if (schema.types != 0 && (schema.types & type) == 0) {
      return mismatch(fmt::format("expected {}, found {}", names_of(schema.types), names_of(type)));
    }
    using Part = bool (Check::*)(const SchemaNode&, const Value&);
    static constexpr Part kParts[] = {&Check::values, &Check::own, &Check::combined};
    bool good = true;
    for (const Part part : kParts) {
      good = (this->*part)(schema, value) && good;
      if (!good && enough()) return false;
    }
    return good;
  }

  // What is asked of values of this type alone.
  bool own(const SchemaNode& schema, const Value& value) {
    if (value.is_number()) return number(schema, value);
    if (value.is_string()) return text(schema, value.get_ref<const std::string&>());
    if (value.is_array()) return array(schema, value);
    return !value.is_object() || object(schema, value);
  }

  bool values(const SchemaNode& schema, const Value& value) {
    if (!schema.has_values) return true;
    if (!step(schema.values.size())) return false;
    for (const Value& each : schema.values) {
      if (same(each, value)) return true;
    }
    std::vector<std::string> known;
    for (std::size_t i = 0; i < std::min(schema.values.size(), kMaxShownValues); ++i)
      known.push_back(brief(schema.values[i]));
    return mismatch(fmt::format("expected {}{}{}", known.size() == 1 ? "" : "one of ", fmt::join(known, ", "),
                                schema.values.size() > known.size() ? ", ..." : ""));
  }

  bool number(const SchemaNode& schema, const Value& value) {
    const auto bound = [&](const std::optional<Value>& limit, bool fits, std::string_view what) {
      return fits || mismatch(fmt::format("expected a number {} {}", what, brief(*limit)));
    };
    const auto order = [&](const std::optional<Value>& limit) { return compare_numbers(value, *limit); };
    bool good = true;
    if (schema.minimum) good = bound(schema.minimum, order(schema.minimum) >= 0, "of at least") && good;
    if (schema.maximum) good = bound(schema.maximum, order(schema.maximum) <= 0, "of at most") && good;
    if (schema.above) good = bound(schema.above, order(schema.above) > 0, "above") && good;
    if (schema.below) good = bound(schema.below, order(schema.below) < 0, "below") && good;
    if (schema.multiple_of) {
      good = bound(schema.multiple_of, is_multiple(value, *schema.multiple_of), "that is a multiple of") && good;
    }
    return good;
  }

  struct Noun {
    std::string_view one;
    std::string_view many;
  };
  bool counted(std::uint64_t count, SchemaNode::Count least, SchemaNode::Count most, Noun noun) {
    const auto said = [&](std::string_view bound, std::uint64_t limit) {
      return mismatch(
          fmt::format("expected at {} {} {}, found {}", bound, limit, limit == 1 ? noun.one : noun.many, count));
    };
    if (least && count < *least) return said("least", *least);
    if (most && count > *most) return said("most", *most);
    return true;
  }

  bool found(const Pattern& pattern, const std::string& in) {
    constexpr std::size_t kStepsBefore = Pattern::kMatchSteps / Pattern::kMatchStepsPerByte;
    if (!step(kStepsBefore + in.size())) return false;
    const auto match = pattern.find_in(in);
    if (match == Pattern::Match::kTooLong)
      limit("a pattern of the schema goes back and forth too often; make it simpler");
    return match == Pattern::Match::kYes;
  }

  bool text(const SchemaNode& schema, const std::string& value) {
    bool good = true;
    if (schema.min_length || schema.max_length) {
      good = counted(code_points(value), schema.min_length, schema.max_length, {"character", "characters"});
    }
    if (schema.pattern && !found(*schema.pattern, value)) {
      good = mismatch(fmt::format("expected a text that matches {}", brief(schema.pattern->text())));
    }
    if (!schema.format.empty() && !is_of_format(schema.format, value)) {
      good = mismatch(fmt::format("expected a text of the format '{}'", schema.format));
    }
    return good;
  }

  bool array(const SchemaNode& schema, const Value& value) {
    bool good = counted(value.size(), schema.min_items, schema.max_items, {"item", "items"});
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!good && enough()) return false;
      if (i < schema.prefix.size()) {
        good = inside(schema.prefix[i], value[i], {nullptr, i}) && good;
      } else if (schema.items) {
        good = inside(*schema.items, value[i], {nullptr, i}) && good;
      } else {
        break;
      }
    }
    if (schema.unique) good = unique(value) && good;
    if (schema.contains) good = contains(schema, value) && good;
    return good;
  }

  bool unique(const Value& array) {
    if (!step(array.size())) return false;
    std::vector<std::size_t> order(array.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return before(array[a], array[b]); });
    const auto twice = std::adjacent_find(order.begin(), order.end(),
                                          [&](std::size_t a, std::size_t b) { return same(array[a], array[b]); });
    if (twice == order.end()) return true;
    const auto [first, second] = std::minmax(*twice, *std::next(twice));
    return mismatch(fmt::format("the items {} and {} are the same; each may stand here once", first, second));
  }

  bool contains(const SchemaNode& schema, const Value& array) {
    std::uint64_t count = 0;
    for (const auto& item : array) count += fits(*schema.contains, item) ? 1 : 0;
    return counted(count, schema.min_contains.value_or(1), schema.max_contains,
                   {"item as 'contains' says", "items as 'contains' says"});
  }

  bool object(const SchemaNode& schema, const Value& value) {
    bool good = counted(value.size(), schema.min_properties, schema.max_properties, {"property", "properties"});
    for (const auto& name : schema.required) good = has(value, name, "") && good;
    for (const auto& [when, names] : schema.dependent_required) {
      if (!value.contains(when)) continue;
      for (const auto& name : names) good = has(value, name, fmt::format(", which '{}' asks for", when)) && good;
    }
    for (auto at = value.begin(); at != value.end(); ++at) {
      if (!good && enough()) return false;
      good = property(schema, at.key(), *at) && good;
    }
    return good;
  }

  bool has(const Value& object, const std::string& name, std::string_view why) {
    return step() && (object.contains(name) || mismatch(fmt::format("the property '{}' is missing{}", name, why)));
  }

  bool property(const SchemaNode& schema, const std::string& name, const Value& value) {
    bool good = true;
    bool known = false;
    if (schema.names && !fits(*schema.names, name)) {
      good = mismatch(fmt::format("the property name '{}' is not as 'propertyNames' says", name));
    }
    if (const auto at = schema.properties.find(name); at != schema.properties.end()) {
      known = true;
      good = inside(at->second, value, {&name}) && good;
    }
    for (const auto& [pattern, index] : schema.pattern_properties) {
      if (!found(pattern, name)) continue;
      known = true;
      good = inside(index, value, {&name}) && good;
    }
    if (known || !schema.additional) return good;
    if (!tree_.nodes[*schema.additional].nothing) return inside(*schema.additional, value, {&name}) && good;
    return unknown(schema, name);
  }

  bool unknown(const SchemaNode& schema, const std::string& name) {
    if (enough()) return false;
    std::vector<std::string_view> known;
    for (const auto& [each, ignored] : schema.properties) known.push_back(each);
    const auto meant = nearest(name, known);
    return mismatch(fmt::format("there is no property '{}' here{}", name,
                                meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant)));
  }

  // The schemas that are asked of the same value.
  bool combined(const SchemaNode& schema, const Value& value) {
    bool good = !schema.reference || node(*schema.reference, value);
    for (const Index each : schema.all_of) {
      if (!good && enough()) return false;
      good = node(each, value) && good;
    }
    if (!schema.any_of.empty()) good = any(schema.any_of, value) && good;
    if (!schema.one_of.empty()) good = one(schema.one_of, value) && good;
    if (schema.negated && fits(*schema.negated, value)) good = mismatch("it is as 'not' says that it must not be");
    if (schema.condition) {
      const auto& branch = fits(*schema.condition, value) ? schema.then : schema.otherwise;
      if (branch) good = node(*branch, value) && good;
    }
    for (const auto& [when, index] : schema.dependent_schemas) {
      if (value.is_object() && value.contains(when)) good = node(index, value) && good;
    }
    return good;
  }

  bool any(const std::vector<Index>& schemas, const Value& value) {
    for (const Index each : schemas) {
      if (fits(each, value)) return true;
    }
    return none_fits("anyOf", schemas, value);
  }

  bool one(const std::vector<Index>& schemas, const Value& value) {
    std::vector<std::size_t> fitting;
    for (std::size_t i = 0; i < schemas.size(); ++i) {
      if (fits(schemas[i], value)) fitting.push_back(i);
    }
    if (fitting.size() == 1) return true;
    if (fitting.empty()) return none_fits("oneOf", schemas, value);
    return mismatch(fmt::format("it is as {} of 'oneOf' say, the first being {} and {}; it may be as one says",
                                fitting.size(), fitting[0], fitting[1]));
  }

  // Where one alternative alone is for values of this type, what it misses is what a reader wants to know.
  bool none_fits(std::string_view keyword, const std::vector<Index>& schemas, const Value& value) {
    std::vector<Index> candidates;
    std::uint8_t types = 0;
    for (const Index each : schemas) {
      const SchemaNode& schema = followed(each);
      types |= schema.types;
      if (schema.types == 0 || (schema.types & type_of(value)) != 0) candidates.push_back(each);
    }
    if (enough()) return false;
    if (candidates.size() == 1) return node(candidates.front(), value);
    if (candidates.empty())
      return mismatch(fmt::format("expected {}, found {}", names_of(types), names_of(type_of(value))));
    return mismatch(fmt::format("it is as none of the {} schemas of '{}' says", schemas.size(), keyword));
  }

  // Where references lead; they end, since none is asked of the same value twice.
  const SchemaNode& followed(Index index) const {
    const SchemaNode* schema = &tree_.nodes[index];
    while (schema->reference && schema->types == 0) schema = &tree_.nodes[*schema->reference];
    return *schema;
  }

  const Schema::Tree& tree_;
  std::vector<Step> path_;
  std::vector<std::string> mismatches_;
  std::string limit_;
  std::size_t steps_ = 0;
  std::size_t depth_ = 0;
  int muted_ = 0;
};

}  // namespace

Status check_value(const Schema::Tree& tree, const Value& value) { return Check(tree).run(value); }

}  // namespace skald::definition
