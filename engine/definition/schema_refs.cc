#include "engine/definition/schema_refs.h"

#include <charconv>

namespace skald::definition {
namespace {

using Index = SchemaNode::Index;

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned char byte = 0;
    const char* begin = text.data() + i + 1;
    if (text.size() - i < 3 || std::from_chars(begin, begin + 2, byte, 16).ptr != begin + 2) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

void append(std::vector<Index>& all, SchemaNode::Child child) {
  if (child) all.push_back(*child);
}

// What is being gone into: how much of a node's schemas have been seen.
struct Open {
  Index node;
  std::vector<Index> inside;
  std::size_t next = 0;
};

}  // namespace

std::string pointer_token(std::string_view key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::vector<std::string> pointer_keys(std::string_view pointer) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      keys.emplace_back();
    } else if (keys.empty()) {
      return {};
    } else if (pointer[i] == '~' && i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
      keys.back() += pointer[++i] == '0' ? '~' : '/';
    } else {
      keys.back() += pointer[i];
    }
  }
  return keys;
}

std::optional<std::string> local_pointer(std::string_view reference) {
  if (reference.empty() || reference.front() != '#') return std::nullopt;
  auto decoded = percent_decoded(reference.substr(1));
  if (!decoded || (!decoded->empty() && decoded->front() != '/')) return std::nullopt;
  // Spelled anew: a place has one spelling only.
  std::string pointer;
  for (const auto& key : pointer_keys(*decoded)) pointer += "/" + pointer_token(key);
  return pointer;
}

const Value* find_pointer(const Value& document, std::string_view pointer) {
  const Value* at = &document;
  for (const auto& key : pointer_keys(pointer)) {
    if (at->is_object()) {
      const auto found = at->find(key);
      if (found == at->end()) return nullptr;
      at = &*found;
    } else if (at->is_array()) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
      if (error != std::errc() || end != key.data() + key.size() || index >= at->size()) return nullptr;
      at = &(*at)[index];
    } else {
      return nullptr;
    }
  }
  return at;
}

std::vector<Index> SchemaNode::in_place() const {
  std::vector<Index> all;
  for (const Child& child : {reference, negated, condition, then, otherwise}) append(all, child);
  for (const auto* list : {&all_of, &any_of, &one_of}) all.insert(all.end(), list->begin(), list->end());
  for (const auto& [name, index] : dependent_schemas) all.push_back(index);
  return all;
}

std::optional<SchemaProblem> find_endless(const Schema::Tree& tree, const std::vector<std::string>& places) {
  enum class Seen { kNot, kOpen, kDone };
  std::vector<Seen> seen(tree.nodes.size(), Seen::kNot);
  for (Index start = 0; start < tree.nodes.size(); ++start) {
    if (seen[start] != Seen::kNot) continue;
    std::vector<Open> path{{start, tree.nodes[start].in_place()}};
    seen[start] = Seen::kOpen;
    while (!path.empty()) {
      Open& last = path.back();
      if (last.next == last.inside.size()) {
        seen[last.node] = Seen::kDone;
        path.pop_back();
        continue;
      }
      const Index inner = last.inside[last.next++];
      if (seen[inner] == Seen::kOpen) {
        return SchemaProblem{places[last.node], "this schema asks itself of the same value again, and would never end"};
      }
      if (seen[inner] == Seen::kDone) continue;
      seen[inner] = Seen::kOpen;
      path.push_back({inner, tree.nodes[inner].in_place()});
    }
  }
  return std::nullopt;
}

}  // namespace skald::definition
