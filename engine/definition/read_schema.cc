// The DSL's form of a schema, with every problem at its line and column.

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "engine/definition/schema_node.h"
#include "engine/definition/schema_refs.h"

namespace skald::definition {
namespace {

struct NamedDraft {
  std::string_view name;
  std::string_view uri;
  SchemaDraft draft;
};
constexpr std::array<NamedDraft, 5> kDrafts{
    {{"draft-04", "http://json-schema.org/draft-04/schema", SchemaDraft::k4},
     {"draft-06", "http://json-schema.org/draft-06/schema", SchemaDraft::k6},
     {"draft-07", "http://json-schema.org/draft-07/schema", SchemaDraft::k7},
     {"2019-09", "https://json-schema.org/draft/2019-09/schema", SchemaDraft::k2019},
     {"2020-12", "https://json-schema.org/draft/2020-12/schema", SchemaDraft::k2020}}};

constexpr std::string_view kKnownDrafts = "draft-04, draft-06, draft-07, 2019-09, 2020-12";

// Of "json" or "json:draft-07", which is also written "json:draft-7" or "json:draft-2020-12".
std::optional<SchemaDraft> draft_of_format(std::string_view format) {
  if (format == "json") return SchemaDraft::kUnsaid;
  if (format.substr(0, 5) != "json:") return std::nullopt;
  const std::string_view version = format.substr(5);
  for (const auto& [name, uri, draft] : kDrafts) {
    const bool short_name = name.substr(0, 7) == "draft-0" && version == fmt::format("draft-{}", name.substr(7));
    if (version == name || short_name || version == fmt::format("draft-{}", name)) return draft;
  }
  return std::nullopt;
}

std::optional<SchemaDraft> draft_of_uri(std::string_view uri) {
  if (!uri.empty() && uri.back() == '#') uri.remove_suffix(1);
  const auto scheme = uri.find("://");
  for (const auto& each : kDrafts) {
    // http and https are both in use.
    if (scheme != std::string_view::npos && uri.substr(scheme) == each.uri.substr(each.uri.find("://")))
      return each.draft;
  }
  return std::nullopt;
}

// The node at a JSON pointer, or where it ends; a mapping's key says more precisely where a keyword stands.
std::pair<int, int> position(const DocNode& document, std::string_view pointer) {
  const DocNode* at = &document;
  std::pair<int, int> place{at->line, at->column};
  for (const auto& key : pointer_keys(pointer)) {
    const DocNode* next = at->find(key);
    if (next != nullptr) {
      place = key_position(*at, key);
    } else {
      std::size_t index = 0;
      std::from_chars(key.data(), key.data() + key.size(), index);
      if (!at->is_sequence() || index >= at->items.size()) return place;
      next = &at->items[index];
      place = {next->line, next->column};
    }
    at = next;
  }
  return place;
}

bool read_draft(const DocNode& document, SchemaDraft& draft, Problems& problems) {
  const DocNode* uri = document.find("$schema");
  if (uri == nullptr) return true;
  const auto said = uri->is_string() ? draft_of_uri(uri->scalar.get_ref<const std::string&>()) : std::nullopt;
  if (!said) {
    problems.add(*uri, fmt::format("a draft of JSON Schema that is not known; there are {}, as in {}", kKnownDrafts,
                                   kDrafts[2].uri));
    return false;
  }
  if (draft != SchemaDraft::kUnsaid && draft != *said) {
    problems.add(*uri, "'format' and '$schema' name different drafts of JSON Schema");
    return false;
  }
  draft = *said;
  return true;
}

}  // namespace

std::optional<Schema> read_schema(const DocNode& node, Problems& problems) {
  if (!node.is_mapping()) {
    problems.add(node, "expected schema: { format: json, document: { ... } }");
    return std::nullopt;
  }
  if (node.find("resource") != nullptr) {
    problems.add(key_position(node, "resource"),
                 "schemas are written in the document, as schema: { document: { ... } }; 'resource' is not fetched");
    return std::nullopt;
  }
  check_keys(node, {"format", "document"}, "'schema'", problems);
  SchemaDraft draft = SchemaDraft::kUnsaid;
  if (const DocNode* format = node.find("format")) {
    const auto said =
        format->is_string() ? draft_of_format(format->scalar.get_ref<const std::string&>()) : std::nullopt;
    if (!said) {
      problems.add(*format, fmt::format("schemas are of the format json, or json:DRAFT with one of {}", kKnownDrafts));
      return std::nullopt;
    }
    draft = *said;
  }
  const DocNode* document = node.find("document");
  if (document == nullptr) {
    problems.add(node, "'document' is missing; expected schema: { document: { type: object, ... } }");
    return std::nullopt;
  }
  if (!read_draft(*document, draft, problems)) return std::nullopt;
  SchemaCompiled compiled = compile_schema(document->value(), draft);
  for (const auto& [place, what] : compiled.problems) problems.add(position(*document, place), what);
  for (const auto& [place, what] : compiled.warnings) problems.warn(position(*document, place), what);
  const bool more_keys = node.entries.size() > (node.find("format") != nullptr ? 2 : 1);
  if (compiled.tree == nullptr || more_keys) return std::nullopt;
  return Schema(std::move(compiled.tree));
}

}  // namespace skald::definition
