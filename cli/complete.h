#pragma once

// What may stand next on a command line: the answer behind the Tab key, in any shell.

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald::cli {

struct Candidate {
  std::string word;  // the whole word, as it would stand there
  std::string what;  // said beside it where the shell shows that; may be empty
};

struct Candidates {
  enum class Files { kNone, kFiles, kFolders };

  std::vector<Candidate> words;
  Files files = Files::kNone;  // these as well: only the shell knows how it names them
  std::string before;          // of the word, what stands before the file: "@", "--data="
};

// Whom to ask for what is not known here, as the command line says so far; empty: it does not say.
struct Asked {
  std::string server, token;
};
// Answers a GET of the HTTP interface; an error is nothing to offer.
using Ask = std::function<Result<Value>(const Asked& asked, const std::string& path)>;

// `words`: the command line without the program; the last is the one to complete, perhaps empty. What is offered begins
// with it.
Candidates complete(const CLI::App& app, const std::vector<std::string>& words, const Ask& ask);

// A command line as a shell splits it: quotes and backslashes are taken away, nothing else is expanded. One that ends
// in a space has an empty last word.
std::vector<std::string> split_line(const std::string& line);

// For the shells' scripts, a line each: "word TAB text TAB what", "files TAB before", "folders TAB before".
std::string candidates_text(const Candidates& candidates);

}  // namespace skald::cli
