// Reads a schema's keywords and makes its tree. Every problem is found in one go.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "engine/definition/exact.h"
#include "engine/definition/schema_node.h"
#include "engine/definition/schema_refs.h"

namespace skald::definition {
namespace {

using Index = SchemaNode::Index;

constexpr std::size_t kMaxSchemaProblems = 20;

struct NamedType {
  std::string_view name;
  std::uint8_t bits;
};
constexpr std::array<NamedType, 7> kTypes{{{"null", kNullType},
                                           {"boolean", kBooleanType},
                                           {"integer", kIntegerType},
                                           {"number", kNumberType | kIntegerType},
                                           {"string", kStringType},
                                           {"array", kArrayType},
                                           {"object", kObjectType}}};

// Said of a value, and nothing is asked by them.
constexpr std::array<std::string_view, 17> kAnnotations{
    "$schema",       "$id",     "id",         "$comment",  "title",      "description",     "default",
    "examples",      "example", "readOnly",   "writeOnly", "deprecated", "contentEncoding", "contentMediaType",
    "contentSchema", "$defs",   "definitions"};

constexpr std::array<std::string_view, 12> kUnsupported{
    "$anchor",          "$dynamicRef", "$dynamicAnchor",   "$recursiveRef",
    "$recursiveAnchor", "$vocabulary", "unevaluatedItems", "unevaluatedProperties",
    "divisibleBy",      "disallow",    "extends",          "propertyDependencies"};

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Compiler {
 public:
  using Place = const std::string&;

  Compiler(const Value& document, SchemaDraft draft)
      : document_(document), references_stand_alone_(draft != SchemaDraft::kUnsaid && draft <= SchemaDraft::k7) {}

  SchemaCompiled run() {
    schema_at("", document_);
    // What references name is compiled here and not where they stand: a chain of them may be long.
    while (!open_.empty()) {
      const auto [place, schema] = std::move(open_.back());
      open_.pop_back();
      schema_at(place, *schema);
    }
    if (result_.problems.empty()) {
      if (auto endless = find_endless(tree_, places_)) result_.problems.push_back(std::move(*endless));
    }
    if (result_.problems.empty()) result_.tree = std::make_shared<const Schema::Tree>(std::move(tree_));
    return std::move(result_);
  }

  void add(Place place, std::string what) {
    if (result_.problems.size() < kMaxSchemaProblems) result_.problems.push_back({place, std::move(what)});
  }

  // The schema that stands at this place; read now, unless it has been.
  Index schema_at(Place place, const Value& schema) {
    const Index index = index_of(place);
    if (read_[index] || tree_.nodes.size() > kMaxSchemas) return index;
    read_[index] = true;
    SchemaNode node;
    if (schema.is_boolean()) {
      node.nothing = !schema.get<bool>();
    } else if (schema.is_object()) {
      keywords(node, schema, place);
    } else {
      add(place, "expected a schema: a mapping of keywords, or true or false");
    }
    tree_.nodes[index] = std::move(node);
    return index;
  }

  void child(SchemaNode::Child& into, const Value& schema, Place place) { into = schema_at(place, schema); }

  void children(std::vector<Index>& into, const Value& schemas, Place place) {
    if (!schemas.is_array() || schemas.empty()) return add(place, "expected a list of schemas, with at least one");
    for (std::size_t i = 0; i < schemas.size(); ++i) {
      into.push_back(schema_at(fmt::format("{}/{}", place, i), schemas[i]));
    }
  }

  // Calls `each(name, index)` for every schema of a mapping.
  template <typename Each>
  void named_children(const Value& schemas, Place place, Each each) {
    if (!schemas.is_object()) return add(place, "expected a mapping of schemas");
    for (const auto& [name, schema] : schemas.items()) {
      const std::string inner = place + "/" + pointer_token(name);
      each(name, inner, schema_at(inner, schema));
    }
  }

  void count(SchemaNode::Count& into, const Value& value, Place place) {
    if (!value.is_number() || !is_whole(value) || compare_numbers(value, Value(0)) < 0 ||
        compare_numbers(value, Value(1e15)) > 0) {
      return add(place, "expected a whole number, zero or more");
    }
    into = value.get<std::uint64_t>();
  }

  void number(std::optional<Value>& into, const Value& value, Place place) {
    if (!value.is_number()) return add(place, "expected a number");
    into = value;
  }

  void strings(std::vector<std::string>& into, const Value& list, Place place) {
    const bool good =
        list.is_array() && std::all_of(list.begin(), list.end(), [](const auto& item) { return item.is_string(); });
    if (!good) return add(place, "expected a list of strings");
    for (const auto& item : list) into.push_back(item.get<std::string>());
  }

  std::optional<Pattern> pattern(const std::string& text, Place place) {
    auto compiled = Pattern::compile(text);
    if (compiled) return std::move(*compiled);
    add(place, compiled.error().message);
    return std::nullopt;
  }

  void type(SchemaNode& node, const Value& value, Place place) {
    const Value names = value.is_array() ? value : Value::array({value});
    for (const auto& name : names) {
      const auto* known =
          std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& each) { return name == each.name; });
      if (known == kTypes.end()) {
        return add(place, "expected a type: null, boolean, integer, number, string, array, object, or a list of them");
      }
      node.types |= known->bits;
    }
    if (names.empty()) add(place, "expected at least one type");
  }

