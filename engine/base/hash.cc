#include "engine/base/hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/check.h"

namespace skald {

namespace {

// OpenSSL 3 looks an algorithm up by its name at each use, which costs more than hashing a short text. These are looked
// up once a process, and the contexts kept for each thread.
const EVP_MD* sha256_algorithm() {
  static EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  SKALD_CHECK(found != nullptr, "OpenSSL has no SHA-256");
  return found;
}

EVP_MD_CTX* digest_context() {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                                     &EVP_MD_CTX_free);
  SKALD_CHECK(context != nullptr, "OpenSSL has no digest context");
  return context.get();
}

EVP_MAC_CTX* new_hmac() {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  SKALD_CHECK(hmac != nullptr, "OpenSSL has no HMAC");
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(hmac);
  SKALD_CHECK(context != nullptr, "OpenSSL has no HMAC context");
  return context;
}

// Ready for a message under this key. An engine has one.
EVP_MAC_CTX* hmac_context(std::string_view key) {
  thread_local const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(new_hmac(), &EVP_MAC_CTX_free);
  thread_local std::optional<std::string> keyed;
  bool ready = false;
  if (keyed == key) {
    ready = EVP_MAC_init(context.get(), nullptr, 0, nullptr) == 1;
  } else {
    char digest[] = "SHA256";
    const std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                               OSSL_PARAM_construct_end()};
    ready = EVP_MAC_init(context.get(), reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                         parameters.data()) == 1;
    keyed = key;
  }
  SKALD_CHECK(ready, "OpenSSL's HMAC failed");
  return context.get();
}

}  // namespace

Digest sha256(std::string_view bytes) { return sha256(bytes, {}); }

Digest sha256(std::string_view first, std::string_view second) {
  Digest digest{};
  EVP_MD_CTX* const context = digest_context();
  unsigned int size = 0;
  const bool ok = EVP_DigestInit_ex(context, sha256_algorithm(), nullptr) == 1 &&
                  EVP_DigestUpdate(context, first.data(), first.size()) == 1 &&
                  EVP_DigestUpdate(context, second.data(), second.size()) == 1 &&
                  EVP_DigestFinal_ex(context, digest.data(), &size) == 1;
  SKALD_CHECK(ok && size == digest.size(), "OpenSSL's SHA-256 failed");
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view message) {
  Digest digest{};
  std::size_t size = 0;
  EVP_MAC_CTX* const context = hmac_context(key);
  const bool ok =
      EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1 &&
      EVP_MAC_final(context, digest.data(), &size, digest.size()) == 1;
  SKALD_CHECK(ok && size == digest.size(), "OpenSSL's HMAC failed");
  return digest;
}

std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  // OpenSSL ends it with a zero byte, which std::string has room for.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  return text;
}

std::optional<std::string> from_base64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  // The decoder counts the padding as zero bytes, and takes any number of it.
  const std::size_t padding = text.size() - (text.find_last_not_of('=') + 1);
  if (padding > 2 || padding > static_cast<std::size_t>(size)) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

std::optional<Digest> digest_from_hex(std::string_view text) {
  Digest digest{};
  if (text.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const int half = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (half < 0) return std::nullopt;
    digest[i / 2] = static_cast<std::uint8_t>(digest[i / 2] << 4 | half);
  }
  return digest;
}

bool equal_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  SKALD_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1,
              "the operating system gives no random bytes");
  return bytes;
}

std::uint64_t random_u64() {
  // Drawn many at a time: OpenSSL's generator takes two microseconds for any few bytes.
  thread_local std::array<std::uint64_t, 64> drawn;
  thread_local std::size_t left = 0;
  if (left == 0) {
    const std::string bytes = random_bytes(sizeof drawn);
    std::memcpy(drawn.data(), bytes.data(), sizeof drawn);
    left = drawn.size();
  }
  return drawn[--left];
}

}  // namespace skald
