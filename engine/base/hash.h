#pragma once

// SHA-256 and HMAC-SHA-256 over OpenSSL. Thread-safe.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace skald {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);
// SHA-256 of the one followed by the other.
Digest sha256(std::string_view first, std::string_view second);
Digest hmac_sha256(std::string_view key, std::string_view message);

std::string_view bytes_of(const Digest& digest);
std::string to_hex(std::string_view bytes);
// RFC 4648, section 4, with padding.
std::string to_base64(std::string_view bytes);
// None where the text is no base64. Takes more than to_base64() makes: unused bits that are not zero, and blanks
// around.
std::optional<std::string> from_base64(const std::string& text);
// A hash as to_hex() makes it; none where the text is none.
std::optional<Digest> digest_from_hex(std::string_view text);
// Compares in constant time.
bool equal_secret(std::string_view a, std::string_view b);
// Bytes from the operating system's generator.
std::string random_bytes(std::size_t count);
std::uint64_t random_u64();

}  // namespace skald
