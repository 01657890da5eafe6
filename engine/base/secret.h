#pragma once

// How a secret is referred to where it must not stand itself: "⟦secret:name⟧", or "⟦secret:name.field⟧" of one that is
// an object. "⟦⟧" is an opening bracket of data that stands beside such references. engine/wire/README.md, "Secrets".

#include <string>
#include <string_view>

namespace skald {

inline constexpr std::string_view kSecretOpens = "⟦";
inline constexpr std::string_view kSecretWord = "secret:";
inline constexpr std::string_view kSecretCloses = "⟧";

// Letters, digits, '_' and '-', at most 64.
bool is_secret_name(std::string_view name);
// `field`: empty: the whole.
std::string secret_reference(std::string_view name, std::string_view field = {});

}  // namespace skald
