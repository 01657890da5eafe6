#include "engine/wire/token.h"

#include "engine/base/hash.h"

namespace skald::wire {

std::string make_token(std::string_view secret, const RunId& run, std::string_view key, std::uint32_t attempt) {
  constexpr std::size_t kTokenBytes = 16;
  const std::string number = std::to_string(attempt);
  std::string message;
  for (const std::string_view part : {std::string_view(run.str()), key, std::string_view(number)}) {
    message.append(part);
    message.push_back('\0');
  }
  return to_hex(bytes_of(hmac_sha256(secret, message)).substr(0, kTokenBytes));
}

}  // namespace skald::wire
