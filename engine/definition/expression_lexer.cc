#include "engine/definition/expression_lexer.h"

#include <cctype>
#include <charconv>

namespace skald::definition {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

bool ExpressionLexer::is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }

void ExpressionLexer::skip_space() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r')) {
    ++at_;
  }
}

bool ExpressionLexer::take(std::string_view token) {
  skip_space();
  if (text_.substr(at_, token.size()) != token) return false;
  at_ += token.size();
  return true;
}

bool ExpressionLexer::take_word(std::string_view word) {
  skip_space();
  if (text_.substr(at_, word.size()) != word) return false;
  if (at_ + word.size() < text_.size() && is_word(text_[at_ + word.size()])) return false;
  at_ += word.size();
  return true;
}

bool ExpressionLexer::peeks_close() {
  skip_space();
  return peek() == ']';
}

std::string ExpressionLexer::word() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_word(text_[at_])) ++at_;
  return std::string(text_.substr(begin, at_ - begin));
}

std::optional<Value> ExpressionLexer::number() {
  const std::size_t begin = at_;
  if (peek() == '-') ++at_;
  const std::size_t digits = at_;
  while (std::isdigit(static_cast<unsigned char>(peek())) != 0) ++at_;
  if (at_ == digits || peek() == '.' || is_word(peek())) return std::nullopt;
  std::int64_t value = 0;
  const char* end = text_.data() + at_;
  const auto parsed = std::from_chars(text_.data() + begin, end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  if (value == 0 && digits > begin) return std::nullopt;  // -0 is another number in jq
  return Value(value);
}

std::optional<Value> ExpressionLexer::piece(bool& interpolates) {
  const std::size_t begin = at_;
  interpolates = false;
  while (at_ < text_.size() && text_[at_] != '"' && !interpolates) {
    if (text_[at_] == '\\') {
      interpolates = at_ + 1 < text_.size() && text_[at_ + 1] == '(';
      if (!interpolates) ++at_;
    }
    if (!interpolates) ++at_;
  }
  if (at_ >= text_.size()) return std::nullopt;
  auto value = Value::parse("\"" + std::string(text_.substr(begin, at_ - begin)) + "\"", nullptr, false);
  at_ += interpolates ? 2 : 1;
  if (value.is_discarded()) return std::nullopt;
  return value;
}

std::optional<Value> ExpressionLexer::string() {
  ++at_;
  bool interpolates = false;
  auto value = piece(interpolates);
  return interpolates ? std::nullopt : value;
}

}  // namespace skald::definition
