#pragma once

// For tests of the whole: places at which a process can be made to die, and bugs that it can be told to have. Only the
// binary `skald-faults` has them (cmake/Faults.cmake compiles the files that hold points a second time, with
// SKALD_FAULTS); everywhere else a crash point is nothing and no bug is planted.
//
// Only .cc files may use them: a header's functions would differ between the two builds and meet in one binary.
// Every point stands in tests/e2e/crash_points.h.

#include <string_view>

namespace skald {

#ifdef SKALD_FAULTS

// An inline namespace: files of both builds are linked into one binary, and these must not be taken for one function.
inline namespace with_faults {

// Dies by SIGKILL where the environment says SKALD_CRASH_AT="point:count" and this is the count-th passage of that
// point. With SKALD_CRASH_WHILE=FILE, passages count only while FILE exists. Thread-safe.
void crash_point(std::string_view point);

// Whether the build has this bug: one of SKALD_PLANT="bug,bug", or of plant(). Thread-safe.
bool planted(std::string_view bug);
// For tests that run in the process itself.
void plant(std::string_view bug);
void unplant(std::string_view bug);

}  // namespace with_faults

#define SKALD_CRASH_POINT(point) ::skald::crash_point(point)

#else

inline namespace without_faults {
constexpr bool planted(std::string_view) { return false; }
}  // namespace without_faults

#define SKALD_CRASH_POINT(point) static_cast<void>(0)

#endif

}  // namespace skald
