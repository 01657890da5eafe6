#pragma once

// What is read of a process or a folder; zero where there is none.

#include <sys/types.h>

#include <string>

namespace skald::bench {

double cpu_seconds(pid_t pid);
double resident_mb(pid_t pid);
double folder_bytes(const std::string& folder);

}  // namespace skald::bench
