// What JetStream's API answers.

#include "engine/bus/answer.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  const std::string_view json = fuzz::text_of(data, size);
  (void)bus::pub_ack(json);
  auto answer = bus::Answer::read("FUZZ", json);
  if (!answer || !*answer) return 0;
  (void)bus::stream_info(**answer);
  (void)bus::consumer_info(**answer);
  (void)bus::last_message(**answer);
  (void)bus::header_of(**answer, "Nats-Msg-Id");
  (void)(*answer)->texts("consumers");
  return 0;
}
