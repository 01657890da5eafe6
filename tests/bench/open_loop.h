#pragma once

// Sagas that begin at a fixed rate, whatever becomes of those before: without coordinated omission.

#include <string>
#include <vector>

namespace skald::bench {

struct OpenLoop {
  std::vector<double> took;  // sorted milliseconds from when each was due to its answer, of those that completed
  int failed = 0;            // answered otherwise, or not at all
  double seconds = 0;
};

// Submits `body` so many times to `url` (http://ADDRESS:PORT), each with a wait for its end, over at most
// `connections`. What finds none free waits for one, and that counts. All on this thread, so that the load takes little
// of the processors that it shares with what is measured.
OpenLoop run_open_loop(const std::string& url, const std::string& body, int sagas, double per_second, int connections);

}  // namespace skald::bench
