#include "engine/core/error_filter.h"

#include <algorithm>
#include <array>

#include "engine/definition/unknown.h"

namespace skald::core {
namespace {

constexpr std::array<std::string_view, 8> kStandard{"configuration", "validation", "expression",    "authentication",
                                                    "authorization", "timeout",    "communication", "runtime"};
constexpr std::array<std::string_view, 3> kFolders{"/spec/1.0.0/errors/", "/dsl/errors/types/", "/errors/types/"};

bool take(std::string_view& text, std::string_view begin) {
  if (text.substr(0, begin.size()) != begin) return false;
  text.remove_prefix(begin.size());
  return true;
}

bool take_folder(std::string_view& text) {
  return std::any_of(kFolders.begin(), kFolders.end(), [&](const auto folder) { return take(text, folder); });
}

bool same(const std::string& field, const Value& wanted, const Value& found) {
  if (wanted == found) return true;
  if (!wanted.is_string() || !found.is_string()) return false;
  const auto& expected = wanted.get_ref<const std::string&>();
  const auto& actual = found.get_ref<const std::string&>();
  if (field == "type") return error_type(expected) == error_type(actual);
  return field == "instance" && actual.rfind(expected + "/", 0) == 0;
}

}  // namespace

std::string error_type(const std::string& uri) {
  std::string_view rest = uri;
  if (!take(rest, "https://") && !take(rest, "http://")) return uri;
  rest.remove_prefix(std::min(rest.find('/'), rest.size()));
  if (!take_folder(rest)) return uri;
  for (const auto word : kStandard) {
    if (rest == word) return std::string(word);
  }
  return uri;
}

bool ErrorFilter::matches(const Value& error) const {
  for (const auto& [field, wanted] : fields_) {
    const auto found = error.is_object() ? error.find(field) : error.end();
    if (!error.is_object() || found == error.end() || !same(field, wanted, *found)) return false;
  }
  return true;
}

bool ErrorFilter::may_match(const Value& error) const {
  ErrorFilter known;
  for (const auto& [field, wanted] : fields_) {
    const bool open = error.is_object() && error.contains(field) && definition::is_unknown(error[field]);
    if (!open) known.fields_[field] = wanted;
  }
  return known.matches(error);
}

ErrorFilter read_filter(definition::TaskReader& reader, const definition::DocNode& errors) {
  ErrorFilter filter;
  const auto* with = errors.is_mapping() ? errors.find("with") : nullptr;
  if (with == nullptr || !with->is_mapping()) {
    reader.report(errors, "expected errors: { with: { type, status, instance, title, detail } }");
    return filter;
  }
  reader.only_keys(errors, {"with"}, "'errors'");
  // The standard's schema says `details` where its errors have `detail`.
  reader.only_keys(*with, {"type", "status", "instance", "title", "detail", "details"}, "'errors.with'");
  for (const auto& [key, node] : with->entries) {
    const bool number = key == "status";
    const bool good = number ? node.scalar.is_number_integer() : node.is_string();
    if (!good) {
      reader.report(node, "'" + key + (number ? "' is a whole number" : "' is a string"));
      continue;
    }
    filter.fields_[key == "details" ? "detail" : key] = node.scalar;
  }
  return filter;
}

}  // namespace skald::core
