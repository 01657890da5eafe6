#include "engine/base/secret.h"

#include <algorithm>
#include <cctype>

namespace skald {

bool is_secret_name(std::string_view name) {
  constexpr std::size_t kMost = 64;
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= kMost && std::all_of(name.begin(), name.end(), fits);
}

std::string secret_reference(std::string_view name, std::string_view field) {
  std::string reference(kSecretOpens);
  reference.append(kSecretWord).append(name);
  if (!field.empty()) reference.append(".").append(field);
  return reference.append(kSecretCloses);
}

}  // namespace skald