  void values(SchemaNode& node, const Value& list, Place place) {
    if (!list.is_array()) return add(place, "expected a list of values");
    node.has_values = true;
    node.values.assign(list.begin(), list.end());
  }

  // `const`; beside an `enum`, it is one of its values that is left, or none.
  void constant(SchemaNode& node, const Value& value) {
    const bool was = node.has_values;
    const bool among =
        std::any_of(node.values.begin(), node.values.end(), [&](const auto& each) { return same(each, value); });
    node.has_values = true;
    node.values.clear();
    if (!was || among) node.values.push_back(value);
  }

  // A number, or in draft 4 whether the bound beside it is left out.
  void exclusive(std::optional<Value>& strict, std::optional<Value>& bound, const Value& value, Place place) {
    if (!value.is_boolean()) return number(strict, value, place);
    if (!value.get<bool>() || !bound) return;
    strict = std::move(bound);
    bound.reset();
  }

  void reference(SchemaNode& node, const Value& value, Place place) {
    if (!value.is_string()) return add(place, "expected a reference: '#/definitions/name'");
    const auto& text = value.get_ref<const std::string&>();
    const auto pointer = local_pointer(text);
    if (!pointer) {
      return add(place,
                 fmt::format("the reference '{}' leads out of this document; only '#' and '#/...' are followed", text));
    }
    const Value* target = find_pointer(document_, *pointer);
    if (target == nullptr) return add(place, fmt::format("the reference '{}' leads to nothing", text));
    const Index index = index_of(*pointer);
    node.reference = index;
    if (!read_[index]) open_.emplace_back(*pointer, target);
  }

  void format(SchemaNode& node, const Value& value, Place place) {
    if (!value.is_string()) return add(place, "expected the name of a format");
    const auto& name = value.get_ref<const std::string&>();
    if (known_format(name)) node.format = name;
  }

  void unique(SchemaNode& node, const Value& value, Place place) {
    if (!value.is_boolean()) return add(place, "expected true or false");
    node.unique = value.get<bool>();
  }

  void text_pattern(SchemaNode& node, const Value& value, Place place) {
    if (!value.is_string()) return add(place, "expected a regular expression");
    node.pattern = pattern(value.get_ref<const std::string&>(), place);
  }

  // The oldest drafts write the schemas of the first items as `items`, and that of the others as `additionalItems`.
  void items(SchemaNode& node, const Value& schema, Place place) {
    const auto* items = find(schema, "items");
    const auto* first = find(schema, "prefixItems");
    const auto* others = find(schema, "additionalItems");
    if (first != nullptr) children(node.prefix, *first, place + "/prefixItems");
    if (items == nullptr) return;
    if (!items->is_array()) return child(node.items, *items, place + "/items");
    if (first != nullptr)
      return add(place + "/items", "beside 'prefixItems', 'items' is one schema: of all further items");
    if (!items->empty()) children(node.prefix, *items, place + "/items");
    if (others != nullptr) child(node.items, *others, place + "/additionalItems");
  }

  void properties(SchemaNode& node, const Value& value, Place place) {
    named_children(value, place,
                   [&](const std::string& name, Place, Index index) { node.properties.emplace(name, index); });
  }

