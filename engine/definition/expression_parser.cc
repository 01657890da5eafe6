// Recognises the part of jq that is evaluated natively. Whatever it does not wholly understand is jq's: it must never
// accept a text that jq 1.6 refuses or reads otherwise.

#include <cctype>
#include <charconv>

#include "engine/definition/expression_node.h"

namespace skald::definition {
namespace {

using Node = Expression::Node;
using NodePtr = std::shared_ptr<const Node>;
using Op = Node::Op;

constexpr int kMaxDepth = 64;
constexpr int kMaxLinks = 1'000;  // in a chain `a + b + ...` or `.a.b...` each stands inside the next

bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool is_keyword(std::string_view word) {
  static constexpr std::string_view kWords[] = {"module", "import", "include", "def",     "if",     "then",  "else",
                                                "elif",   "as",     "reduce",  "foreach", "try",    "catch", "label",
                                                "end",    "and",    "or",      "not",     "__loc__"};
  for (const auto keyword : kWords) {
    if (word == keyword) return true;
  }
  return false;
}

// Recursive descent; null anywhere means that jq has to do it.
class Parser {
 public:
  Parser(std::string_view text, std::vector<std::string>& variables) : text_(text), variables_(variables) {}

  NodePtr whole() {
    NodePtr node = alternative();
    skip_space();
    return node && at_ == text_.size() ? node : nullptr;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool take(std::string_view token) {
    skip_space();
    if (text_.substr(at_, token.size()) != token) return false;
    at_ += token.size();
    return true;
  }
  bool take_word(std::string_view word) {
    skip_space();
    if (text_.substr(at_, word.size()) != word) return false;
    if (at_ + word.size() < text_.size() && is_word(text_[at_ + word.size()])) return false;
    at_ += word.size();
    return true;
  }
  std::string word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  NodePtr make(Op op, NodePtr left, NodePtr right) {
    if (!left || !right || ++links_ > kMaxLinks) return nullptr;
    auto node = std::make_shared<Node>();
    node->op = op;
    node->operands = {std::move(left), std::move(right)};
    return node;
  }

  // `a // b` groups to the right.
  NodePtr alternative() {
    if (++depth_ > kMaxDepth) return nullptr;
    NodePtr left = disjunction();
    if (left && take("//")) {
      if (peek() == '=') return nullptr;
      left = make(Op::kAlternative, left, alternative());
    }
    --depth_;
    return left;
  }

  NodePtr disjunction() {
    NodePtr left = conjunction();
    while (left && take_word("or")) left = make(Op::kOr, left, conjunction());
    return left;
  }

  NodePtr conjunction() {
    NodePtr left = comparison();
    while (left && take_word("and")) left = make(Op::kAnd, left, comparison());
    return left;
  }

  // Comparisons do not chain in jq.
  NodePtr comparison() {
    NodePtr left = sum();
    if (!left) return nullptr;
    static constexpr std::pair<std::string_view, Op> kOperators[] = {{"==", Op::kEqual},     {"!=", Op::kNotEqual},
                                                                     {"<=", Op::kLessEqual}, {">=", Op::kGreaterEqual},
                                                                     {"<", Op::kLess},       {">", Op::kGreater}};
    for (const auto& [token, op] : kOperators) {
      if (take(token)) return make(op, left, sum());
    }
    return left;
  }

  NodePtr sum() {
    NodePtr left = term();
    while (left && take("+")) {
      if (peek() == '=') return nullptr;
      left = make(Op::kAdd, left, term());
    }
    return left;
  }

  NodePtr term() {
    skip_space();
    const char c = peek();
    if (c == '.') return dot();
    if (c == '$') return postfix(variable());
    if (c == '(') return postfix(group());
    if (c == '{') return object();
    if (c == '[') return array();
    if (c == '"') return literal(string());
    if (c == '-' || std::isdigit(static_cast<unsigned char>(c)) != 0) return literal(number());
    if (take_word("true")) return literal(Value(true));
    if (take_word("false")) return literal(Value(false));
    if (take_word("null")) return literal(Value(nullptr));
    return nullptr;
  }

  NodePtr literal(std::optional<Value> value) {
    if (!value || peek() == '.' || peek() == '[' || peek() == '?') return nullptr;
    auto node = std::make_shared<Node>();
    node->op = Op::kLiteral;
    node->literal = std::move(*value);
    return node;
  }

  NodePtr group() {
    ++at_;
    NodePtr inside = alternative();
    return inside && take(")") ? inside : nullptr;
  }

  NodePtr variable() {
    ++at_;
    if (!is_word_start(peek())) return nullptr;
    auto node = std::make_shared<Node>();
    node->op = Op::kVariable;
    node->text = word();
    if (peek() == ':' || node->text == "ENV" || is_keyword(node->text)) return nullptr;
    variables_.push_back(node->text);
    return node;
  }

  NodePtr dot() {
    auto node = std::make_shared<Node>();
    // ".a" begins at the dot; ". [" and ". a" are left to jq.
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (next == '.') return nullptr;
    if (is_word_start(next) || next == '"') return postfix(node);
    if (std::isdigit(static_cast<unsigned char>(next)) != 0) return nullptr;  // .5
    ++at_;
    return postfix(node);
  }

  // What follows a path without a space: .a  ."a"  ["a"]  [0]
  NodePtr postfix(NodePtr node) {
    while (node) {
      const char c = peek();
      if (c != '.' && c != '[' && c != '?') return node;
      if (c == '?' || ++links_ > kMaxLinks) return nullptr;
      node = c == '.' ? field(node) : bracket(node);
    }
    return nullptr;
  }

  static NodePtr field_of(NodePtr of, std::string name) {
    auto node = std::make_shared<Node>();
    node->op = Op::kField;
    node->text = std::move(name);
    node->operands = {std::move(of)};
    return node;
  }

  NodePtr field(NodePtr of) {
    ++at_;
    if (is_word_start(peek())) return field_of(std::move(of), word());
    if (peek() != '"') return nullptr;
    auto name = string();
    return name ? field_of(std::move(of), name->get<std::string>()) : nullptr;
  }

  NodePtr bracket(NodePtr of) {
    ++at_;
    skip_space();
    if (peek() == '"') {
      auto name = string();
      return name && take("]") ? field_of(std::move(of), name->get<std::string>()) : nullptr;
    }
    const auto index = number();
    if (!index || !index->is_number_integer() || index->get<std::int64_t>() < 0 || !take("]")) return nullptr;
    auto node = std::make_shared<Node>();
    node->op = Op::kIndex;
    node->index = index->get<std::size_t>();
    node->operands = {std::move(of)};
    return node;
  }

  // Digits with an optional minus; everything else that jq takes for a number is left to it.
  std::optional<Value> number() {
    const std::size_t begin = at_;
    if (peek() == '-') ++at_;
    const std::size_t digits = at_;
    while (std::isdigit(static_cast<unsigned char>(peek())) != 0) ++at_;
    if (at_ == digits || peek() == '.' || is_word(peek())) return std::nullopt;
    std::int64_t value = 0;
    const char* end = text_.data() + at_;
    const auto parsed = std::from_chars(text_.data() + begin, end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return Value(value);
  }

  // A string without interpolation, read by JSON's rules.
  std::optional<Value> string() {
    const std::size_t begin = at_;
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') {
        if (at_ + 1 < text_.size() && text_[at_ + 1] == '(') return std::nullopt;
        ++at_;
      }
      ++at_;
    }
    if (at_ >= text_.size()) return std::nullopt;
    ++at_;
    auto value = Value::parse(text_.substr(begin, at_ - begin), nullptr, false);
    if (value.is_discarded()) return std::nullopt;
    return value;
  }

