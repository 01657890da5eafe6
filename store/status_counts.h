#pragma once

// How many sagas there are of each status, kept beside them in every commit: counting them one by one would take a
// second for a million, at every look at the metrics.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "store/saga_log.h"

namespace skald::store {

class StatusCounts {
 public:
  // Adds what a commit changes. Whether there was anything.
  bool add(const Batch& batch);
  void add(const std::string& status, std::uint64_t sagas) { sagas_[status] += sagas; }

  // Of any of these statuses; of none: all.
  std::uint64_t of(const AnyOf& any) const;

 private:
  friend std::string encode(const StatusCounts& counts);
  friend Result<StatusCounts> decode_status_counts(std::string_view bytes);

  void take(const std::string& status);

  std::map<std::string, std::uint64_t> sagas_;
};

std::string encode(const StatusCounts& counts);
// Error: "damaged-counts".
Result<StatusCounts> decode_status_counts(std::string_view bytes);

// Whether it asks for statuses, or all, and nothing else.
bool is_of_status(const ListQuery& query);

}  // namespace skald::store
