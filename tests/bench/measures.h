#pragma once

// What is read of a process, a folder or the machine; zero where there is none.

#include <sys/types.h>

#include <string>

namespace skald::bench {

double cpu_seconds(pid_t pid);
double resident_mb(pid_t pid);
double folder_bytes(const std::string& folder);
// What the process gave to write() and pwrite() so far: its files, as the engine's sockets send().
double written_bytes(pid_t pid);
// Of all processors since the machine started: what its host gave to others while something here wanted to run.
double stolen_seconds();

}  // namespace skald::bench
