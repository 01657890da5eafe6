#include "engine/definition/schema_pattern.h"

#include <fmt/format.h>
#include <oniguruma.h>

#include <array>

namespace skald::definition {
namespace {

constexpr unsigned kMaxStackEntries = 500'000;  // of one search, each of some 40 bytes

struct FreeRegion {
  void operator()(OnigMatchParam* param) const { onig_free_match_param(param); }
};

const OnigUChar* bytes(std::string_view text) { return reinterpret_cast<const OnigUChar*>(text.data()); }
const OnigUChar* end_of(std::string_view text) { return bytes(text) + text.size(); }

// Java's syntax without what ECMA 262 does not have.
OnigSyntaxType make_syntax() {
  OnigSyntaxType syntax = *ONIG_SYNTAX_JAVA;
  syntax.op &= ~(ONIG_SYN_OP_ESC_CAPITAL_G_BEGIN_ANCHOR | ONIG_SYN_OP_ESC_OCTAL3);
  syntax.op2 &= ~(ONIG_SYN_OP2_ESC_CAPITAL_Q_QUOTE | ONIG_SYN_OP2_OPTION_PERL | ONIG_SYN_OP2_PLUS_POSSESSIVE_REPEAT |
                  ONIG_SYN_OP2_PLUS_POSSESSIVE_INTERVAL | ONIG_SYN_OP2_CCLASS_SET_OP);
  syntax.op2 |= ONIG_SYN_OP2_QMARK_LT_NAMED_GROUP | ONIG_SYN_OP2_ESC_K_NAMED_BACKREF | ONIG_SYN_OP2_ESC_V_VTAB;
  return syntax;
}

OnigSyntaxType* syntax() {
  static OnigSyntaxType made = [] {
    std::array<OnigEncoding, 1> encodings{ONIG_ENCODING_UTF8};
    onig_initialize(encodings.data(), 1);
    return make_syntax();
  }();
  return &made;
}

// `$` is the very end in ECMA 262, and `\A`, `\Z`, `\z` are letters.
std::string translated(std::string_view text) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      const char next = text[++i];
      if (next != 'A' && next != 'Z' && next != 'z') out += c;
      out += next;
      continue;
    }
    if (c == '[') in_class = true;
    if (c == ']') in_class = false;
    if (c == '$' && !in_class) {
      out += "\\z";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

struct Pattern::Compiled {
  Compiled() = default;
  ~Compiled() {
    if (regex != nullptr) onig_free(regex);
  }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;

  OnigRegex regex = nullptr;
};

Result<Pattern> Pattern::compile(const std::string& text) {
  if (text.size() > kMaxPatternBytes) {
    return fail(ErrorKind::kInvalid, "bad-schema",
                fmt::format("the pattern has {} bytes; at most {} are taken", text.size(), kMaxPatternBytes));
  }
  const std::string ours = translated(text);
  auto compiled = std::make_shared<Compiled>();
  OnigErrorInfo info{};
  const int code = onig_new(&compiled->regex, bytes(ours), end_of(ours),
                            ONIG_OPTION_CAPTURE_GROUP | ONIG_OPTION_WORD_IS_ASCII | ONIG_OPTION_DIGIT_IS_ASCII,
                            ONIG_ENCODING_UTF8, syntax(), &info);
  if (code != ONIG_NORMAL) {
    std::array<OnigUChar, ONIG_MAX_ERROR_MESSAGE_LEN> message{};
    onig_error_code_to_str(message.data(), code, &info);
    return fail(ErrorKind::kInvalid, "bad-schema",
                fmt::format("it is no regular expression: {}", reinterpret_cast<const char*>(message.data())));
  }
  Pattern pattern;
  pattern.text_ = text;
  pattern.compiled_ = std::move(compiled);
  return pattern;
}

Pattern::Match Pattern::find_in(std::string_view text) const {
  const std::unique_ptr<OnigMatchParam, FreeRegion> param(onig_new_match_param());
  const unsigned long steps = kMatchSteps + kMatchStepsPerByte * text.size();
  onig_initialize_match_param(param.get());
  onig_set_match_stack_limit_size_of_match_param(param.get(), kMaxStackEntries);
  onig_set_retry_limit_in_match_of_match_param(param.get(), steps);
  onig_set_retry_limit_in_search_of_match_param(param.get(), steps);
  // The library only reads the expression while it searches, though it does not say so in its types.
  const int at = onig_search_with_param(compiled_->regex, bytes(text), end_of(text), bytes(text), end_of(text), nullptr,
                                        ONIG_OPTION_CHECK_VALIDITY_OF_STRING, param.get());
  if (at >= 0) return Match::kYes;
  const bool gave_up = at == ONIGERR_RETRY_LIMIT_IN_MATCH_OVER || at == ONIGERR_RETRY_LIMIT_IN_SEARCH_OVER ||
                       at == ONIGERR_MATCH_STACK_LIMIT_OVER;
  return gave_up ? Match::kTooLong : Match::kNo;
}

}  // namespace skald::definition