  void pattern_properties(SchemaNode& node, const Value& value, Place place) {
    named_children(value, place, [&](const std::string& text, Place inner, Index index) {
      if (auto made = pattern(text, inner)) node.pattern_properties.emplace_back(std::move(*made), index);
    });
  }

  void dependent_required(SchemaNode& node, const Value& value, Place place) {
    if (!value.is_object()) return add(place, "expected a mapping of lists of names");
    for (const auto& [name, list] : value.items()) {
      node.dependent_required.emplace_back(name, std::vector<std::string>());
      strings(node.dependent_required.back().second, list, place + "/" + pointer_token(name));
    }
  }

  void dependent_schemas(SchemaNode& node, const Value& value, Place place) {
    named_children(value, place, [&](const std::string& name, Place, Index index) {
      node.dependent_schemas.emplace_back(name, index);
    });
  }

  // Of the older drafts: each is a list of names or a schema.
  void dependencies(SchemaNode& node, const Value& value, Place place) {
    if (!value.is_object()) return add(place, "expected a mapping of schemas or lists of names");
    for (const auto& [name, what] : value.items()) {
      const Value one{{name, what}};
      what.is_array() ? dependent_required(node, one, place) : dependent_schemas(node, one, place);
    }
  }

 private:
  using Read = void (*)(Compiler&, SchemaNode&, const Value&, Place);
  static const std::unordered_map<std::string_view, Read>& readers();

  static const Value* find(const Value& object, const char* key) {
    const auto at = object.find(key);
    return at == object.end() ? nullptr : &*at;
  }

  Index index_of(Place place) {
    const auto [at, is_new] = indexes_.emplace(place, static_cast<Index>(tree_.nodes.size()));
    if (is_new) {
      tree_.nodes.emplace_back();
      read_.push_back(false);
      places_.push_back(place);
      if (tree_.nodes.size() == kMaxSchemas + 1) add(place, fmt::format("there are more than {} schemas", kMaxSchemas));
    }
    return at->second;
  }

  void keywords(SchemaNode& node, const Value& schema, Place place) {
    for (const char* definitions : {"definitions", "$defs"}) {
      if (const auto* named = find(schema, definitions)) {
        named_children(*named, fmt::format("{}/{}", place, definitions), [](const auto&, const auto&, Index) {});
      }
    }
    if (const auto* id = find(schema, "$id"); id != nullptr && !place.empty()) {
      add(place + "/$id", "'$id' stands only at the top: a schema is one document");
    }
    if (const auto* to = find(schema, "$ref"); to != nullptr && references_stand_alone_) {
      return reference(node, *to, place + "/$ref");
    }
    items(node, schema, place);
    // By name, so that `const` meets its `enum` and each bound the word on it: the readers say which comes first.
    for (const auto& [key, value] : schema.items()) keyword(node, key, value, place);
    for (const char* late : {"const", "exclusiveMaximum", "exclusiveMinimum"}) {
      if (const auto* value = find(schema, late)) {
        readers().at(late)(*this, node, *value, fmt::format("{}/{}", place, late));
      }
    }
  }

  void keyword(SchemaNode& node, const std::string& key, const Value& value, Place place) {
    static constexpr std::array<std::string_view, 6> kElsewhere{"items", "prefixItems",      "additionalItems",
                                                                "const", "exclusiveMaximum", "exclusiveMinimum"};
    if (holds(kElsewhere, key) || holds(kAnnotations, key)) return;
    const std::string at = place + "/" + pointer_token(key);
    if (holds(kUnsupported, key)) return add(at, fmt::format("'{}' is not supported in schemas", key));
    const auto reader = readers().find(key);
    if (reader != readers().end()) return reader->second(*this, node, value, at);
    if (key.rfind("x-", 0) != 0) unknown(key, at);
  }

  void unknown(const std::string& key, Place place) {
    std::vector<std::string_view> known;
    for (const auto& [word, ignored] : readers()) known.push_back(word);
    std::sort(known.begin(), known.end());
    const auto meant = nearest(key, known);
    if (result_.warnings.size() >= kMaxSchemaProblems) return;
    result_.warnings.push_back({place, fmt::format("'{}' is no keyword of JSON Schema and asks nothing{}", key,
                                                   meant.empty() ? "" : fmt::format("; did you mean '{}'?", meant))});
  }

