// Recognises the part of jq that is evaluated natively. Whatever it does not wholly understand is jq's: it must never
// accept a text that jq 1.6 refuses or reads otherwise.

#include <cctype>

#include "engine/definition/expression_eval.h"
#include "engine/definition/expression_lexer.h"

namespace skald::definition {
namespace {

using Node = Expression::Node;
using NodePtr = std::shared_ptr<const Node>;
using Op = Node::Op;

constexpr int kMaxDepth = 128;    // a pair of parentheses is two
constexpr int kMaxLinks = 1'000;  // in a chain `a + b + ...` or `.a.b...` each stands inside the next

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
class Parser : private ExpressionLexer {
 public:
  Parser(std::string_view text, std::vector<std::string>& variables) : ExpressionLexer(text), variables_(variables) {}

  NodePtr whole() {
    NodePtr node = pipe();
    skip_space();
    return node && at_ == text_.size() ? node : nullptr;
  }

 private:
  NodePtr make(Op op, NodePtr left, NodePtr right) {
    if (!left || !right || ++links_ > kMaxLinks) return nullptr;
    auto node = std::make_shared<Node>();
    node->op = op;
    node->operands = {std::move(left), std::move(right)};
    return node;
  }

  // `a | b` groups to the right, and binds less than all else.
  NodePtr pipe() {
    if (++depth_ > kMaxDepth) return nullptr;
    NodePtr left = alternative();
    if (left && take("|")) {
      if (peek() == '=') return nullptr;
      left = make(Op::kPipe, left, pipe());
    }
    --depth_;
    return left;
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
    NodePtr left = product();
    while (left) {
      const Op op = take("+") ? Op::kAdd : take("-") ? Op::kSubtract : Op::kDot;
      if (op == Op::kDot) return left;
      if (peek() == '=') return nullptr;
      left = make(op, left, product());
    }
    return nullptr;
  }

  NodePtr product() {
    bool negative = false;
    NodePtr left = factor(negative);
    while (left) {
      skip_space();
      const char c = peek();
      const bool alternative = c == '/' && at_ + 1 < text_.size() && text_[at_ + 1] == '/';
      if ((c != '*' && c != '/' && c != '%') || alternative) return left;
      ++at_;
      // In jq a minus takes in the product behind it.
      if (peek() == '=' || negative) return nullptr;
      const Op op = c == '*' ? Op::kMultiply : c == '/' ? Op::kDivide : Op::kModulo;
      left = make(op, left, factor(negative));
    }
    return nullptr;
  }

  NodePtr factor(bool& negative) {
    skip_space();
    negative = peek() == '-';
    if (take_word("if")) return condition();
    return term();
  }

  // if a then b elif c then d else e end: jq 1.6 has none without else.
  NodePtr condition() {
    if (++depth_ > kMaxDepth) return nullptr;
    auto node = std::make_shared<Node>();
    node->op = Op::kIf;
    NodePtr asked = pipe();
    if (!asked || !take_word("then")) return nullptr;
    NodePtr then = pipe();
    if (!then) return nullptr;
    NodePtr otherwise;
    if (take_word("elif")) {
      otherwise = condition();
    } else if (take_word("else")) {
      otherwise = pipe();
      if (!take_word("end")) return nullptr;
    }
    if (!otherwise) return nullptr;
    node->operands = {std::move(asked), std::move(then), std::move(otherwise)};
    --depth_;
    return node;
  }

  NodePtr term() {
    skip_space();
    const char c = peek();
    if (c == '.') return dot();
    if (c == '$') return postfix(variable());
    if (c == '(') return postfix(group());
    if (c == '{') return object();
    if (c == '[') return array();
    if (c == '"') return text();
    if (c == '-' || std::isdigit(static_cast<unsigned char>(c)) != 0) return literal(number());
    if (take_word("true")) return literal(Value(true));
    if (take_word("false")) return literal(Value(false));
    if (take_word("null")) return literal(Value(nullptr));
    return is_word_start(c) ? postfix(call()) : nullptr;
  }

  // A builtin: name, or name(argument).
  NodePtr call() {
    const std::string name = word();
    auto node = std::make_shared<Node>();
    node->op = Op::kCall;
    if (peek() == ':') return nullptr;
    if (take("(")) {
      node->operands.push_back(pipe());
      if (!node->operands.back() || !take(")")) return nullptr;
    }
    node->builtin = find_builtin(name, node->operands.size());
    return node->builtin == nullptr ? nullptr : node;
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
    NodePtr inside = pipe();
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
    const std::size_t begin = at_;
    const auto index = number();
    if (index && take("]")) {
      if (!is_index(index->get<std::int64_t>())) return nullptr;
      auto node = std::make_shared<Node>();
      node->op = Op::kIndex;
      node->index = index->get<std::int64_t>();
      node->operands = {std::move(of)};
      return node;
    }
    at_ = begin;
    NodePtr key = pipe();
    return key && take("]") ? make(Op::kAt, std::move(of), std::move(key)) : nullptr;
  }

  NodePtr text() {
    ++at_;
    auto node = std::make_shared<Node>();
    node->op = Op::kText;
    bool interpolates = true;
    while (interpolates) {
      auto before = piece(interpolates);
      if (!before) return nullptr;
      if (!interpolates && node->operands.empty()) return literal(std::move(before));
      auto part = std::make_shared<Node>();
      part->op = Op::kLiteral;
      part->literal = std::move(*before);
      node->operands.push_back(std::move(part));
      if (!interpolates) break;
      node->operands.push_back(pipe());
      if (!node->operands.back() || !take(")")) return nullptr;
    }
    return peek() == '[' || peek() == '.' || peek() == '?' ? nullptr : node;
  }

  NodePtr array() {
    ++at_;
    auto node = std::make_shared<Node>();
    node->op = Op::kArray;
    if (!take("]")) {
      // A pipe binds less than the comma: beside one it would take in all items.
      NodePtr item = pipe();
      if (item && item->op == Op::kPipe && !peeks_close()) return nullptr;
      node->operands.push_back(std::move(item));
      while (node->operands.back() && take(",")) node->operands.push_back(alternative());
      if (!node->operands.back() || !take("]")) return nullptr;
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

  std::vector<std::string>& variables_;
  int depth_ = 0;
  int links_ = 0;
};

}  // namespace

std::shared_ptr<const Node> parse_native(std::string_view text, std::vector<std::string>& variables) {
  return Parser(text, variables).whole();
}

}  // namespace skald::definition
