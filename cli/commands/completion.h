#pragma once

// What a shell asks at every Tab: `skald __complete WORD...`, or `skald __complete --line LINE` for one that gives the
// line as it stands. It is no command of the parser, since what follows it is a command line that is only half written.

namespace skald::cli {

bool is_completion(int argc, char** argv);
// Prints what may stand next. Silent about a server that does not answer at once. Returns the exit code.
int serve_completion(int argc, char** argv);

}  // namespace skald::cli