  const Value& document_;
  const bool references_stand_alone_;
  Schema::Tree tree_;
  std::vector<bool> read_;
  std::vector<std::string> places_;
  std::unordered_map<std::string, Index> indexes_;
  std::vector<std::pair<std::string, const Value*>> open_;
  SchemaCompiled result_;
};

const std::unordered_map<std::string_view, Compiler::Read>& Compiler::readers() {
  using C = Compiler&;
  using N = SchemaNode&;
  using V = const Value&;
  using P = Place;
  static const std::unordered_map<std::string_view, Read> all = {
      {"type", [](C c, N n, V v, P p) { c.type(n, v, p); }},
      {"enum", [](C c, N n, V v, P p) { c.values(n, v, p); }},
      {"const", [](C c, N n, V v, P) { c.constant(n, v); }},
      {"minimum", [](C c, N n, V v, P p) { c.number(n.minimum, v, p); }},
      {"maximum", [](C c, N n, V v, P p) { c.number(n.maximum, v, p); }},
      {"exclusiveMinimum", [](C c, N n, V v, P p) { c.exclusive(n.above, n.minimum, v, p); }},
      {"exclusiveMaximum", [](C c, N n, V v, P p) { c.exclusive(n.below, n.maximum, v, p); }},
      {"multipleOf",
       [](C c, N n, V v, P p) {
         if (!v.is_number() || compare_numbers(v, Value(0)) <= 0) return c.add(p, "expected a number above zero");
         n.multiple_of = v;
       }},
      {"minLength", [](C c, N n, V v, P p) { c.count(n.min_length, v, p); }},
      {"maxLength", [](C c, N n, V v, P p) { c.count(n.max_length, v, p); }},
      {"pattern", [](C c, N n, V v, P p) { c.text_pattern(n, v, p); }},
      {"format", [](C c, N n, V v, P p) { c.format(n, v, p); }},
      {"minItems", [](C c, N n, V v, P p) { c.count(n.min_items, v, p); }},
      {"maxItems", [](C c, N n, V v, P p) { c.count(n.max_items, v, p); }},
      {"uniqueItems", [](C c, N n, V v, P p) { c.unique(n, v, p); }},
      {"contains", [](C c, N n, V v, P p) { c.child(n.contains, v, p); }},
      {"minContains", [](C c, N n, V v, P p) { c.count(n.min_contains, v, p); }},
      {"maxContains", [](C c, N n, V v, P p) { c.count(n.max_contains, v, p); }},
      {"properties", [](C c, N n, V v, P p) { c.properties(n, v, p); }},
      {"patternProperties", [](C c, N n, V v, P p) { c.pattern_properties(n, v, p); }},
      {"additionalProperties", [](C c, N n, V v, P p) { c.child(n.additional, v, p); }},
      {"propertyNames", [](C c, N n, V v, P p) { c.child(n.names, v, p); }},
      {"required", [](C c, N n, V v, P p) { c.strings(n.required, v, p); }},
      {"minProperties", [](C c, N n, V v, P p) { c.count(n.min_properties, v, p); }},
      {"maxProperties", [](C c, N n, V v, P p) { c.count(n.max_properties, v, p); }},
      {"dependentRequired", [](C c, N n, V v, P p) { c.dependent_required(n, v, p); }},
      {"dependentSchemas", [](C c, N n, V v, P p) { c.dependent_schemas(n, v, p); }},
      {"dependencies", [](C c, N n, V v, P p) { c.dependencies(n, v, p); }},
      {"$ref", [](C c, N n, V v, P p) { c.reference(n, v, p); }},
      {"allOf", [](C c, N n, V v, P p) { c.children(n.all_of, v, p); }},
      {"anyOf", [](C c, N n, V v, P p) { c.children(n.any_of, v, p); }},
      {"oneOf", [](C c, N n, V v, P p) { c.children(n.one_of, v, p); }},
      {"not", [](C c, N n, V v, P p) { c.child(n.negated, v, p); }},
      {"if", [](C c, N n, V v, P p) { c.child(n.condition, v, p); }},
      {"then", [](C c, N n, V v, P p) { c.child(n.then, v, p); }},
      {"else", [](C c, N n, V v, P p) { c.child(n.otherwise, v, p); }},
  };
  return all;
}

}  // namespace

SchemaNode::SchemaNode() = default;

SchemaCompiled compile_schema(const Value& document, SchemaDraft draft) { return Compiler(document, draft).run(); }

}  // namespace skald::definition
