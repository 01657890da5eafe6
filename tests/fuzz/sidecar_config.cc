// The sidecar's YAML.

#include "tests/fuzz/target.h"
#include "workers/sidecar/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  const auto config = workers::parse_config(std::string(fuzz::text_of(data, size)), "fuzz.yaml");
  if (!config) {
    SKALD_CHECK(config.error().message.rfind("fuzz.yaml:", 0) == 0, "a refusal says where");
    return 0;
  }
  for (const auto& [type, task] : config->tasks) {
    SKALD_CHECK(config->services.count(task.service) > 0, "a task's service is known");
    SKALD_CHECK(task.timeout > Millis(0), "a call has a timeout");
  }
  return 0;
}
