#include "engine/definition/document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <unordered_set>

#include "engine/definition/plain_scalar.h"

namespace skald::definition {
namespace {

constexpr std::size_t kMaxDocumentBytes = 256 * 1024;
constexpr std::size_t kMaxDocumentDepth = 64;

// Leaves yaml-cpp's parser from inside a callback.
struct Refused : std::runtime_error {
  Refused(int at_line, int at_column, const std::string& what)
      : std::runtime_error(what), line(at_line), column(at_column) {}
  int line;
  int column;
};

[[noreturn]] void refuse(const YAML::Mark& mark, const std::string& what) {
  throw Refused(mark.line + 1, mark.column + 1, what);
}

// Builds the tree from the parser's events. These, other than yaml-cpp's node tree, still know the aliases.
class Builder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    no_anchor(mark, anchor);
    add(leaf(mark, nullptr));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "aliases are not supported; write the value out");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    no_anchor(mark, anchor);
    if (!open_.empty() && open_.back().node.is_mapping() && !open_.back().has_key) return take_key(mark, text);
    if (tag == "?" || tag.empty()) {
      auto value = resolve_plain(text);
      if (!value) refuse(mark, value.error().message);
      return add(leaf(mark, *std::move(value)));
    }
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return add(leaf(mark, text));
    refuse(mark, fmt::format("the tag {} is not supported", tag));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    no_anchor(mark, anchor);
    open(mark, DocNode::Type::kSequence);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    no_anchor(mark, anchor);
    open(mark, DocNode::Type::kMapping);
  }
  void OnMapEnd() override { close(); }

  DocNode take() { return std::move(root_); }

 private:
  struct Open {
    DocNode node;
    bool has_key = false;
    std::string key;
    std::unordered_set<std::string> keys;  // all so far: a document may be one mapping of tens of thousands
  };

  static void no_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse(mark, "anchors are not supported; write the value out where it is needed");
  }

  static DocNode leaf(const YAML::Mark& mark, Value value) {
    DocNode node;
    node.type = value.is_null() ? DocNode::Type::kNull : DocNode::Type::kScalar;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    node.scalar = std::move(value);
    return node;
  }

  void take_key(const YAML::Mark& mark, const std::string& text) {
    Open& map = open_.back();
    if (!map.keys.insert(text).second) refuse(mark, fmt::format("the key '{}' stands here twice", text));
    map.key = text;
    map.has_key = true;
    map.node.key_positions.emplace_back(mark.line + 1, mark.column + 1);
  }

  void open(const YAML::Mark& mark, DocNode::Type type) {
    if (!open_.empty() && open_.back().node.is_mapping() && !open_.back().has_key) {
      refuse(mark, "a key must be a plain word or a string");
    }
    if (open_.size() >= kMaxDocumentDepth) {
      refuse(mark, fmt::format("nested deeper than {} levels", kMaxDocumentDepth));
    }
    Open next;
    next.node.type = type;
    next.node.line = mark.line + 1;
    next.node.column = mark.column + 1;
    open_.push_back(std::move(next));
  }

  void close() {
    DocNode done = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(done));
  }

  void add(DocNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Open& parent = open_.back(); parent.node.is_mapping()) {
      if (!parent.has_key) throw Refused(node.line, node.column, "a key must be a plain word or a string");
      parent.node.entries.emplace_back(std::move(parent.key), std::move(node));
      parent.has_key = false;
    } else {
      parent.node.items.push_back(std::move(node));
    }
  }

  std::vector<Open> open_;
  DocNode root_;
};

// JSON writes what is beyond the basic plane as two escapes, which yaml-cpp refuses; YAML writes it as one.
std::string join_surrogates(std::string_view text) {
  static const std::regex pair("\\\\u[dD]([89abAB])([0-9a-fA-F]{2})\\\\u[dD]([c-fC-F])([0-9a-fA-F]{2})");
  std::string out;
  std::string_view::size_type at = 0;
  const auto hex4 = [&](std::size_t from) {
    unsigned number = 0;
    std::from_chars(text.data() + from, text.data() + from + 4, number, 16);
    return number;
  };
  while (at < text.size()) {
    if (text[at] != '\\') {
      out += text[at++];
      continue;
    }
    std::cmatch match;
    if (text.size() - at >= 12 && std::regex_match(text.data() + at, text.data() + at + 12, match, pair)) {
      const unsigned code = 0x10000 + ((hex4(at + 2) & 0x3FF) << 10) + (hex4(at + 8) & 0x3FF);
      out += fmt::format("\\U{:08x}", code);
      at += 12;
    } else {
      out += text.substr(at, 2);
      at += 2;
    }
  }
  return out;
}

tl::unexpected<Error> bad(const std::string& file, int line, int column, const std::string& what) {
  return fail(ErrorKind::kInvalid, "bad-definition", fmt::format("{}:{}:{}: {}", file, line, column, what));
}

}  // namespace

DocNode::DocNode() = default;

const DocNode* DocNode::find(std::string_view key) const {
  for (const auto& [name, node] : entries) {
    if (name == key) return &node;
  }
  return nullptr;
}

Value DocNode::value() const {
  switch (type) {
    case Type::kNull:
      return nullptr;
    case Type::kScalar:
      return scalar;
    case Type::kSequence: {
      Value list = Value::array();
      for (const auto& item : items) list.push_back(item.value());
      return list;
    }
    case Type::kMapping: {
      Value map = Value::object();
      for (const auto& [key, node] : entries) map[key] = node.value();
      return map;
    }
  }
  return nullptr;
}

Result<DocNode> parse_document(std::string_view text, const std::string& file) {
  if (text.size() > kMaxDocumentBytes) {
    return bad(file, 1, 1,
               fmt::format("the document has {} bytes; at most {} are taken", text.size(), kMaxDocumentBytes));
  }
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return bad(file, 1, 1, "the document is empty");
  if (text.find('\0') != std::string_view::npos) return bad(file, 1, 1, "the document has a zero byte in it");
  try {
    std::istringstream stream(text[first] == '{' ? join_surrogates(text) : std::string(text));
    YAML::Parser parser(stream);
    Builder builder;
    if (!parser.HandleNextDocument(builder)) return bad(file, 1, 1, "the document is empty");
    DocNode root = builder.take();
    Builder more;
    if (parser.HandleNextDocument(more)) {
      const DocNode second = more.take();
      return bad(file, std::max(second.line, 1), std::max(second.column, 1), "a file holds one document, not several");
    }
    return root;
  } catch (const Refused& refused) {
    return bad(file, refused.line, refused.column, refused.what());
  } catch (const YAML::Exception& error) {
    return bad(file, error.mark.line + 1, error.mark.column + 1, error.msg);
  }
}

}  // namespace skald::definition
