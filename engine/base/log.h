#pragma once

// One named spdlog logger a component, writing to stderr: a constant message, then key=value fields.

#include <spdlog/spdlog.h>

#include <memory>
#include <string>

namespace skald {

// Sets the pattern and the level ("debug", "info", "warn", "error", "off") for all loggers; once, at start.
void setup_logging(const std::string& level);

// The logger of a component, made on first use. Thread-safe.
std::shared_ptr<spdlog::logger> logger(const std::string& component);

}  // namespace skald
