#pragma once

// Makes stores with more in them than an engine could be given in the time that there is.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace skald::bench {

// How one saga goes.
struct Course {
  std::size_t document = 0;  // which of those given
  std::map<std::string, std::string> labels;
  std::string rejected;  // the type of the task that is rejected, if there is one
  std::string detail;    // of that error
  std::string failing;   // the type of the undo that is rejected as well: the saga is stuck
};

// Adds so many sagas to the engine's folder `dir`, which nobody has open, each as `course` says of its number: the
// histories and rows that the engine writes, from its own code, committed many at a time. Each goes on until it waits
// for a timer, is stuck or has ended. Errors: "bad-definition", those of the store.
Status fill_store(const std::string& dir, const std::vector<std::string>& sources, std::uint64_t sagas,
                  const std::function<Course(std::uint64_t)>& course);
// All of one document; every task completes.
Status fill_store(const std::string& dir, const std::string& source, std::uint64_t sagas);

// The id of the saga with this number, from 0, of a document with this name.
std::string filled_id(const std::string& name, std::uint64_t number);

}  // namespace skald::bench