  NodePtr array() {
    ++at_;
    auto node = std::make_shared<Node>();
    node->op = Op::kArray;
    if (!take("]")) {
      do {
        NodePtr item = alternative();
        if (!item) return nullptr;
        node->operands.push_back(std::move(item));
      } while (take(","));
      if (!take("]")) return nullptr;
    }
    return peek() == '[' || peek() == '.' || peek() == '?' ? nullptr : node;
  }

  NodePtr object() {
    if (++depth_ > kMaxDepth) return nullptr;
    ++at_;
    auto node = std::make_shared<Node>();
    node->op = Op::kObject;
    if (!take("}")) {
      do {
        if (!entry(*node)) return nullptr;
      } while (take(","));
      if (!take("}")) return nullptr;
    }
    --depth_;
    return peek() == '[' || peek() == '.' || peek() == '?' ? nullptr : node;
  }

  // key: term  "key": term  key  $variable. In jq a value is a term: operators need parentheses.
  bool entry(Node& object) {
    skip_space();
    std::string key;
    NodePtr value;
    if (peek() == '$') {
      value = variable();
      if (!value) return false;
      key = value->text;
    } else if (peek() == '"') {
      auto text = string();
      if (!text || !take(":")) return false;
      key = text->get<std::string>();
      value = term();
    } else if (is_word_start(peek())) {
      key = word();
      if (is_keyword(key)) return false;
      value = take(":") ? term() : field_of(std::make_shared<Node>(), key);
    }
    skip_space();
    if (!value || (peek() != ',' && peek() != '}')) return false;
    object.keys.push_back(std::move(key));
    object.operands.push_back(std::move(value));
    return true;
  }

  std::string_view text_;
  std::vector<std::string>& variables_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int links_ = 0;
};

}  // namespace

std::shared_ptr<const Node> parse_native(std::string_view text, std::vector<std::string>& variables) {
  return Parser(text, variables).whole();
}

}  // namespace skald::definition
