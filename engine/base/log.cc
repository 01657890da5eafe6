#include "engine/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>

#include <mutex>

namespace skald {

void setup_logging(const std::string& level) {
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %n: %v", spdlog::pattern_time_type::utc);
  spdlog::set_level(spdlog::level::from_str(level));
}

std::shared_ptr<spdlog::logger> logger(const std::string& component) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  auto found = spdlog::get(component);
  if (!found) {
    found = spdlog::stderr_logger_mt(component);
    found->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %n: %v", spdlog::pattern_time_type::utc);
  }
  return found;
}

}  // namespace skald
