#include "store/error_text.h"

#include <algorithm>

namespace skald::store {
namespace {

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view text_of(const Value& error, const char* field) {
  const auto at = error.find(field);
  return at != error.end() && at->is_string() ? std::string_view(at->get_ref<const std::string&>())
                                              : std::string_view();
}

}  // namespace

std::string folded(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), small);
  return out;
}

bool contains(std::string_view text, std::string_view sought) {
  if (sought.empty()) return true;
  if (text.size() < sought.size()) return false;
  const std::size_t last = text.size() - sought.size();
  for (std::size_t at = 0; at <= last; ++at) {
    std::size_t same = 0;
    while (same < sought.size() && small(text[at + same]) == sought[same]) ++same;
    if (same == sought.size()) return true;
  }
  return false;
}

bool error_contains(const Payload& error, std::string_view sought) {
  // The bytes hold each text as it is: most that do not contain it are told without being parsed.
  if (error.empty() || !contains(error.bytes(), sought)) return false;
  const Value value = error.value();
  if (value.is_string()) return contains(value.get_ref<const std::string&>(), sought);
  if (!value.is_object()) return false;
  const std::string_view type = text_of(value, "type");
  return contains(text_of(value, "title"), sought) || contains(text_of(value, "detail"), sought) ||
         contains(text_of(value, "code"), sought) || contains(type.substr(type.rfind('/') + 1), sought);
}

}  // namespace skald::store
